/** On a text as worth looking at: a partial reading in which the LN-free arm does a little worse, and one position explodes. */

import type {
  CorpusArm,
  CorpusAttribution,
  CorpusBetween,
  CorpusCoverage,
  CorpusMean,
  CorpusPlace,
} from '../../analysis/types/index.ts';
import type { AnalysisResult } from '../../engine/api.ts';
import { initialState } from '../../state/initial.ts';
import type { PanelExample } from '../panelExample.ts';

const coverage: CorpusCoverage = {
  windows: 12,
  ofWindows: 15,
  tokens: 1524,
  ofTokens: 1858,
  complete: false,
};
const around = (mean: number, half: number): CorpusMean => ({ mean, interval: [mean - half, mean + half] });

const place = (index: number, pieces: string[], piece: string): CorpusPlace => ({
  window: 3,
  position: pieces.length - 1,
  index,
  id: 262,
  piece,
  context: { ids: pieces.map((_, i) => i), pieces },
});

/** Two layers of three heads; `scale` makes arms differ. */
function attribution(scale: number, finalScale: 'frozen' | 'none'): CorpusAttribution {
  const term = (label: string, mean: number, size: number) => ({
    label,
    mean: mean * scale,
    size: around(size * scale, 0.05),
  });
  return {
    positions: 1524,
    terms: [
      term('embed', 2.1, 2.4),
      term('pos_embed', 0.02, 0.1),
      ...[0, 1].map((layer) => ({ ...term(`L${layer}.attn`, 0.9 + layer, 1.2 + layer), layer })),
      ...[0, 1].map((layer) => ({ ...term(`L${layer}.mlp`, 2.5 + layer, 2.8 + layer), layer })),
      term('b_U', 1.1, 1.6),
    ],
    heads: [0, 1].flatMap((layer) =>
      [0, 1, 2].map((head) => ({
        ...term(`L${layer}H${head}`, 0.2 * (head - 1), 0.3 + 0.25 * layer + 0.2 * head),
        layer,
        head,
      })),
    ),
    actual: 11.02 * scale,
    error: 2.6e-6,
    unclosed: 0,
    convention: { finalScale, centerUnembed: true, valueBias: 'head' },
  };
}

function arm(loss: number, exploded: boolean): CorpusArm {
  const outlier = { ...place(400, [' the', '\t', '\f'], ' cat'), loss: 48_000, logit: -52_000 };
  return {
    coverage,
    loss: around(loss, 0.1),
    lossWithOutliers: exploded ? 34.9 : loss,
    perplexity: around(Math.exp(loss), 3),
    median: loss - 0.6,
    range95: [0.01, 11.2],
    range999: [0, 15.1],
    entropy: around(loss - 0.3, 0.1),
    accuracy: 0.39,
    ece: 0.0593,
    calibration: Array.from({ length: 10 }, (_, bin) => {
      const [from, to] = [bin / 10, (bin + 1) / 10];
      return { from, to, count: 150, confidence: from + 0.05, accuracy: Math.max(0, from - 0.02) };
    }),
    byContext: [0, 25, 50, 75, 100].map((from) => ({
      from,
      to: from + 25,
      count: 300,
      loss: around(loss + 0.5 - from / 150, 0.15),
    })),
    worst: [{ ...place(12, ['Once', ' upon'], ' a'), loss: 13.1 }],
    outliers: exploded
      ? { count: 1, nonFinite: 0, places: [outlier] }
      : { count: 0, nonFinite: 0, places: [] },
    means: null,
    directEffect: null,
    ablation: null,
    attribution: exploded ? attribution(0.8, 'none') : attribution(1, 'frozen'),
  };
}

const between: CorpusBetween = {
  coverage,
  jsd: around(0.0459, 0.004),
  deltaLoss: around(0.0712, 0.03),
  bands: [
    { band: '< −0.5', count: 150, contribution: -0.08 },
    { band: '−0.5 … 0.5', count: 1100, contribution: 0.01 },
    { band: '> 0.5', count: 274, contribution: 0.1412 },
  ],
  by: 'jsd',
  places: [{ ...place(77, ['The', ' red', ' kite'], ' flew'), jsd: 0.431, losses: [1.25, 5.5] }],
};

/** Twelve of fifteen windows read by two arms. */
export const exampleReading: AnalysisResult<'corpus'> = {
  analysis: 'corpus',
  pair: 'demo',
  engine: 'ort',
  tokens: [],
  pieces: [],
  arms: { original: arm(3.41, false), lnfree: arm(3.48, true) },
  between: { 'original|lnfree': between },
  coverage,
  reading: {
    window: 128,
    stride: 128,
    prependBos: false,
    tokens: 1873,
    documents: 8,
    emptyDocuments: 0,
    seed: 0,
    resamples: 1000,
    convention: 'Windows of 128 tokens (no BOS, so the first token of each is not scored).',
  },
};

const { closer } = initialState();

export const textExample: PanelExample = {
  title: 'Most of a text, and one position that explodes',
  state: { closer: { ...closer, text: { ...closer.text, result: exampleReading } } },
  says: [
    'So far, of 12 of 15 windows, 1,524 of 1,858 scored tokens: LN-free loses 0.071 nats a token more than Original.',
    'part of the text',
    '3.410 [3.310, 3.510]',
    'Where Original and LN-free disagree most',
    '0.431',
    '+4.250',
    'In Original, L1H2 moves the logit of the token that came most: by 0.95 [0.90, 1.00] on average, +0.20 with its sign.',
    'LN-free: 1 position, 0 of them with a loss that is not finite. With the finite ones its mean loss would be 34.9.',
  ],
};
