/** Weights files and indexes that must be refused, and odd ones that must not be. */

import { must } from '../base/assert.ts';
import {
  type BadCase,
  config,
  entry,
  type Files,
  file,
  HTML,
  header,
  headerLength,
  headerText,
  index,
  MODEL,
  model,
  type OddCase,
  rawIndex,
  tokenizerFiles,
  WPE,
  without,
} from './damage.ts';
import { editHeader, joinHeader, replaceValues } from './safetensorsWriter.ts';
import { makeTinyCheckpoint } from './testing.ts';

const integers = () =>
  model((bytes) =>
    editHeader(replaceValues(bytes, WPE, new Float32Array(2 * 16 * 12)), (all) => {
      must(all[WPE], WPE).dtype = 'I64';
    }),
  );

export const BAD_WEIGHTS: BadCase[] = [
  ['no files', () => new Map(), /lacks config\.json \(there are no files\)/],
  ['no config.json', () => without('config.json'), /lacks config\.json \(there is model\.safetensors\)/],
  ['no weights', () => without(MODEL), /lacks model\.safetensors/],
  ['an empty file', () => model(() => new Uint8Array()), /model\.safetensors should be .* but is empty/],
  [
    'five bytes',
    () => model((bytes) => bytes.slice(0, 5)),
    /model\.safetensors is damaged: 5 bytes are too few/,
  ],
  [
    'a truncated header',
    () => model((bytes) => bytes.slice(0, 200)),
    /its header claims \d+ bytes, of a file of 200/,
  ],
  [
    'truncated data',
    () => model((bytes) => bytes.slice(0, -1)),
    /should end at byte \d+ but the file has \d+: it is truncated/,
  ],
  ['header length 0', () => headerLength(0n), /header of model\.safetensors should be JSON but is empty/],
  ['header length past the end', () => headerLength(1n << 20n), /claims 1048576 bytes/],
  ['header length 2^63', () => headerLength(1n << 63n), /claims 9223372036854775808 bytes/],
  ['header length −1', () => headerLength((1n << 64n) - 1n), /claims 18446744073709551615 bytes/],
  [
    'a header of 5 MiB, more than any GPT-2 has',
    () => headerText(`{}${' '.repeat(5 * 2 ** 20)}`),
    /claims 5242882 bytes, of a file of \d+ \(and at most 4194304 are allowed\)/,
  ],
  [
    'a header nested deeper than any stack',
    () => headerText(`{"wte.weight": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`),
    /The header of model\.safetensors nests more than 64 levels deep/,
  ],
  [
    'a name of a megabyte',
    () => headerText(`{"${'x'.repeat(2 ** 20)}": {}}`),
    /a tensor's name has 1048576 characters: x{40}…/,
  ],
  [
    'a tensor of a thousand axes',
    () =>
      entry((e) => {
        e.shape = [...new Array(1000).fill(1), ...e.shape];
      }),
    /entry for transformer\.wpe\.weight is not/,
  ],
  [
    'a type of a thousand letters',
    () =>
      entry((e) => {
        e.dtype = 'F'.repeat(1000);
      }),
    /entry for transformer\.wpe\.weight is not/,
  ],
  [
    'a header that is not JSON',
    () => headerText('{"wte.weight": oops'),
    /header of model\.safetensors should be JSON but is damaged/,
  ],
  [
    'a header that is not UTF-8',
    () => model(() => joinHeader('{}', [new Uint8Array(64)]).fill(0xff, 8, 10)),
    /should be JSON but is damaged/,
  ],
  ['a header that is an array', () => headerText('[1, 2]'), /holds an array/],
  ['a header that is null', () => headerText('null'), /holds null/],
  [
    'a header without tensors',
    () => headerText('{}'),
    /lacks wte\.weight \[29, 12\], wpe\.weight \[16, 12\].* and 23 more/,
  ],
  [
    'an entry that is a number',
    () => headerText('{"wte.weight": 3}'),
    /entry for wte\.weight is not \{dtype, shape, data_offsets\}/,
  ],
  [
    'an entry called __proto__',
    () => headerText('{"__proto__": {"dtype": 1}}'),
    /entry for __proto__ is not/,
  ],
  [
    'a negative axis',
    () =>
      entry((e) => {
        e.shape = [-16, -12];
      }),
    /entry for transformer\.wpe\.weight is not/,
  ],
  [
    'a fractional axis',
    () =>
      entry((e) => {
        e.shape = [16.5, 12];
      }),
    /entry for transformer\.wpe\.weight is not/,
  ],
  [
    'a shape beyond exact integers',
    () =>
      entry((e) => {
        e.shape = [2 ** 40, 2 ** 40];
      }),
    /768 bytes, which is not F32 \[1099511627776, 1099511627776\]/,
  ],
  [
    'a length that is not its shape',
    () =>
      entry((e) => {
        e.shape = [15, 12];
      }),
    /768 bytes, which is not F32 \[15, 12\]/,
  ],
  [
    'a dtype that is not its length',
    () =>
      entry((e) => {
        e.dtype = 'F16';
      }),
    /768 bytes, which is not F16 \[16, 12\]/,
  ],
  [
    'reversed offsets',
    () =>
      entry((e) => {
        e.data_offsets.reverse();
      }),
    /wpe\.weight has the offsets/,
  ],
  [
    'three offsets',
    () =>
      entry((e) => {
        e.data_offsets.push(1);
      }),
    /wpe\.weight has the offsets/,
  ],
  [
    'offsets outside the file',
    () =>
      entry((e) => {
        e.data_offsets = e.data_offsets.map((at) => at + 1e9);
      }),
    /should end at byte \d+ but the file has/,
  ],
  [
    'offsets beyond exact integers',
    () =>
      entry((e) => {
        e.data_offsets = [2 ** 60, 2 ** 60 + 768];
      }),
    /entry for transformer\.wpe\.weight is not/,
  ],
  [
    'overlapping tensors',
    () =>
      entry((e) => {
        e.data_offsets = e.data_offsets.map((at) => at - 4);
      }),
    /wte\.weight and transformer\.wpe\.weight overlap/,
  ],
  [
    "another shape than the config's",
    () => config({ n_positions: 17 }),
    /wpe\.weight has the shape \[16, 12\], but by config\.json it should be \[17, 12\]/,
  ],
  [
    'a transposed matrix',
    () =>
      entry((e) => {
        e.shape.reverse();
      }, 'transformer.h.1.mlp.c_fc.weight'),
    /c_fc\.weight has the shape \[48, 12\].* should be \[12, 48\]/,
  ],
  [
    'a missing tensor',
    () =>
      header((all) => {
        delete all['transformer.h.1.ln_2.bias'];
      }),
    /lacks h\.1\.ln_2\.bias \[12\]/,
  ],
  [
    'a tensor with and without prefix',
    () =>
      header((all) => {
        all['wpe.weight'] = { ...must(all[WPE], WPE), data_offsets: [0, 0], shape: [0] };
      }),
    /both wpe\.weight and transformer\.wpe\.weight/,
  ],
  ['integers as weights', integers, /wpe\.weight is stored as I64; Normless reads F32, F16, BF16/],
  [
    'a matrix stored as I32',
    () =>
      entry((e) => {
        e.dtype = 'I32';
      }),
    /wpe\.weight is stored as I32; Normless reads F32, F16, BF16/,
  ],
  [
    'a matrix of an unknown type',
    () =>
      entry((e) => {
        e.dtype = 'F4_NEW';
      }),
    /wpe\.weight is stored as F4_NEW/,
  ],
  [
    "a type named like an object's property",
    () =>
      entry((e) => {
        e.dtype = 'constructor';
      }),
    /stored as constructor/,
  ],
  ['more blocks than the config has', () => config({ n_layer: 1 }), /has transformer\.h\.1\..*n_layer: 1/],
  ['fewer blocks than the config has', () => config({ n_layer: 3 }), /lacks h\.2\.ln_1\.weight/],
  [
    'no lm_head though untied',
    () => config({ tie_word_embeddings: false }),
    /lacks lm_head\.weight \[29, 12\]/,
  ],
  [
    'a web page for the weights',
    () => model(() => HTML),
    /model\.safetensors should be a safetensors file but is a web page/,
  ],
  [
    'a git-lfs pointer',
    () =>
      model(() =>
        new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'),
      ),
    /git lfs pull/,
  ],
  [
    'a PyTorch archive renamed',
    () => model(() => new TextEncoder().encode('PK\u0003\u0004abcdefghijkl')),
    /is a zip or PyTorch archive/,
  ],
  [
    'a missing shard',
    () => without('model-00002-of-00002.safetensors', { shards: 2 }),
    /lacks model-00002-of-00002\.safetensors/,
  ],
  ['an index without a map', () => index({}), /index\.json has no weight_map/],
  ['an index with an empty map', () => index({ weight_map: {} }), /has no weight_map/],
  [
    'a shard outside the folder',
    () => index({ weight_map: { a: '../secret.safetensors' } }),
    /shard "\.\.\/secret\.safetensors", which is not a plain/,
  ],
  [
    'a shard by URL',
    () => index({ weight_map: { a: 'https://example.org/x.safetensors' } }),
    /not a plain \.safetensors file name/,
  ],
  ['a shard with a backslash', () => index({ weight_map: { a: '..\\x.safetensors' } }), /not a plain/],
  ['a shard that is hidden', () => index({ weight_map: { a: '.safetensors' } }), /not a plain/],
  [
    'a shard nested deeper than any stack',
    () => rawIndex(`{"weight_map": {"a": ${'['.repeat(200_000)}${']'.repeat(200_000)}}}`),
    /index\.json nests more than 64 levels deep/,
  ],
  ['an index of 5 MiB', () => rawIndex(' '.repeat(5 * 2 ** 20)), /index\.json is 5242880 bytes long/],
  ['a shard that is a list', () => index({ weight_map: { a: [['x']] } }), /shard an array, which is not/],
  ['a shard that is a number', () => index({ weight_map: { a: 7 } }), /shard 7, which is not/],
  [
    'an index that is a web page',
    () => without('x', { shards: 2 }).set('model.safetensors.index.json', HTML),
    /index\.json should be JSON but is a web page/,
  ],
  [
    'the same tensors in two shards',
    () => {
      const files: Files = makeTinyCheckpoint({ shards: 2 });
      return files.set('model-00002-of-00002.safetensors', file(files, 'model-00001-of-00002.safetensors'));
    },
    /is both in model-00001-of-00002\.safetensors and in model-00002/,
  ],
  [
    'a tokenizer that is a web page',
    () => (makeTinyCheckpoint() as Files).set('tokenizer.json', HTML),
    /tokenizer\.json should be JSON but is a web page/,
  ],
  [
    'a tokenizer of 17 MiB',
    () => (makeTinyCheckpoint() as Files).set('tokenizer.json', new Uint8Array(17 * 2 ** 20)),
    /tokenizer\.json is 17825792 bytes long/,
  ],
  [
    'a vocabulary that is a web page',
    () => tokenizerFiles(HTML, '#version: 0.2\na b\n'),
    /vocab\.json should be JSON but is a web page/,
  ],
  [
    'merges that are a web page',
    () => tokenizerFiles('{}', HTML),
    /merges\.txt is damaged: it is a web page/,
  ],
  ['merges that are empty', () => tokenizerFiles('{}', ''), /merges\.txt is damaged: it is empty/],
  [
    'a merge of three',
    () => tokenizerFiles('{"ab": 1}', '#version: 0.2\na b\na b c\n'),
    /merges\.txt is damaged: "a b c" is no pair/,
  ],
  [
    'merges of 17 MiB',
    () => tokenizerFiles('{}', new Uint8Array(17 * 2 ** 20)),
    /merges\.txt is 17825792 bytes long/,
  ],
  [
    'merges of another model',
    () => tokenizerFiles('{"ab": 1}', '#version: 0.2\na b\na c\n'),
    /merges\.txt merges "a c", which is no token of vocab\.json/,
  ],
];

export const ODD_WEIGHTS: OddCase[] = [
  [
    'unneeded tensors',
    () =>
      header((all) => {
        all['score.weight'] = { dtype: 'I64', shape: [0], data_offsets: [0, 0] };
      }),
    /^Ignored, as GPT-2 has no such tensors: score\.weight\.$/,
  ],
  [
    'an unneeded tensor of an unknown type',
    () =>
      header((all) => {
        all.x = { dtype: 'F2', shape: [7], data_offsets: [0, 0] };
      }),
    /^Ignored.*: x\.$/,
  ],
  [
    'a further safetensors file',
    () => (makeTinyCheckpoint() as Files).set('adapter.safetensors', HTML),
    /^Not read.*adapter\.safetensors\.$/,
  ],
  [
    'weights under a name of their own',
    () => {
      const files = without(MODEL);
      return files.set('my-gpt2.safetensors', file(makeTinyCheckpoint()));
    },
    /^$/,
  ],
  ['a vocabulary without its merges', () => (makeTinyCheckpoint() as Files).set('vocab.json', HTML), /^$/],
  ['shards without their index', () => without('model.safetensors.index.json', { shards: 3 }), /^$/],
];
