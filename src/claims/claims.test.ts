/** The claims themselves: what can be measured on the demo models is measured on them, for real, on the CPU twin. */

import { beforeAll, describe, expect, test } from 'vitest';
import { createCpuService } from '../../tools/cpuService.ts';
import type { Normless, PairInfo } from '../engine/api.ts';
import { STARTING } from '../engine/status.ts';
import { CLAIMS, type Claim, type ClaimResult, GROUPS, lacking, measureClaim } from './index.ts';

const GIRL = 'Once upon a time, there was a little girl who liked to play. One day,';

const service = createCpuService();
const normless = {
  ...Object.fromEntries(
    (['analyze', 'run', 'dispose', 'generate', 'pairs', 'storage'] as const).map((name) => [
      name,
      (service[name] as (...args: unknown[]) => unknown).bind(service),
    ]),
  ),
  /** A few of them: each is a sweep of every arm on the CPU twin. */
  ioi: (request: object) => service.ioi({ ...request, count: 4 }),
  version: 'test',
  status: () => STARTING,
} as unknown as Normless;

let demo: PairInfo;
beforeAll(async () => {
  await service.start();
  demo = (await service.pairs())[0] as PairInfo;
});

const claim = (id: number) => CLAIMS.find((each) => each.id === id) as Claim;
const measure = (id: number, change: object = {}): Promise<ClaimResult> =>
  measureClaim(normless, claim(id), {
    pair: demo,
    arms: demo.arms.map((arm) => arm.id),
    prompt: { text: GIRL },
    text: null,
    ...change,
  });

test('every claim of the list is there once, in one of the groups, with its source', () => {
  expect(CLAIMS.map(({ id }) => id)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  const groups = new Set(GROUPS.map(({ id }) => id));
  for (const { id, group, published, setting, measure: how, here } of CLAIMS) {
    expect(groups, `claim ${id}`).toContain(group);
    expect(published.length, `claim ${id}`).toBeGreaterThan(0);
    expect(setting, `claim ${id}`).not.toBe('');
    if (typeof how === 'function') expect(here, `claim ${id}`).not.toBe('');
  }
});

const values = (result: ClaimResult, what: RegExp, arm?: string): (number | string)[] =>
  result.figures
    .filter((figure) => what.test(figure.what) && (arm === undefined || figure.arm === arm))
    .map(({ value }) => value);

describe('on the demo models', () => {
  test.each([1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])('claim %d holds', async (id) => {
    const result = await measure(id);
    expect(result.figures.filter(({ ok }) => ok === false)).toEqual([]);
    expect(result.verdict).toBe('holds');
    expect(result).toMatchObject({
      claim: id,
      pair: { id: 'demo' },
      engines: ['wgsl'],
      on: expect.stringMatching(/^the prompt of the page, 20 tokens/),
      prompt: { text: GIRL },
    });
  });

  test.each([22, 23, 24, 25, 26, 30])(
    'claim %d is measured on every arm, and held against nothing that is published for other weights',
    async (id) => {
      const result = await measure(id);
      expect(result.verdict).toBe('measured');
      expect(new Set(result.figures.map(({ arm }) => arm))).toEqual(
        new Set(['original', 'vanilla', 'lnfree']),
      );
      for (const { value } of result.figures)
        expect(typeof value === 'string' || Number.isFinite(value)).toBe(true);
    },
  );

  test('attribution is wrong by tens of per cent with LayerNorm, and by nothing without, in both conventions', async () => {
    const result = await measure(26);
    for (const target of [/pooled, next/, /pooled, input/]) {
      expect(values(result, target, 'original')[0]).toBeGreaterThan(10);
      expect(values(result, target, 'lnfree')[0]).toBeLessThan(0.05);
    }
  });

  test('what removing LayerNorm gains for the estimate is each layer’s error less the other’s, held against nothing', async () => {
    const result = await measure(29, { arms: ['vanilla', 'lnfree'] });
    expect(result).toMatchObject({ verdict: 'measured', prompt: null });
    expect(result.on).toMatch(/^4 IOI pairs, seed 0: “Then, \w+ and \w+ went to the/);
    const error = (arm: string) => values(result, /^Σ/, arm)[0] as number;
    const [gained] = values(result, /^error of Vanilla FT − error of LN-free, mean/);
    expect(gained).toBeCloseTo(error('vanilla') - error('lnfree'), 4);
  });

  test('a text is read by every arm, the same one, and the best arm is no worse than the best', async () => {
    // Both claims of one press: the second has the first's answer.
    const ask = { text: `${GIRL} she saw a dog.`, arms: ['original', 'lnfree'], known: new Map() };
    const cost = await measure(28, ask);
    expect(ask.known.size).toBe(1);
    expect(cost).toMatchObject({
      text: ask.text,
      prompt: null,
      on: expect.stringMatching(/in 1 window of at most 256$/),
    });
    expect(Math.min(...(values(cost, /^less the best/) as number[]))).toBe(0);
    const sureness = await measure(27, ask);
    const [entropy, less] = [
      values(sureness, /^mean entropy/, 'lnfree'),
      values(sureness, /^entropy less/, 'lnfree'),
    ];
    const [loss] = values(cost, /^mean loss/, 'lnfree');
    expect((entropy[0] as number) - (loss as number)).toBeCloseTo(less[0] as number, 6);
  });

  test('without what it takes, the error says what to do', async () => {
    await expect(measure(1, { prompt: { text: 'a' } })).rejects.toThrow(/at least 4 tokens; this one has 2/);
    await expect(measure(27)).rejects.toThrow(/Paste one/);
    const aborted = AbortSignal.abort();
    await expect(measure(3, { signal: aborted })).rejects.toBe(aborted.reason);
  });
});

describe('what is lacking', () => {
  const place = { arms: ['original', 'lnfree'], tokens: 20, text: false };
  const says = (id: number, change: object = {}) => lacking(claim(id), { pair: demo, ...place, ...change });

  test('is said with the way to get it', () => {
    expect(says(2)).toMatch(/claims\.test\.ts/);
    for (const id of [15, 16, 17, 18, 19, 20]) expect(says(id)).toMatch(/load the pair “GPT-2 small”/);
    expect(says(21)).toMatch(/load the pair “GPT-2 XL”/);
    expect(says(27)).toMatch(/^Needs a text/);
    expect(says(3, { arms: ['original'] })).toMatch(/^Needs a model without LayerNorm/);
    expect(says(6, { arms: ['lnfree'] })).toMatch(/^Needs a model with LayerNorm/);
    expect(says(1, { tokens: 3 })).toMatch(/at least 4 tokens/);
    expect(says(1, { pair: undefined })).toMatch(/No model is loaded/);
  });

  test('is nothing where all is there', () => {
    for (const id of [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 22, 23, 24, 25, 26, 29, 30])
      expect(says(id)).toBeNull();
    for (const id of [27, 28]) expect(says(id, { text: true })).toBeNull();
  });
});
