/** The rows of the token strip: values in place, one scale, the first position left out of it. */

import { describe, expect, test } from 'vitest';
import { initialState } from '../../state/initial.ts';
import type { WorkbenchState } from '../../state/types.ts';
import { colouring } from './rows.ts';

const rowsOf = (change: Partial<WorkbenchState>) => colouring({ ...initialState(), ...change }).rows;

test('loss: one row per arm and Δ, a value per token but none at the last', () => {
  const rows = rowsOf({ colourBy: 'loss', shown: ['original', 'vanilla', 'lnfree'] });
  expect(rows.map((row) => row.label)).toEqual(['Original', 'Vanilla FT', 'LN-free', 'Δ']);
  const [original, , lnfree, delta] = rows;
  expect(original?.values).toHaveLength(20);
  expect(original?.values.at(-1)).toBeNull();
  expect(delta?.values[10]).toBeCloseTo((lnfree?.values[10] ?? 0) - (original?.values[10] ?? 0), 6);
});

test('the scale is shared by all arms and leaves out position 0', () => {
  const { slots } = initialState();
  const result = structuredClone(slots['token-stats'].result);
  const loss = result?.arms.original?.loss;
  if (!loss) throw new Error('the first result has no losses');
  loss.data[0] = 1 + 2 * Math.max(...Object.values(result.arms).flatMap((arm) => [...arm.loss.data]));
  const rows = rowsOf({
    colourBy: 'loss',
    slots: { ...slots, 'token-stats': { ...slots['token-stats'], result } },
  });
  const [first, second] = rows;
  const counted = rows.slice(0, 2).flatMap((row) => row.values.slice(1)) as number[];
  expect(first?.limit).toBe(second?.limit);
  expect(first?.limit).toBe(Math.max(...counted));
  expect(first?.values[0]).toBeGreaterThan(first?.limit ?? Number.POSITIVE_INFINITY);
});

describe('other colours', () => {
  test('entropy has a value at every token', () => {
    expect(rowsOf({ colourBy: 'entropy' })[0]?.values.every((value) => value !== null)).toBe(true);
  });
  test('divergence and Δ loss have a row for every two arms on show', () => {
    const shown = ['original', 'vanilla', 'lnfree'];
    expect(rowsOf({ colourBy: 'jsd', shown }).map((row) => row.label)).toEqual([
      'Original ‖ Vanilla FT',
      'Original ‖ LN-free',
      'Vanilla FT ‖ LN-free',
    ]);
    expect(rowsOf({ colourBy: 'lossDelta', shown })).toHaveLength(3);
    expect(rowsOf({ colourBy: 'lossDelta', shown: ['lnfree'] })).toEqual([]);
  });
  test('a neuron is drawn from its column of the activations', () => {
    const state = initialState();
    const arm = state.slots['confidence-neurons'].result?.arms.lnfree;
    const neuron = arm?.neurons[3] ?? -1;
    const rows = colouring({ ...state, colourBy: 'neuron', neuron }).rows;
    expect(rows[1]?.values[7]).toBe(arm?.activations.data[7 * (arm?.neurons.length ?? 0) + 3]);
  });
  test('a neuron that is not among the k has no rows, and nothing is coloured by nothing', () => {
    const among = initialState().slots['confidence-neurons'].result?.arms.original?.neurons ?? [];
    const neuron =
      Array.from({ length: among.length + 1 }, (_, n) => n).find((n) => !among.includes(n)) ?? null;
    expect(rowsOf({ colourBy: 'neuron', neuron }).every((row) => row.values.every((v) => v === null))).toBe(
      true,
    );
    expect(rowsOf({ colourBy: 'none' })).toEqual([]);
  });
});
