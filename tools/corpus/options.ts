/** What `npm run corpus` can be told. */

import { parseArgs } from 'node:util';
import type { CorpusExtra } from '../../src/analysis/types/index.ts';
import type { StorageDType } from '../../src/tensor/params.ts';

export interface ReadOptions {
  readonly task: 'read';
  /** `demo`, or a folder with a folder per arm. */
  readonly pair: string;
  /** By folder name; null for all. */
  readonly arms: readonly string[] | null;
  readonly texts: readonly string[];
  /** Of n shards the i-th, from 1: the windows whose index leaves i − 1 when divided by n. */
  readonly shard: { readonly i: number; readonly n: number };
  readonly window: number | undefined;
  readonly stride: number | undefined;
  readonly prependBos: boolean;
  readonly dtype: StorageDType;
  readonly engine: 'dawn' | 'cpu';
  /** `hardware`, `software`, or a part of the name of an adapter. */
  readonly adapter: string;
  readonly want: CorpusExtra[];
  readonly out: string;
}

export interface MergeOptions {
  readonly task: 'merge';
  readonly from: readonly string[];
  /** Where the result is written as JSON; null for nowhere. */
  readonly out: string | null;
}

export const USAGE = `npm run corpus -- --pair demo|FOLDER --text FILE [--text FILE …] --out FILE.jsonl
    [--arms original,lnfree] [--shard i/n] [--window 256] [--stride 256] [--bos|--no-bos] [--means] [--direct-effect] [--attribution]
    [--dtype f32|f16|q8] [--adapter hardware|software|NAME] [--engine dawn|cpu]
npm run corpus -- --merge FILE.jsonl [FILE.jsonl …] [--out RESULT.json]
FOLDER has a folder per arm (original, vanilla, lnfree, …) with config.json, *.safetensors and tokenizer.json.`;

const DTYPES: readonly StorageDType[] = ['f32', 'f16', 'q8'];

/** Throws, with what can be said, where it is told something else. */
export function readOptions(args: readonly string[]): ReadOptions | MergeOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      pair: { type: 'string' },
      arms: { type: 'string' },
      text: { type: 'string', multiple: true, default: [] },
      shard: { type: 'string', default: '1/1' },
      window: { type: 'string' },
      stride: { type: 'string' },
      bos: { type: 'boolean', default: false },
      'no-bos': { type: 'boolean', default: false },
      means: { type: 'boolean', default: false },
      'direct-effect': { type: 'boolean', default: false },
      attribution: { type: 'boolean', default: false },
      dtype: { type: 'string', default: 'f32' },
      engine: { type: 'string', default: 'dawn' },
      adapter: { type: 'string', default: 'hardware' },
      merge: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  if (values.merge) {
    if (positionals.length === 0) throw new Error(`--merge needs the files to merge.\n${USAGE}`);
    return { task: 'merge', from: positionals, out: values.out ?? null };
  }
  const texts = [...values.text, ...positionals]; // `--text a b c`, as a shell's pattern gives them
  if (!values.pair || texts.length === 0 || !values.out)
    throw new Error(`Say --pair, --text and --out (or --merge).\n${USAGE}`);
  if (values.bos && values['no-bos']) throw new Error('Say --bos or --no-bos, not both.');
  return {
    task: 'read',
    pair: values.pair,
    arms: values.arms?.split(',') ?? null,
    texts,
    shard: shardNamed(values.shard),
    window: count('--window', values.window),
    stride: count('--stride', values.stride),
    prependBos: values.bos,
    dtype: oneOf('--dtype', values.dtype, DTYPES),
    engine: oneOf('--engine', values.engine, ['dawn', 'cpu'] as const),
    adapter: values.adapter,
    want: [
      ...(values.means ? (['activation-means'] as const) : []),
      ...(values['direct-effect'] ? (['direct-effect'] as const) : []),
      ...(values.attribution ? (['attribution'] as const) : []),
    ],
    out: values.out,
  };
}

function shardNamed(text: string): ReadOptions['shard'] {
  const [, i, n] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text) ?? [];
  if (!i || !n || Number(i) > Number(n))
    throw new Error(`--shard is ${text}, but must be i/n with i from 1 to n, e.g. 3/8.`);
  return { i: Number(i), n: Number(n) };
}

function count(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${name} is ${text}, but must be a whole number from 1.`);
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found) return found;
  throw new Error(`${name} is ${value}, but must be one of: ${allowed.join(', ')}.`);
}
