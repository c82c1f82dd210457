/** The pace: silent at first, right on a steady stream, following one that slows down or stalls. */

import { expect, test } from 'vitest';
import { PaceMeter } from './pace.ts';

/** Feeds `bytes(t)` every quarter of a second up to `end`. */
function fed(bytes: (t: number) => number, end: number): PaceMeter {
  const meter = new PaceMeter();
  for (let t = 0; t <= end; t += 0.25) meter.observe(bytes(t), 1000 + t);
  return meter;
}

test('says nothing before it knows', () => {
  expect(new PaceMeter().read(100)).toEqual({ rate: null, left: null });
  expect(fed((t) => 10 * t, 1).read(100)).toEqual({ rate: null, left: null });
});

test('a steady stream has its rate and its time left', () => {
  const pace = fed((t) => 10 * t, 20).read(1000);
  expect(pace.rate).toBeCloseTo(10, 6);
  expect(pace.left).toBeCloseTo(80, 6);
});

test('follows a stream that slows down', () => {
  const pace = fed((t) => (t < 10 ? 100 * t : 1000 + 10 * (t - 10)), 30).read(2000);
  expect(pace.rate).toBeGreaterThan(9);
  expect(pace.rate).toBeLessThan(13);
});

test('a stall ends in no forecast instead of a wrong one', () => {
  const pace = fed((t) => 100 * Math.min(t, 5), 120).read(1000);
  expect(pace.rate).toBeLessThan(1e-3);
  expect(pace.left).toBeNull();
});

test('starts anew where the count starts anew', () => {
  const meter = fed((t) => 10 * t, 5);
  meter.observe(0, 1010);
  expect(meter.read(100).rate).toBeNull();
});

test('bursts within a fifth of a second count as one report', () => {
  const meter = new PaceMeter();
  for (let t = 0; t <= 4; t += 1) {
    meter.observe(100 * t, t);
    meter.observe(100 * t + 1, t + 0.001);
  }
  expect(meter.read(1000).rate).toBeCloseTo(100, 6);
});
