/** Sampling: exact filters, the same token from a list as from the whole row, and frequencies that are the probabilities. */

import { describe, expect, test } from 'vitest';
import { mulberry32 } from '../base/random.ts';
import {
  type Candidates,
  checkSampling,
  choose,
  dice,
  leading,
  listed,
  type Sampling,
  standing,
  standingIn,
} from './sampling.ts';

const ROW = Float32Array.from([0.5, 2, -1, 1, 2, -Infinity, 0]);
const PLAIN: Sampling = { temperature: 1, topK: null, topP: 1 };
const MIDDLES = Array.from({ length: 1000 }, (_, i) => (i + 0.5) / 1000);

/** The likeliest `k` of a row and its log-sum-exp, as a device gives them. */
function list(row: Float32Array, k: number): Candidates {
  const all = leading(row);
  const lse = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
  return listed({ ids: Array.from(all.ids).slice(0, k), logits: Array.from(all.logits).slice(0, k), lse });
}

const chosen = (sampling: Sampling, row = ROW) =>
  new Set(MIDDLES.map((u) => choose(leading(row), sampling, u)));

describe('candidates', () => {
  test('of a row come by falling logit, equals by rising id', () => {
    const { ids, logits } = leading(ROW);
    expect([...(ids as Uint32Array)]).toEqual([1, 4, 3, 0, 6, 2, 5]);
    expect([...(logits as Float32Array)]).toEqual([2, 2, 1, 0.5, 0, -1, -Infinity]);
    expect([...(leading(Float32Array.from([0, -0, -1e-45, 1e-45])).ids as Uint32Array)]).toEqual([
      3, 0, 1, 2,
    ]);
  });

  test('may be fewer than all: then the likeliest, with the sum of all', () => {
    const next = mulberry32(3);
    const row = Float32Array.from({ length: 5000 }, () => 20 * next() - 10);
    const all = leading(row);
    for (const count of [1, 64, 1000, 4500]) {
      const some = leading(row, count);
      expect(some.whole).toBe(false);
      expect(some.ids.length).toBeGreaterThanOrEqual(count);
      expect([...(some.ids as Uint32Array)]).toEqual([...(all.ids as Uint32Array)].slice(0, some.ids.length));
      expect(some.total(0.7)).toBe(all.total(0.7));
    }
    expect(leading(row, 64).ids.length).toBeLessThan(200);
    expect(leading(row, 5000).whole).toBe(true);
  });

  test('tell how a token stands, as the row does', () => {
    for (const id of ROW.keys()) expect(standing(leading(ROW), id)).toEqual(standingIn(ROW, id));
    expect(standingIn(ROW, 4)).toEqual({ logit: 2, rank: 1 });
    expect(standing(list(ROW, 2), 0)).toBeNull();
  });
});

