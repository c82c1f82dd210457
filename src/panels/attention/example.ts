/** Attention as worth looking at: a head that looks one token back, and one that parks on the first. */

import type { AttentionArm } from '../../analysis/types/index.ts';
import { initialState } from '../../state/initial.ts';
import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { PanelExample } from '../panelExample.ts';

const { slots } = initialState();
const { tokens = [], pieces = [] } = slots['token-stats'].result ?? {};
const T = tokens.length;

const tensor = (axes: string[], shape: number[], data: Float32Array): LabelledTensor => ({
  axes,
  shape,
  data,
});

/** Query × key: all on the token before, or `sink` of it on the first. */
function pattern(sink: number): Float32Array {
  const data = new Float32Array(T * T);
  for (let query = 0; query < T; query++) {
    data[query * T] = sink;
    const before = query * T + Math.max(0, query - 1);
    data[before] = (data[before] as number) + 1 - sink;
  }
  return data;
}

function madeUp(sink: number): AttentionArm {
  const perHead = (...values: number[]) => tensor(['layer', 'head'], [1, 2], Float32Array.from(values));
  const grid = (data: Float32Array) => tensor(['query', 'key'], [T, T], data);
  return {
    overview: {
      scores: {
        previous: perHead(1, 1 - sink),
        self: perHead(0, 0),
        first: perHead(0, sink),
        duplicate: null,
        induction: null,
      },
      queries: { previous: T - 1, self: T - 1, first: T - 1, duplicate: 0, induction: 0 },
      epsilon: 0.3,
      sink: { queries: 0.5, heads: 0.5 },
      sinkWithQuery0: { queries: 0.525, heads: 0.5 },
      sinkByHead: perHead(0, 1),
      thumbnails: tensor(
        ['layer', 'head', 'row', 'column'],
        [1, 2, T, T],
        Float32Array.from([...pattern(0), ...pattern(sink)]),
      ),
      bins: tokens.map((_, position) => position),
    },
    head: {
      layer: 0,
      head: 1,
      pattern: grid(pattern(sink)),
      valueWeighted: grid(pattern(sink)),
      dlaWeighted: null,
      target: [],
      contrast: [],
    },
  };
}

const base = { analysis: 'attention', pair: 'demo', engine: 'ort', tokens, pieces } as const;
const arms = { original: madeUp(0.8), lnfree: madeUp(0.4) };

export const attentionExample: PanelExample = {
  title: 'A head that parks on the first token, less so without LayerNorm',
  state: {
    pinned: { layer: 0, head: 1 },
    slots: {
      ...slots,
      attention: { ...slots.attention, result: { ...base, arms } },
      'attention:head': { ...slots['attention:head'], result: { ...base, arms } },
    },
  },
  says: [
    'L0H0 1.00',
    'L0H1 0.80',
    'n/a',
    'L0H1 in full',
    'Original 52.5 % and 50.0 %',
    'Each query’s attention, which adds up to 1.',
  ],
};
