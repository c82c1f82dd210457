/** The panels that look closer: which one is open, and how each was left. One file per panel, a line each here. */

import { type AttentionSettings, INITIAL_ATTENTION } from './attention.ts';
import { type ExactnessSettings, INITIAL_EXACTNESS } from './exactness.ts';
import { INITIAL_LOGIT_LENS, type LogitLensSettings } from './logitLens.ts';
import { INITIAL_NEURON_ABLATION, type NeuronAblationSettings } from './neuronAblation.ts';
import { INITIAL_NORMS, type NormsSettings } from './norms.ts';
import { INITIAL_PAPER, type PaperSettings } from './paper.ts';
import { INITIAL_PATCHING, type PatchingSettings } from './patching.ts';
import { INITIAL_TEXT, type TextSettings } from './text.ts';
import { INITIAL_WRITES, type WritesSettings } from './writes.ts';

/** In the order of the page. */
export interface CloserSettings {
  exactness: ExactnessSettings;
  logitLens: LogitLensSettings;
  norms: NormsSettings;
  neuronAblation: NeuronAblationSettings;
  writes: WritesSettings;
  attention: AttentionSettings;
  patching: PatchingSettings;
  text: TextSettings;
  paper: PaperSettings;
}

export function initialCloser(): CloserSettings {
  return {
    exactness: { ...INITIAL_EXACTNESS },
    logitLens: { ...INITIAL_LOGIT_LENS },
    norms: { ...INITIAL_NORMS },
    neuronAblation: { ...INITIAL_NEURON_ABLATION },
    writes: { ...INITIAL_WRITES },
    attention: { ...INITIAL_ATTENTION },
    patching: { ...INITIAL_PATCHING },
    text: { ...INITIAL_TEXT },
    paper: { ...INITIAL_PAPER },
  };
}
