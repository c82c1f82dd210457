/** The panel as worth looking at: two neurons that work through LayerNorm, and do nothing without it. */

import type { AblatedStats, NeuronAblationArm, NullDirectionArm } from '../../analysis/types/index.ts';
import { AMOUNTS } from '../../state/closer/neuronAblationAsks.ts';
import { initialState } from '../../state/initial.ts';
import type { PanelExample } from '../panelExample.ts';
import { twiceExample } from './twiceExample.ts';

const { slots } = initialState();
const NEURONS: [number, number] = [100, 312];
/** Unablated, at three positions. */
const ENTROPY = [5, 2, 1];
const LOSS = [4, 3];

function tensor(axis: string | null, rows: number[][]) {
  const width = rows[0]?.length ?? 0;
  const data = Float32Array.from(rows.flat());
  return axis === null
    ? { axes: ['position'], shape: [width], data }
    : { axes: [axis, 'position'], shape: [rows.length, width], data };
}

/** Values that are `total` or `direct` away from the unablated ones, a row for each factor. */
function stats(axis: string | null, factors: number[], total: number, direct: number): AblatedStats {
  const moved = (values: number[], by: number) =>
    tensor(
      axis,
      factors.map((factor) => values.map((value) => value - factor * by)),
    );
  return {
    entropyTotal: moved(ENTROPY, total),
    entropyDirect: moved(ENTROPY, direct),
    lossTotal: moved(LOSS, total / 2),
    lossDirect: moved(LOSS, direct / 2),
    sigmaAblated: tensor(
      axis,
      factors.map(() => [2, 1.5, 1.6]),
    ),
  };
}

function ablation(total: number, direct: number, finalScale: 'recomputed' | 'none'): NeuronAblationArm {
  const share = { entropy: total === 0 ? null : 1 - direct / total, loss: null };
  return {
    layer: 3,
    neurons: [...NEURONS],
    means: [0.1, -0.02],
    activations: tensor('neuron', [
      [0, 0.2, 0.1],
      [0, 0.1, -0.1],
    ]),
    entropy: tensor(null, [ENTROPY]),
    loss: tensor(null, [LOSS]),
    sigma: tensor(null, [[2, 1.6, 1.7]]),
    ...stats(null, [1], total, direct),
    lnShare: share,
    single: { ...stats('neuron', [0.7, 0.3], total, direct), lnShare: [share, share] },
    cumulative: { ...stats('step', [0.7, 1], total, direct), lnShare: [share, share] },
    topChanges: { position: 2, neurons: [[], []] },
    convention: { mean: 'prompt', finalScale, shareFrom: 1 },
  };
}

function direction(ratio: number, finalScale: 'recomputed' | 'none'): NullDirectionArm {
  const perAmount = (value: (amount: number) => number) => ({
    axes: ['amount'],
    shape: [AMOUNTS.length],
    data: Float32Array.from(AMOUNTS, value),
  });
  const token = { id: 4, piece: ' was', prob: 0.6 };
  return {
    position: 2,
    amounts: [...AMOUNTS],
    entropy: perAmount((amount) => 1 + ratio * amount),
    entropyTemperature: perAmount((amount) => 1 + amount),
    sigmaAfter: perAmount((amount) => 1.7 * Math.hypot(1, amount)),
    sigma: 1.7,
    entropyBefore: 1,
    ratio: perAmount((amount) => (amount === 0 ? Number.NaN : ratio)),
    kl: perAmount((amount) => ratio * amount),
    top: AMOUNTS.map(() => token),
    topBefore: token,
    singularValue: 2,
    largestSingularValue: 100,
    convention: { finalScale },
  };
}

const asked = { pair: 'demo', tokens: [1, 2, 3], pieces: ['One', ' day', ' she'], engine: 'ort' } as const;

export const neuronAblationExample: PanelExample = {
  title: 'Two neurons that turn confidence through LayerNorm',
  state: {
    slots: {
      ...slots,
      'neuron-ablation': {
        ...slots['neuron-ablation'],
        result: {
          ...asked,
          analysis: 'neuron-ablation',
          tokens: [...asked.tokens],
          pieces: [...asked.pieces],
          arms: { original: ablation(0.2, 0.05, 'recomputed'), lnfree: ablation(0, 0, 'none') },
        },
      },
      'null-direction': {
        ...slots['null-direction'],
        result: {
          ...asked,
          analysis: 'null-direction',
          tokens: [...asked.tokens],
          pieces: [...asked.pieces],
          arms: { original: direction(0.9, 'recomputed'), lnfree: direction(0.1, 'none') },
        },
      },
      induction: {
        ...slots.induction,
        result: {
          ...asked,
          analysis: 'induction',
          engine: 'wgsl',
          tokens: [...asked.tokens],
          pieces: [...asked.pieces],
          arms: {
            original: twiceExample(NEURONS, 0.9, [-0.5, -0.25], 'recomputed'),
            lnfree: twiceExample(NEURONS, 0.1, [0, 0], 'none'),
          },
        },
      },
    },
  },
  says: [
    'Holding these 2 neurons at the mean moves the entropy by 0.200 nats on average in Original (75 % of it through LayerNorm) and by 0.000 nats on average in LN-free (which has none).',
    'Original: mean entropy 1.500, after −0.2000',
    'neuron 100 held at its mean',
    'Original +0.900 (90 % of what a temperature would do), LN-free +0.100 (10 %',
    'Original is surer the second time: mean entropy 3.000, then 1.500 nats. The 2 neurons clipped: −0.7500 nats (−56.3 %; most at ␣she, 4: −75.0 %)',
    'Original has heads that find the text again: L0H0 gives 90 % of its attention',
    'LN-free has no head that finds the text again as the study asks of one (70 %): L0H0 gives 10 %',
    'Token 0 once, the 2 after it twice.',
    'What is lacking: how often each token occurs',
  ],
};
