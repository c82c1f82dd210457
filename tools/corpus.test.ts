/** `npm run corpus` on the processor: shards add up to one run, what was cut off is taken up, and what it refuses. */

import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeTinyCheckpoint } from '../src/weights/testing.ts';
import { readLines } from './corpus/lines.ts';
import { merge, merged } from './corpus/merge.ts';
import { type ReadOptions, readOptions } from './corpus/options.ts';
import { readShard } from './corpus/read.ts';

const DIR = mkdtempSync(join(tmpdir(), 'normless-corpus-'));
const TEXT = join(DIR, 'text.txt');
const at = (name: string) => join(DIR, name);

beforeAll(() => {
  writeFileSync(
    TEXT,
    `One day a cat sat.\n<|endoftext|>\n${'The dog ran to the big tree and the cat ran too. '.repeat(4)}`,
  );
  for (const [arm, form] of [
    ['original', 'layer'],
    ['lnfree', 'lnfree-2025'],
  ] as const) {
    const folder = join(DIR, 'pair', arm);
    mkdirSync(folder, { recursive: true });
    const files = makeTinyCheckpoint({ form, seed: arm.length, dVocab: 8192, nCtx: 16 });
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    copyFileSync(join('public/models/demo/original/tokenizer.json'), join(folder, 'tokenizer.json'));
  }
});
afterAll(() => rmSync(DIR, { recursive: true, force: true }));

const ask = (...more: string[]) =>
  readOptions([
    '--pair',
    at('pair'),
    '--text',
    TEXT,
    '--engine',
    'cpu',
    '--window',
    '8',
    '--means',
    '--direct-effect',
    '--attribution',
    ...more,
  ]) as ReadOptions;

async function read(out: string, ...more: string[]): Promise<string[]> {
  const said: string[] = [];
  await readShard(ask('--out', at(out), ...more), (text) => said.push(text));
  return said;
}

test('three shards merge into exactly what one run gives, and half of them say what is missing', async () => {
  await read('one.jsonl');
  for (const i of [1, 2, 3]) await read(`${i}.jsonl`, '--shard', `${i}/3`);
  const whole = await merged([at('one.jsonl')]);
  const shards = await merged([3, 1, 2].map((i) => at(`${i}.jsonl`)));
  expect(whole.result.coverage.complete).toBe(true);
  expect(whole.result.coverage.windows).toBeGreaterThan(5);
  expect(Object.keys(whole.result.arms)).toEqual(['original', 'lnfree']);
  const { arms, ...rest } = shards.result;
  const { arms: wholeArms, ...wholeRest } = whole.result;
  expect(rest).toEqual(wholeRest);
  for (const [id, { means, ...own }] of Object.entries(arms)) {
    const { means: wholeMeans, ...wholeOwn } = wholeArms[id] as (typeof arms)[string];
    expect(own).toEqual(wholeOwn);
    expect(own.attribution?.positions).toBe(own.coverage.tokens);
    expect(means?.positions).toBe(wholeMeans?.positions);
    means?.neurons.mean.forEach((mean, i) => {
      expect(mean).toBeCloseTo(wholeMeans?.neurons.mean[i] as number, 12); // summed up in another order
    });
  }
  const said: string[] = [];
  expect(
    await merge({ task: 'merge', from: [at('one.jsonl')], out: at('one.json') }, (text) => said.push(text)),
  ).toBe(0);
  expect(said[0]).toContain(`loss ${whole.result.arms.original?.loss.mean.toFixed(4)}`);
  const written = JSON.parse(readFileSync(at('one.json'), 'utf8')) as Record<string, never>;
  expect(written).toMatchObject({ dtype: 'f32', shards: [{ shard: '1/1', adapter: 'none' }] });
  expect(await merge({ task: 'merge', from: [at('1.jsonl')], out: null }, (text) => said.push(text))).toBe(1);
  expect(said.at(-1)).toContain('NOT COMPLETE');
});

test('what was cut off in the middle of a line is taken up where it ended', async () => {
  await read('cut.jsonl');
  const before = readFileSync(at('cut.jsonl'), 'utf8');
  const lines = before.split('\n');
  truncateSync(at('cut.jsonl'), Buffer.byteLength(lines.slice(0, 4).join('\n')) + 1 + 100);
  const said = await read('cut.jsonl');
  expect(said.join()).toContain('3 of them done before');
  const sorted = (text: string) => text.split('\n').slice(1).sort();
  expect(sorted(readFileSync(at('cut.jsonl'), 'utf8'))).toEqual(sorted(before));
});

test('losses are kept to the last bit, infinities and logits that are no numbers by name', async () => {
  const [first, line] = readFileSync(at('one.jsonl'), 'utf8').split('\n');
  const odd = JSON.parse(line as string);
  odd.arms.original.outliers = [{ at: 0, logit: '-Infinity' }];
  writeFileSync(at('odd.jsonl'), `${first}\n${JSON.stringify(odd)}\n`);
  const [record] = readLines(at('odd.jsonl')).records;
  expect(record?.arms.original?.outliers).toEqual([{ at: 0, logit: Number.NEGATIVE_INFINITY }]);
  expect(record?.arms.original?.losses).toBeInstanceOf(Float32Array);
  expect(record?.arms.original?.losses).toHaveLength(7);
});

describe('refused', () => {
  test('a file of another run', async () => {
    await expect(read('one.jsonl', '--stride', '4')).rejects.toThrow('the windows differ');
    await expect(read('one.jsonl', '--arms', 'original')).rejects.toThrow('the arms differ');
    await read('other.jsonl', '--stride', '4');
    await expect(merged([at('one.jsonl'), at('other.jsonl')])).rejects.toThrow(
      'different runs: the windows differ',
    );
  });

  test('a file of something else', async () => {
    appendFileSync(at('else.jsonl'), '{"a": 1}\n');
    await expect(merged([at('else.jsonl')])).rejects.toThrow('no file of npm run corpus');
    await expect(merged([at('none.jsonl')])).rejects.toThrow('There is no file');
  });

  test('folders and arms that are not there', async () => {
    await expect(
      readShard({ ...ask('--out', at('x.jsonl')), pair: at('nowhere') }, () => {}),
    ).rejects.toThrow('folder per arm');
    await expect(read('x.jsonl', '--arms', 'vanilla')).rejects.toThrow('There is no arm vanilla');
  });

  test.each([
    [[], 'Say --pair'],
    [['--merge'], '--merge needs'],
    [['--shard', '0/3'], '--shard is 0/3'],
    [['--shard', '4/3'], '--shard is 4/3'],
    [['--window', 'all'], '--window is all'],
    [['--dtype', 'f64'], '--dtype is f64'],
    [['--engine', 'ort'], '--engine is ort'],
    [['--bos', '--no-bos'], 'not both'],
  ])('%j', (args, message) => {
    const needed =
      args.length === 0 || args[0] === '--merge' ? [] : ['--pair', 'demo', '--text', 'a', '--out', 'b'];
    expect(() => readOptions([...needed, ...args])).toThrow(message);
  });
});
