/** Untrusted files: whatever they say, one of our errors or a model, in little memory. */

import { expect, test } from 'vitest';
import { makeTokenizer } from '../../tools/makeTokenizer.ts';
import { soak } from '../../tools/soak.ts';
import { must } from '../base/assert.ts';
import { DeviceError, InputError, LoadError, toErrorRecord, UnsupportedError } from '../base/errors.ts';
import { mulberry32 } from '../base/random.ts';
import { paramShapes } from '../tensor/params.ts';
import { loadTokenizer } from '../tokenizer/tokenizer.ts';
import { largestAllocation } from './allocations.ts';
import type { Bytes, CheckpointFiles } from './byteSource.ts';
import { openCheckpoint } from './checkpoint.ts';
import { loadHostParams } from './convert.ts';
import { type Files, file, MODEL } from './damage.ts';
import { memoryFiles } from './memory.ts';
import { mutateBytes, mutateHeader, mutateJsonFile, pick, type Random } from './mutate.ts';
import { huggingFaceName } from './names.ts';
import { joinHeader } from './safetensorsWriter.ts';
import { jsonBytes, makeTinyCheckpoint, type TinyCheckpointOptions } from './testing.ts';

/** No block may be larger before a checkpoint is known to be what it says. */
const MAX_BLOCK = 64e6;

const FORMS: TinyCheckpointOptions[] = [
  {},
  { shards: 2, masks: true },
  { form: 'lnfree-2025', dtype: 'F16' },
  { tied: false, dtype: 'BF16', prefix: false },
];
const DTYPES = ['f32', 'f16', 'q8'] as const;

const TOKENIZER = JSON.parse(makeTokenizer(300)) as { model: { vocab: object; merges: string[] } };
const TOKENIZER_FILES: Record<string, Bytes> = {
  'tokenizer.json': jsonBytes(TOKENIZER),
  'vocab.json': jsonBytes(TOKENIZER.model.vocab),
  'merges.txt': new TextEncoder().encode(`#version: 0.2\n${TOKENIZER.model.merges.join('\n')}\n`),
};

/** The files, read from something that claims to be a terabyte longer: zeros, so that only checks keep reads small. */
function padded(files: Files): CheckpointFiles {
  const memory = memoryFiles(files);
  return {
    ...memory,
    open(name) {
      const source = memory.open(name);
      return {
        ...source,
        size: async () => (await source.size()) + 1e12,
        async read(start, end) {
          const bytes = new Uint8Array(end - start);
          bytes.set(await source.read(start, end));
          return bytes;
        },
      };
    },
  };
}

/** Loads `cases` damaged checkpoints; every failure must be one of the four classes, small enough to send and to show. */
async function loadAll(
  cases: number,
  damage: (files: Files, random: Random) => string,
): Promise<{ loaded: number; refused: number }> {
  const outcomes = { loaded: 0, refused: 0 };
  const largest = await largestAllocation(async () => {
    for (let seed = 1; seed <= cases; seed++) {
      const random = mulberry32(seed);
      const files: Files = makeTinyCheckpoint({ ...FORMS[seed % FORMS.length], nLayers: 1 });
      const what = damage(files, random);
      const source = random() < 0.1 ? padded(files) : memoryFiles(files);
      try {
        await loadHostParams(source, { dtype: pick(random, DTYPES) });
        await tryTokenizer(source);
        outcomes.loaded++;
      } catch (error) {
        checkRefusal(error, `seed ${seed}, ${what}`);
        outcomes.refused++;
      }
    }
  });
  expect(largest).toBeLessThan(MAX_BLOCK);
  return outcomes;
}

async function tryTokenizer(source: CheckpointFiles): Promise<void> {
  const { tokenizerJson } = await openCheckpoint(source);
  if (tokenizerJson) loadTokenizer(tokenizerJson).encode('a ball');
}

function checkRefusal(error: unknown, which: string): void {
  const ours = [LoadError, InputError, DeviceError, UnsupportedError].some((Class) => error instanceof Class);
  if (!ours) throw new Error(which, { cause: error });
  const { message, data } = toErrorRecord(error);
  if (message.startsWith('tokenizer.json is no byte-level BPE')) return; // quotes a token of any length
  expect(message.length, which).toBeLessThan(2_500);
  expect(JSON.stringify(structuredClone(data)).length, which).toBeLessThan(10_000);
}

/** Damages one of the files whose name matches. */
function change(names: RegExp, mutate: (bytes: Uint8Array, random: Random) => Uint8Array) {
  return (files: Files, random: Random): string => {
    const name = pick(
      random,
      [...files.keys()].filter((each) => names.test(each)),
    );
    files.set(name, mutate(file(files, name), random));
    return name;
  };
}