describe('choosing', () => {
  test('at temperature 0 takes the likeliest, of equals the lower id, whatever the dice say', () => {
    for (const u of [0, 0.5, 1 - 2 ** -32])
      expect(choose(list(ROW, 1), { ...PLAIN, temperature: 0 }, u)).toBe(1);
  });

  test('never takes what a filter has left out, and takes all else', () => {
    expect(chosen(PLAIN)).toEqual(new Set([0, 1, 2, 3, 4, 6])); // −Infinity is impossible
    expect(chosen({ ...PLAIN, topK: 3 })).toEqual(new Set([1, 4, 3]));
    // Both of logit 2 hold 0.72, with logit 1 it is 0.85: 0.8 takes three, 0.7 two.
    expect(chosen({ ...PLAIN, topP: 0.8 })).toEqual(new Set([1, 4, 3]));
    expect(chosen({ ...PLAIN, topP: 0.7 })).toEqual(new Set([1, 4]));
    // Of the three that top-k leaves, the first two hold 0.84.
    expect(chosen({ ...PLAIN, topK: 3, topP: 0.8 })).toEqual(new Set([1, 4]));
    expect(chosen({ ...PLAIN, topP: 1e-9 })).toEqual(new Set([1]));
    expect(chosen({ ...PLAIN, temperature: 1e-30 })).toEqual(new Set([1, 4]));
  });

  test('from a list gives what the whole row gives, or says that the list is too short; more of the row then tell', () => {
    const next = mulberry32(7);
    const row = Float32Array.from({ length: 200 }, () => 8 * next());
    const ways: Sampling[] = [
      PLAIN,
      { ...PLAIN, topK: 8 },
      { ...PLAIN, topK: 9 },
      { ...PLAIN, topP: 0.2 },
      { ...PLAIN, topP: 0.95 },
      { temperature: 0.3, topK: 8, topP: 0.5 },
      { ...PLAIN, temperature: 0.3 },
    ];
    const [some, all] = [list(row, 8), leading(row)];
    const told = ways.map((way) => {
      const answers = MIDDLES.map((u) => choose(some, way, u));
      answers.forEach((id, i) => {
        if (id !== null) expect(id).toBe(choose(all, way, MIDDLES[i] as number));
      });
      return answers.filter((id) => id !== null).length;
    });
    const [plain = 0, ...others] = told;
    expect(plain).toBeGreaterThan(100); // as often as the dice fall on the list
    expect(plain).toBeLessThan(600);
    expect(others).toEqual([1000, 0, 1000, 0, 1000, 0]);
    // From the row the sum is known at every temperature.
    const most = leading(row, 190);
    expect(most.whole).toBe(false);
    for (const way of [
      { ...PLAIN, temperature: 0.3 },
      { ...PLAIN, temperature: 0.3, topP: 0.9 },
    ])
      for (const u of MIDDLES) expect([choose(all, way, u), null]).toContain(choose(most, way, u));
    expect(choose(most, { ...PLAIN, temperature: 0.3, topP: 0.9 }, 0.5)).not.toBeNull();
  });

  test.each<[string, Sampling]>([
    ['as the model says', PLAIN],
    ['cooled', { ...PLAIN, temperature: 0.5 }],
    ['from the likeliest three', { ...PLAIN, topK: 3 }],
    ['from the nucleus', { ...PLAIN, topP: 0.9 }],
    ['with every filter', { temperature: 2, topK: 4, topP: 0.8 }],
  ])('%s: 20 000 draws are distributed as they should be', (_, way) => {
    const draws = 20_000;
    const roll = dice(20_260_101);
    const counts = new Map<number, number>();
    for (let i = 0; i < draws; i++) {
      const id = choose(leading(ROW), way, roll()) as number;
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const expected = distribution(ROW, way);
    expect([...counts.keys()].sort()).toEqual([...expected.keys()].sort());
    let chiSquared = 0;
    for (const [id, p] of expected) chiSquared += ((counts.get(id) ?? 0) - p * draws) ** 2 / (p * draws);
    expect(chiSquared).toBeLessThan(20.5); // exceeded by one in a thousand at five degrees of freedom, fewer otherwise
  });
});

/** Probabilities by the definition: of the cooled softmax the best k, of these the fewest that hold the share, scaled to 1. */
function distribution(row: Float32Array, { temperature, topK, topP }: Sampling): Map<number, number> {
  const byWeight = [...row].map((x, id) => ({ id, p: Math.exp(x / temperature) })).filter(({ p }) => p > 0);
  byWeight.sort((a, b) => b.p - a.p || a.id - b.id);
  const kept = byWeight.slice(0, topK ?? byWeight.length);
  const total = kept.reduce((sum, { p }) => sum + p, 0);
  let held = 0;
  const nucleus = kept.filter(({ p }) => {
    const needed = held < topP * total;
    held += p;
    return needed;
  });
  const rest = nucleus.reduce((sum, { p }) => sum + p, 0);
  return new Map(nucleus.map(({ id, p }) => [id, p / rest]));
}

test('the dice depend on the seed alone, and seeds beside each other have nothing in common', () => {
  const rolls = (seed: number) => {
    const roll = dice(seed);
    return Array.from({ length: 500 }, () => roll());
  };
  expect(rolls(4)).toEqual(rolls(4));
  expect(new Set([...rolls(4), ...rolls(5)]).size).toBeGreaterThan(990);
  expect(() => dice(-1)).toThrow('seed is -1');
  expect(() => dice(2 ** 32)).toThrow('0 to 4294967295');
});

test.each<[Partial<Sampling>, RegExp]>([
  [{ temperature: -1 }, /temperature is -1.*0 always takes/],
  [{ temperature: Number.NaN }, /temperature is NaN/],
  [{ topP: 0 }, /topP is 0.*above 0/],
  [{ topP: 1.1 }, /topP is 1.1/],
  [{ topK: 0 }, /topK is 0.*1 to 7/],
  [{ topK: 8 }, /topK is 8/],
])('%j is refused by name', (change, message) => {
  expect(() => checkSampling({ ...PLAIN, ...change }, 7)).toThrow(message);
});
