/** The logit lens as worth looking at: the LN-free arm settles a layer before the original. */

import type { LogitLensArm } from '../../analysis/types/index.ts';
import { initialState } from '../../state/initial.ts';
import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { PanelExample } from '../panelExample.ts';

const { slots } = initialState();
const { tokens = [], pieces = [] } = slots['token-stats'].result ?? {};
const T = tokens.length;
const [SHE, HE] = [673, 339];

const tensor = (axes: string[], shape: number[], value: (i: number) => number): LabelledTensor => ({
  axes,
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(i)),
});

/** Three layers; ` she` is first from `settled` on. */
function madeUp(settled: number, finalScale: LogitLensArm['convention']['finalScale']): LogitLensArm {
  const hooks = [0, 1, 2].map((layer) => `blocks.${layer}.hook_resid_post`);
  const grid = (value: (layer: number) => number) =>
    tensor(['depth', 'position'], [3, T], (i) => value(Math.floor(i / T)));
  const track = (id: number, piece: string, prob: (layer: number) => number) => ({
    id,
    piece,
    logprob: grid((layer) => Math.log(prob(layer))),
    rank: grid((layer) => Number(layer < settled)),
  });
  const she = (layer: number) => (layer < settled ? 0.2 : 0.6);
  return {
    hooks,
    positions: tokens.map((_, p) => p),
    convention: { finalScale, scale: tensor(['position'], [T], () => 1) },
    top: {
      ids: tensor(['depth', 'position', 'rank'], [3, T, 1], (i) => (Math.floor(i / T) < settled ? HE : SHE)),
      logprobs: tensor(['depth', 'position', 'rank'], [3, T, 1], () => Math.log(0.6)),
    },
    target: tokens.map((_, p) => tokens[p + 1] ?? null),
    targetLogprob: grid(() => Math.log(0.1)),
    targetRank: grid(() => 4),
    entropy: grid(() => 2),
    tracked: [track(SHE, ' she', she), track(HE, ' he', () => 0.1)],
    pieces: {
      [SHE]: ' she',
      [HE]: ' he',
      ...Object.fromEntries(tokens.map((id, p) => [id, pieces[p] ?? ''])),
    },
  };
}

export const logitLensExample: PanelExample = {
  title: 'LN-free knows a layer earlier',
  state: {
    slots: {
      ...slots,
      'logit-lens': {
        ...slots['logit-lens'],
        result: {
          analysis: 'logit-lens',
          pair: 'demo',
          engine: 'ort',
          tokens,
          pieces,
          arms: { original: madeUp(2, 'recomputed'), lnfree: madeUp(1, 'none') },
        },
      },
    },
  },
  says: [
    'Original puts “␣she” first only after the last layer (2): 60.0 % in the end.',
    'LN-free puts “␣she” first after layer 1 and stays so to the last (2)',
    'Original: every layer divided by its own σ (recomputed). LN-free: nothing is divided, there is no scale to choose.',
    'LN-free ␣he',
  ],
};
