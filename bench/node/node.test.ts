/** What the suite in Node does without a device: its options, and torch's rows as peers of ours. */

import { expect, test } from 'vitest';
import type { Row } from '../contract.ts';
import { readOptions } from './options.ts';
import { formatTimes } from './times.ts';
import { missedAgainstTorch, readTorch, withTorch } from './torch.ts';

const summary = (median: number) => ({ median, min: median, mad: 0, n: 20 });

/** A timed row of ours: 4 ms; a call of 4.5 ms was 3 ms on the device. */
const ROW = {
  row: 'prefill.T64',
  name: 'prefill.T64 small',
  ours: { ms: summary(4), cpuSeconds: null },
  clocked: { ours: { callMs: 4.5, deviceMs: 3 }, peer: null },
  dispatches: 100,
  pass: true,
} as Row;

const torchFile = (eagerMs: number, name = ROW.name) => ({
  version: '2.11.0',
  device: 'a card',
  rows: [
    { name, peer: 'torch eager', ms: summary(eagerMs) },
    { name, peer: 'torch compile', ms: summary(1) },
  ],
});

test('a graphics card has time for more rounds, and a number given counts', () => {
  expect(readOptions([])).toMatchObject({ task: 'suite', suite: 'ci', rounds: 5, json: null });
  expect(readOptions(['--suite', 'gpu']).rounds).toBe(20);
  expect(readOptions(['--suite', 'gpu', '--rounds', '3', '--dawn', 'backend=vulkan'])).toMatchObject({
    rounds: 3,
    dawn: ['backend=vulkan'],
  });
});

test('a merge writes to where it reads from', () => {
  const options = readOptions(['--merge', 'suite.json', '--torch', 'torch.json']);
  expect(options).toMatchObject({
    task: 'merge',
    from: 'suite.json',
    json: 'suite.json',
    torch: 'torch.json',
  });
});

test.each([
  [['--suite', 'huge'], 'There is no suite huge'],
  [['--rounds', '0'], 'a whole number from 1'],
  [['--probe', '--golden'], 'one at a time'],
  [['--merge', 'suite.json'], 'say --torch FILE too'],
])('%j is refused with what to say', (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

test('rows of the same name are peers, and only eager mode on a card is held against a target', () => {
  const merged = withTorch(ROW, torchFile(8));
  expect(merged.others).toMatchObject([
    { peer: 'torch eager', ratio: 0.5, target: 1, pass: true },
    { peer: 'torch compile', ratio: 4, target: null, pass: true },
  ]);
  expect(missedAgainstTorch([merged])).toEqual([]);
  expect(missedAgainstTorch([withTorch(ROW, torchFile(2))])).toEqual([ROW.name]);
  expect(missedAgainstTorch([withTorch(ROW, { ...torchFile(2), device: 'cpu' })])).toEqual([]);
});

test('a row that torch has not, or that was not timed, stays as it is', () => {
  expect(withTorch(ROW, torchFile(8, 'decode.ctx256 small'))).toBe(ROW);
  const failed = { ...ROW, ours: null };
  expect(withTorch(failed, torchFile(8))).toBe(failed);
});

test('what torch wrote is read back, and anything else is refused with the command', () => {
  const file = torchFile(8);
  expect(readTorch(JSON.stringify(file), 'torch.json')).toEqual(file);
  for (const wrong of [{}, { ...file, rows: [] }, { ...file, rows: [{ name: 'prefill.T64 small' }] }])
    expect(() => readTorch(JSON.stringify(wrong), 'torch.json')).toThrow('torchPeer.py --json torch.json');
});

test('the time beyond the device is told per dispatch', () => {
  const cells = (row: Row) => formatTimes([row]).split('\n')[1]?.split(/ {2,}/);
  const torch = 'torch eager 8.00 ms: 0.500, ≤ 1 met; torch compile 1.00 ms: 4.00';
  const own = ['prefill.T64 small', '4.00 ms', '4.00 ms'];
  expect(cells(withTorch(ROW, torchFile(8)))).toEqual([...own, '3.00 ms', '1.50 ms', '15.0 µs', torch]);
  expect(cells({ ...ROW, clocked: null })).toEqual([...own, '–', '–', '–', '–']);
});
