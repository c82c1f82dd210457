/** LayerNorm itself as worth looking at: a large vector at position 0, and an original that bears the removal badly. */

import type { NormScalesArm, NormSurgeryArm, NormSurgeryStep } from '../../analysis/types/index.ts';
import { initialState } from '../../state/initial.ts';
import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { PanelExample } from '../panelExample.ts';

const { slots } = initialState();
const { tokens = [], pieces = [] } = slots['token-stats'].result ?? {};
const T = tokens.length;

const SITES = ['blocks.0.ln1', 'blocks.0.ln2', 'ln_final'];
const STAGES = [
  'hook_embed',
  'blocks.0.hook_resid_pre',
  'blocks.0.hook_resid_mid',
  'blocks.0.hook_resid_post',
];

function table(name: string, rows: number, value: (row: number, p: number) => number): LabelledTensor {
  const data = Float32Array.from({ length: rows * T }, (_, i) => value(Math.floor(i / T), i % T));
  return { axes: [name, 'position'], shape: [rows, T], data };
}

/** σ grows by layers from 1 to 3 at the later positions; position 0 has `first` times as much. */
function scales(norm: 'layer' | 'linear', first: number): NormScalesArm {
  const at = (value: number, p: number) => (p === 0 ? first * value : value);
  const dimension = (n: number, share: number) => ({ dimension: n, value: 30 * first * share, share });
  return {
    norm,
    scale: norm === 'layer' ? 'recorded' : 'would-be',
    eps: 1e-5,
    sites: SITES,
    sigma: table('site', SITES.length, (row, p) => at(1 + row, p)),
    stages: STAGES,
    centred: true,
    lengths: table('stage', STAGES.length, (row, p) => at(10 * (1 + row), p)),
    cosines: table('stage', STAGES.length - 1, (row) => 0.9 + 0.03 * row),
    massive: STAGES.map((stage) => ({ stage, first: [dimension(103, 0.68)], rest: [dimension(7, 0.03)] })),
  };
}

const step = (
  label: string,
  loss: number,
  kl: number,
  frozen: NormSurgeryStep['frozen'],
): NormSurgeryStep => ({
  label,
  frozen,
  loss,
  entropy: 1.5,
  kl,
  top: { id: 673, piece: ' she', prob: 0.5 - kl / 2 },
});

const cut: NormSurgeryArm = {
  norm: 'layer',
  by: 'cumulative',
  steps: [
    step('untouched', 1.2, 0, []),
    step('L0 MLP', 1.4, 0.1, [{ site: 'blocks.0.ln2', kind: 'mlp', sigma: 2 }]),
    step('L0 query/key', 1.5, 0.2, [{ site: 'blocks.0.ln1', path: 'qk', kind: 'qk', sigma: 1 }]),
    step('L0 value', 1.7, 0.3, [{ site: 'blocks.0.ln1', path: 'v', kind: 'v', sigma: 1 }]),
    step('final', 2.5, 0.5, [{ site: 'ln_final', kind: 'final', sigma: 3 }]),
  ],
};
const kept: NormSurgeryArm = { norm: 'linear', by: 'cumulative', steps: [step('untouched', 1.3, 0, [])] };
const about = { pair: 'demo', tokens, pieces } as const;

export const normsExample: PanelExample = {
  title: 'Position 0 is long, and the original misses its norms',
  state: {
    slots: {
      ...slots,
      'norm-scales': {
        ...slots['norm-scales'],
        result: {
          ...about,
          analysis: 'norm-scales',
          engine: 'ort',
          arms: { original: scales('layer', 4), lnfree: scales('linear', 1) },
        },
      },
      'norm-surgery': {
        ...slots['norm-surgery'],
        result: { ...about, analysis: 'norm-surgery', engine: 'wgsl', arms: { original: cut, lnfree: kept } },
      },
    },
  },
  says: [
    'Original’s final norm divides by 3.00 on average, and 12.00 at position 0',
    'LN-free divides by nothing. Its final norm’s σ would be 3.00 on average, and 3.00 at position 0',
    '103 (81.6, 68.0 %)',
    'Original: loss 1.200 as it is, loss 2.500 with every LayerNorm taken out (KL 0.500); after the last token it then predicts ␣she 25.0 %',
    'LN-free, trained without LayerNorm: loss 1.300; after the last token it predicts ␣she 50.0 %',
    'L0 query/key',
  ],
};
