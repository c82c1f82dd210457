/** The panels of the page, in its order of thought. Adding one is a folder and a line here. */

import { alsoEdited } from '../state/edits/asks.ts';
import type { Asker } from '../state/session.ts';
import { attentionPanel } from './attention/panel.ts';
import { attributionPanel } from './attribution/panel.ts';
import { confidenceNeuronsPanel } from './confidence-neurons/panel.ts';
import { editsPanel } from './edits/panel.ts';
import { exactnessPanel } from './exactness/panel.ts';
import { generationPanel } from './generation/panel.ts';
import { logitLensPanel } from './logit-lens/panel.ts';
import { neuronAblationPanel } from './neuron-ablation/panel.ts';
import { normsPanel } from './norms/panel.ts';
import type { CloserPanel, Panel } from './panel.ts';
import { paperPanel } from './paper/panel.ts';
import { patchingPanel } from './patching/panel.ts';
import { predictionsPanel } from './predictions/panel.ts';
import { textPanel } from './text/panel.ts';
import { tokensPanel } from './tokens/panel.ts';
import { verifyPanel } from './verify/panel.ts';
import { writesPanel } from './writes/panel.ts';

/** Spans the page, above the question. */
export const stripPanels: readonly Panel[] = [tokensPanel, editsPanel];

/** Stand side by side below it: what, why, how sure. */
export const answerPanels: readonly Panel[] = [predictionsPanel, attributionPanel, confidenceNeuronsPanel];

/** Span the page below the answers: how the text goes on, and whether the numbers can be trusted. */
export const widePanels: readonly Panel[] = [generationPanel, verifyPanel];

/** Look closer at one thing, below the answers; one at a time is open. */
export const closerPanels: readonly CloserPanel[] = [
  exactnessPanel,
  logitLensPanel,
  normsPanel,
  neuronAblationPanel,
  writesPanel,
  attentionPanel,
  patchingPanel,
  textPanel,
  paperPanel,
];

export const panels: readonly Panel[] = [
  ...stripPanels.map(withEdits),
  ...answerPanels.map(withEdits),
  ...closerPanels.map((panel) => ({ ...panel, asks: whileOpen(panel) })),
  ...widePanels,
];

/** While edits are on, a main panel asks the edited models the same. */
function withEdits(panel: Panel): Panel {
  return { ...panel, asks: (state) => alsoEdited(state, panel.asks(state)) };
}

function whileOpen({ id, asks }: CloserPanel): Asker {
  return (state) => (state.open === id ? asks(state) : []);
}
