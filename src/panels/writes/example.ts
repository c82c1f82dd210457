/** The panel as worth looking at: a head that says "she", with its circuits on two tokens. */

import type { HeadCircuitsArm, TokenPush, WritesArm } from '../../analysis/types/index.ts';
import { initialState } from '../../state/initial.ts';
import type { PanelExample } from '../panelExample.ts';

const { slots } = initialState();

const push = (id: number, piece: string, value: number): TokenPush => ({ id, piece, value });

const written = (scale: number, up: TokenPush[], down: TokenPush[]): WritesArm => ({
  label: 'L3H2',
  position: 19,
  up,
  down,
  vector: { axes: ['d_model'], shape: [2], data: Float32Array.of(1, -1) },
  norm: Math.SQRT2,
  convention: { finalScale: scale === 1 ? 'none' : 'frozen', scale, centerUnembed: true },
});

const square = (axes: string[], values: number[]) => ({
  axes,
  shape: [2, 2],
  data: Float32Array.from(values),
});

const circuits: HeadCircuitsArm = {
  layer: 3,
  head: 2,
  tokens: [
    { id: 2576, piece: ' girl' },
    { id: 640, piece: ' time' },
  ],
  ov: square(['source', 'output'], [2.5, -1, 0.5, 1]),
  qk: square(['query', 'key'], [3, 0, -1, 2]),
  pushed: [[push(673, ' she', 4)], [push(339, ' he', 1)]],
  convention: { input: 'norm', positions: 'left out', finalScale: 'none', centerUnembed: true },
};

const answer = { pair: 'demo', tokens: [], pieces: [], engine: 'ort' } as const;

export const writesExample: PanelExample = {
  title: 'A head that says she',
  state: {
    pinned: { layer: 3, head: 2 },
    slots: {
      ...slots,
      writes: {
        ...slots.writes,
        result: {
          ...answer,
          tokens: [],
          pieces: [],
          analysis: 'writes',
          arms: {
            original: written(1.478, [push(673, ' she', 5.1)], [push(339, ' he', -2.2)]),
            lnfree: written(1, [push(673, ' she', 4.4)], [push(632, ' it', -1.5)]),
          },
          between: { 'original|lnfree': { cosine: 0.91, normRatio: 1.2 } },
        },
      },
      'head-circuits': {
        ...slots['head-circuits'],
        result: {
          ...answer,
          tokens: [],
          pieces: [],
          analysis: 'head-circuits',
          arms: { original: circuits, lnfree: circuits },
        },
      },
    },
  },
  says: [
    'In Original L3H2 pushes up ␣she most, and down ␣he; in LN-free ␣she most, and down ␣it.',
    'σ = 1.478 in Original; an LN-free model has no scale.',
    'a cosine of 0.910',
    'L3H2 in its weights alone',
    'Attending to ␣girl pushes most of the whole vocabulary: ␣she +4.00.',
  ],
};