test('random bytes in any file give one of our errors or a model', async () => {
  const cases = soak(200);
  const { loaded, refused } = await loadAll(cases, change(/./, mutateBytes));
  expect(loaded).toBeGreaterThan(cases / 50);
  expect(refused).toBeGreaterThan(cases / 5);
});

test('random safetensors headers give one of our errors or a model', async () => {
  const cases = soak(300);
  const { loaded, refused } = await loadAll(cases, change(/\.safetensors$/, mutateHeader));
  expect(loaded).toBeGreaterThan(cases / 100);
  expect(refused).toBeGreaterThan(cases / 2);
});

test('random configurations give one of our errors or a model', async () => {
  const cases = soak(300);
  const { loaded, refused } = await loadAll(cases, change(/^config\.json$/, mutateJsonFile));
  expect(loaded).toBeGreaterThan(cases / 20);
  expect(refused).toBeGreaterThan(cases / 5);
});

test('random indexes of shards give one of our errors or a model', async () => {
  const cases = soak(100);
  const { loaded, refused } = await loadAll(cases, (files, random) => {
    for (const [name, bytes] of makeTinyCheckpoint({ shards: 2, nLayers: 1 })) files.set(name, bytes);
    files.delete(MODEL);
    return change(/index\.json$/, random() < 0.5 ? mutateJsonFile : mutateBytes)(files, random);
  });
  expect(loaded).toBeGreaterThan(cases / 50);
  expect(refused).toBeGreaterThan(cases / 20);
});

test('random tokenizers, of both kinds, give one of our errors or a model', async () => {
  const cases = soak(150);
  const { loaded, refused } = await loadAll(cases, (files, random) => {
    const names = random() < 0.5 ? ['tokenizer.json'] : ['vocab.json', 'merges.txt'];
    for (const name of names) files.set(name, must(TOKENIZER_FILES[name], name));
    const name = pick(random, names);
    const mutate = name.endsWith('.json') && random() < 0.7 ? mutateJsonFile : mutateBytes;
    files.set(name, mutate(file(files, name), random));
    return name;
  });
  expect(loaded).toBeGreaterThan(cases / 50);
  expect(refused).toBeGreaterThan(cases / 5);
});

test('a consistent checkpoint of terabytes is checked by small reads', async () => {
  const json = { n_layer: 1000, n_head: 64, n_embd: 65_536, n_inner: 262_144, vocab_size: 4_194_304 };
  const config = { model_type: 'gpt2', n_positions: 1_048_576, tie_word_embeddings: true, ...json };
  const shapes = paramShapes({
    ...{ nLayers: 1000, nHeads: 64, dModel: 65_536, dHead: 1024, dMlp: 262_144, nCtx: 1_048_576 },
    ...{ dVocab: 4_194_304, norm: { kind: 'layer', eps: 1e-5 }, bosTokenId: null, tiedEmbedding: true },
  });
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [name, shape] of shapes) {
    const start = at;
    at += shape.reduce((product, axis) => product * axis, 4);
    header[huggingFaceName(name)] = { dtype: 'F32', shape, data_offsets: [start, at] };
  }
  const files: Files = new Map<string, Uint8Array>([
    ['config.json', jsonBytes(config)],
    [MODEL, joinHeader(JSON.stringify(header), [])],
  ]);
  let read = 0;
  const memory = memoryFiles(files);
  const source: CheckpointFiles = {
    ...memory,
    open(name) {
      const inner = memory.open(name);
      const size = async () => (await inner.size()) + (name === MODEL ? at : 0);
      return {
        ...inner,
        size,
        async read(start, end) {
          read += end - start;
          const bytes = new Uint8Array(end - start);
          bytes.set(await inner.read(start, end));
          return bytes;
        },
      };
    },
  };
  const largest = await largestAllocation(async () => {
    expect((await openCheckpoint(source)).bytes).toBe(at);
  });
  expect(largest).toBeLessThan(4 * 2 ** 20);
  expect(read).toBeLessThan(4 * 2 ** 20);
});

test('the count of allocations sees what it is there to see', async () => {
  expect(await largestAllocation(async () => void new Float32Array(25e6))).toBe(100e6);
  expect(await largestAllocation(async () => void Uint8Array.from([1, 2, 3]))).toBe(3);
  expect(await largestAllocation(async () => void new ArrayBuffer(7))).toBe(7);
});
