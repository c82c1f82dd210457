/** Maps as pictures, parts and tables: each number where its part says it is. */

import { describe, expect, test } from 'vitest';
import type { ActivationPatchingArm, PatchGranularity } from '../../analysis/types/index.ts';
import { cellName, cellsOf, effectOf, largestCell, pictureOf, scaled, sweepCsv, usualLayer } from './maps.ts';

function arm(
  granularity: PatchGranularity,
  shape: number[],
  change: Partial<ActivationPatchingArm> = {},
): ActivationPatchingArm {
  const size = shape.reduce((a, b) => a * b, 1);
  return {
    values: { axes: [], shape, data: Float32Array.from({ length: size }, (_, i) => i - 2) },
    layers: Array.from({ length: shape[0] ?? 0 }, (_, l) => l),
    cleanMetric: 5,
    corruptedMetric: 1,
    dividedBy: 1,
    warning: null,
    runs: size,
    convention: { direction: 'denoising', site: 'z', granularity },
    ...change,
  };
}

const PIECES = ['A', ' girl/ boy', '.'];
const neurons = [
  [7, 3],
  [1, 9],
];
const MAPS: [PatchGranularity, ActivationPatchingArm][] = [
  ['position', arm('position', [2, 3])],
  ['head', arm('head', [2, 4])],
  ['head-position', arm('head-position', [2, 2, 3])],
  ['neuron-topk', arm('neuron-topk', [2, 2], { neurons })],
];

test.each(MAPS)('every cell of a picture by %s has its part’s number', (granularity, map) => {
  for (const layer of map.layers) {
    const { rows, columns, values, cell, pending } = pictureOf(map, granularity, PIECES, layer, true);
    expect(pending.size).toBe(0);
    expect(values).toHaveLength(rows.length * columns.length);
    for (let row = 0; row < rows.length; row++)
      for (let column = 0; column < columns.length; column++)
        expect(effectOf(map, granularity, cell(row, column))).toBe(values[row * columns.length + column]);
  }
  const cells = cellsOf(map, granularity);
  expect(cells).toHaveLength(map.values.data.length);
  for (const { cell, value } of cells) expect(effectOf(map, granularity, cell)).toBe(value);
  const sizes = map.values.data.map(Math.abs);
  expect(Math.abs(largestCell(map, granularity)?.value ?? 0)).toBe(Math.max(...sizes));
});

test('what has not come in is pending, what is no number in a whole map stays to stand out', () => {
  const values = { axes: [], shape: [2, 3], data: Float32Array.from([Number.NaN, 1, 2, 3, 4, 5]) };
  const map = arm('position', [2, 3], { values });
  const part = pictureOf(map, 'position', PIECES, 0, false);
  expect([...part.pending]).toEqual([0]);
  expect(part.values[0]).toBe(0);
  const whole = pictureOf(map, 'position', PIECES, 0, true);
  expect(whole.pending.size).toBe(0);
  expect(whole.values[0]).toBeNaN();
});

test('a part that a map lacks has no number', () => {
  const [, map] = MAPS[3] as (typeof MAPS)[number];
  expect(effectOf(map, 'neuron-topk', { layer: 0, neuron: 9 })).toBeNull();
  expect(effectOf(map, 'neuron-topk', { layer: 5, neuron: 7 })).toBeNull();
});

describe('shares', () => {
  test('divide by clean − corrupted, sign and all', () => {
    const map = arm('head', [1, 2], { cleanMetric: 1, corruptedMetric: 5 });
    expect([...scaled(map, true).values.data]).toEqual([0.5, 0.25]);
    expect(scaled(map, true).dividedBy).toBe(-4);
    expect(scaled(map, false)).toBe(map);
  });

  test('of next to nothing come with a warning', () => {
    const map = arm('head', [1, 2], { cleanMetric: 1, corruptedMetric: 1.0005 });
    expect(scaled(map, true).warning).toMatch(/nearly the same metric/);
    expect(scaled(map, false).warning).toBeNull();
  });
});

test('names say layer, part and token', () => {
  expect(cellName({ layer: 3, position: 1 }, PIECES)).toBe('L3 at 1 “␣girl/␣boy”');
  expect(cellName({ layer: 3, head: 2, position: 0 }, PIECES)).toBe('L3H2 at 0 “A”');
  expect(cellName({ layer: 3, neuron: 12 }, PIECES)).toBe('L3N12');
});

test('a map of heads and positions opens at the layer with its largest number', () => {
  const [, map] = MAPS[2] as (typeof MAPS)[number];
  expect(usualLayer([{ arm: 'original', map }], 'head-position')).toBe(1);
});

test('the table has every part with its share and its logits', () => {
  const map = scaled(arm('position', [1, 3]), true);
  const [header, ...rows] = sweepCsv([{ arm: 'original', map }], PIECES).split('\r\n');
  expect(header).toBe(
    'model,site,direction,layer,head,position,token,neuron,effect,effect_logits,divided_by,clean_metric,corrupted_metric',
  );
  expect(rows).toEqual([
    'original,z,denoising,0,,0,A,,-0.5,-2,4,5,1',
    'original,z,denoising,0,,1, girl/ boy,,-0.25,-1,4,5,1',
    'original,z,denoising,0,,2,.,,0,0,4,5,1',
  ]);
});
