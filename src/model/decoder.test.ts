import { expect, test } from 'vitest';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { decoderSuite } from './decoder.suite.ts';
import { decoderBytes, decoderCapacity } from './decoder.ts';

decoderSuite(async () => createCpuBackend());

test('room comes in steps of 64 positions, and never beyond the context', () => {
  const room = (positions: number) => decoderCapacity({ nCtx: 1000 }, positions);
  expect([1, 64, 65, 960, 961, 5000].map(room)).toEqual([64, 64, 128, 960, 1000, 1000]);
  const small = { nLayers: 12, dModel: 768 } as Parameters<typeof decoderBytes>[0];
  expect(decoderBytes(small, 1024)).toBe(75_497_472);
});
