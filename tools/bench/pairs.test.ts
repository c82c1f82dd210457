/** The protocol of a timed pair, on sides whose cost is known. */

import { expect, test } from 'vitest';
import { type Measure, measurePair, type Side } from './pairs.ts';

/** Sides that take what `cost` says of the nth measurement of them, in milliseconds per call, and half as many CPU-seconds. */
function fake(cost: (side: Side, n: number) => number, cpu = true) {
  const calls: { side: Side; repeats: number }[] = [];
  const measure: Measure = async (side, repeats) => {
    const ms = cost(side, calls.filter((call) => call.side === side).length);
    calls.push({ side, repeats });
    return { ms, cpuSeconds: cpu ? ms / 2 : null };
  };
  return { calls, measure };
}

const slow = (side: Side) => (side === 'ours' ? 3000 : 6000);

test('sides take turns at going first, after one warm-up each', async () => {
  const { calls, measure } = fake(slow);
  const result = await measurePair(measure, 3, false);
  const order = calls.map(({ side }) => side).join(' ');
  expect(order).toBe('ours peer ours peer peer ours ours peer');
  expect(result).toMatchObject({ ratio: 0.5, ci: [0.5, 0.5], noisy: false, measure: 'milliseconds' });
  expect(result.ours.ms).toEqual({ median: 3000, min: 3000, mad: 0, n: 3 });
});

test('a short call is repeated until the clock can tell, and not judged by its first, compiling one', async () => {
  const { calls, measure } = fake((side, n) => (side === 'ours' ? (n === 0 ? 900 : 10) : 3000));
  await measurePair(measure, 1, true);
  expect(calls.at(-2)).toEqual({ side: 'ours', repeats: 40 });
  expect(calls.at(-1)).toEqual({ side: 'peer', repeats: 1 });
  await measurePair(measure, 1, false);
  expect(calls.at(-2)).toEqual({ side: 'ours', repeats: 10 });
});

test('the ratio is the median of the ratios of pairs, not the ratio of medians', async () => {
  // Both sides are slowed down together, as by other work on the machine.
  const drift = [1, 5, 2, 8, 1, 1];
  const { measure } = fake((side, n) => slow(side) * (drift[n] ?? 1));
  const { ratio, noisy } = await measurePair(measure, 5, false);
  expect(ratio).toBe(0.5);
  expect(noisy).toBe(false);
});

test('a single pair has no interval', async () => {
  expect(await measurePair(fake(slow).measure, 1, false)).toMatchObject({ ratio: 0.5, ci: null });
});

test('sides that are warm are called once for each pair', async () => {
  const { calls, measure } = fake(slow);
  await measurePair(measure, 1, false, true);
  expect(calls.map(({ side, repeats }) => [side, repeats])).toEqual([
    ['ours', 1],
    ['peer', 1],
  ]);
});

test('CPU-seconds are compared where asked for and known', async () => {
  expect((await measurePair(fake(slow).measure, 1, true)).measure).toBe('CPU-seconds');
  const unknown = await measurePair(fake(slow, false).measure, 1, true);
  expect(unknown).toMatchObject({ measure: 'milliseconds', ours: { cpuSeconds: null } });
});

test('what scatters is measured once more, and marked where it scatters again', async () => {
  const scatter = (n: number) => 1 + (n % 3);
  const twice = fake((side, n) => slow(side) * (side === 'ours' ? scatter(n) : 1));
  expect((await measurePair(twice.measure, 5, false)).noisy).toBe(true);
  expect(twice.calls).toHaveLength(2 + 2 * 10);

  const once = fake((side, n) => slow(side) * (side === 'ours' && n <= 5 ? scatter(n) : 1));
  expect((await measurePair(once.measure, 5, false)).noisy).toBe(false);
  expect(once.calls).toHaveLength(2 + 2 * 10);
});
