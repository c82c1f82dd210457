/** The panel as worth looking at: all of the difference at the one token that differs, at layer 0; later at the end. */

import type {
  ActivationPatchingArm,
  AttributionPatchingArm,
  FedPrompt,
  PatchAgreement,
} from '../../analysis/types/index.ts';
import { noWork, type PatchingSettings, type Work } from '../../state/closer/patching.ts';
import { estimateQuestion } from '../../state/closer/patchingEstimate.ts';
import { splitKey } from '../../state/closer/patchingPrompts.ts';
import { questionOf, workKey } from '../../state/closer/patchingRuns.ts';
import { initialState } from '../../state/initial.ts';
import type { ResultOf, Token, WorkbenchState } from '../../state/types.ts';
import type { PanelExample } from '../panelExample.ts';

const CLEAN = ['A', ' girl', ' came', '.'].map((piece, i) => ({ id: 10 + i, piece }));
const CORRUPTED = CLEAN.map((token, i) => (i === 1 ? { id: 50, piece: ' boy' } : token));
const PIECES = ['A', ' girl/ boy', ' came', '.'];

const convention = { direction: 'denoising', site: 'resid_pre', granularity: 'position' } as const;
const map = (...data: number[]) => ({
  axes: ['layer', 'pos'],
  shape: [2, 4],
  data: Float32Array.from(data),
});

function measured(clean: number, corrupted: number, ...logits: number[]): ActivationPatchingArm {
  return {
    values: map(...logits),
    layers: [0, 1],
    cleanMetric: clean,
    corruptedMetric: corrupted,
    dividedBy: 1,
    warning: null,
    runs: 8,
    convention,
  };
}

function estimated(
  of: ActivationPatchingArm,
  shift: number,
  agreement: PatchAgreement,
): AttributionPatchingArm {
  return {
    ...of,
    values: { ...of.values, data: of.values.data.map((value) => value * shift) },
    measured: of.values,
    agreement,
    pairs: 1,
    leftOut: [],
    errorByLayer: null,
    convention: { ...convention, gradientOf: 'corrupted' },
  };
}

const original = measured(3, -1, 0, 4, 0, 0, 0, 1, 0.5, 2.5);
const lnfree = measured(2, -2, 0, 4, 0, 0, 0, 3, 0, 1);
const agreement: PatchAgreement = {
  sumAbsError: [0.8, 0.7],
  meanAbsError: [0.2, 0.175],
  signAgreement: 0.75,
  correlation: 0.9,
  rankCorrelation: 0.8,
};
const estimates = {
  original: estimated(original, 0.8, agreement),
  lnfree: estimated(lnfree, 1, {
    sumAbsError: [0, 0],
    meanAbsError: [0, 0],
    signAgreement: 1,
    correlation: 1,
    rankCorrelation: 1,
  }),
};
const improvementByLayer = { mean: [0.8, 0.7], std: [0, 0] };
const improvement = { mean: 0.75, std: 0.05 };

/** Predictions that score target and contrast alone. */
function predictions(she: number, he: number): ResultOf<'predictions'> {
  const score = (id: number, piece: string, logit: number, rank: number) => ({
    ...{ id, piece, logit, centeredLogit: logit, rank },
    prob: Math.exp(logit) / 100,
  });
  const asked = [score(673, ' she', she, 0), score(339, ' he', he, 1)];
  const arm = { position: 3, top: asked, asked, entropy: 1, meanLogit: 0, next: null, loss: null };
  return {
    ...{ analysis: 'predictions', pair: 'demo', engine: 'wgsl', tokens: [], pieces: [] },
    arms: { original: arm, lnfree: arm },
  };
}

const fed = (tokens: readonly Token[]): FedPrompt => ({
  tokens: tokens.map(({ id }) => id),
  pieces: tokens.map(({ piece }) => piece),
});
const clean = fed(CLEAN);
const prompts = { clean, corrupted: fed(CORRUPTED), differing: [1] };

const cell = { layer: 0, position: 1 };

/** Both prompts split, and everything asked about them answered. */
function answered(): WorkbenchState {
  const opening = initialState();
  const split = {
    key: splitKey(opening),
    clean: { tokens: CLEAN, error: null },
    corrupted: { tokens: CORRUPTED, error: null },
  };
  const state = withPatching(opening, { split, cell });
  const question = questionOf(state);
  const kept = <R>(asked: unknown, result: R): Work<R> => ({
    ...noWork(),
    kept: [
      {
        ...{ key: workKey(state, asked), arms: state.shown, pieces: PIECES, normalise: false },
        ...{ result, whole: true },
      },
    ],
  });
  const head = { pair: 'demo', engine: 'wgsl', ...clean } as const;
  const between = { values: map(0, 0, 0, 0, 0, -2, 0.5, 1.5), improvementByLayer, improvement };
  const runs = { clean: predictions(4, 1), corrupted: predictions(1, 2), patched: predictions(4, 1) };
  return withPatching(state, {
    sweep: kept(question, {
      ...head,
      ...prompts,
      analysis: 'activation-patching',
      arms: { original, lnfree },
    }),
    patchedRun: kept({ question, cell }, runs),
    estimate: kept(estimateQuestion(state), {
      ...head,
      analysis: 'attribution-patching',
      prompts: [prompts],
      arms: estimates,
      between: { 'original|lnfree': between },
    }),
  });
}

function withPatching(state: WorkbenchState, change: Partial<PatchingSettings>): WorkbenchState {
  return { ...state, closer: { ...state.closer, patching: { ...state.closer.patching, ...change } } };
}

export const patchingExample: PanelExample = {
  title: 'All of the difference at one token, and an estimate that is good without LayerNorm only',
  state: { pairs: [], closer: answered().closer }, // asked before the engine told its pairs
  says: [
    'Original: the difference is carried most at 1 “␣girl/␣boy” in layer 0 (100 % of it) and at 3 “.” in layer 1 (63 %).',
    'denoising: clean activations into the corrupted run',
    '✓ this run and the map agree within 0 logits',
    'LN-free: correlation 1.000, the sign is right in 100 % of the places that matter.',
    'Original − LN-free: +0.750 ± 0.050 over the layers.',
  ],
};
