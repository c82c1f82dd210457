/** What `dla-per-position` says: the same at every position, each with a target of its own. */

import type { LabelledTensor } from '../../tensor/tensor.ts';
import type { DlaConvention, DlaTerm } from './dla.ts';

export type DlaPerPositionUnit = 'head' | 'neuron';

/** The terms of dla's unit 'component' at every position that has a target; together they add up to `sum`. */
export interface DlaPerPositionTerms {
  /** [position]. */
  embed: LabelledTensor;
  /** [position]. */
  pos_embed: LabelledTensor;
  /** [position, layer]: b_O inside. With unit 'head' added up from the heads. */
  attn: LabelledTensor;
  /** [position, layer]: b_out inside. With unit 'neuron' added up from the neurons. */
  mlp: LabelledTensor;
  /** [position]. */
  b_U: LabelledTensor;
  /** [position]: what edits put in that no part wrote. Of edited runs only. */
  edits?: LabelledTensor;
}

export interface DlaPerPositionArm {
  unit: DlaPerPositionUnit;
  /** What each position's terms explain, from position 0: as many positions as there are targets. */
  targets: number[];
  /** One for each target, or none at all. */
  contrasts: number[];
  terms: DlaPerPositionTerms;
  /** Of unit 'head', [position, layer, head]: what `terms.attn` is made of, with b_O; value biases inside. */
  heads?: LabelledTensor;
  /** Of unit 'neuron': for each position the k neurons of all layers with the largest |value|, falling. */
  neurons?: DlaTerm[][];
  /** [position]. */
  sum: LabelledTensor;
  /** [position]: the model's own logit, computed apart from the terms. */
  actual: LabelledTensor;
  /** [position]: |sum − actual|. */
  error: LabelledTensor;
  /** [position]: what `error` may be, as in dla. */
  tolerance: LabelledTensor;
  /** `scale` [position]. */
  convention: Omit<DlaConvention, 'scale'> & { scale: LabelledTensor };
}

/** Second arm − first arm. */
export interface DlaPerPositionBetween {
  terms: DlaPerPositionTerms;
  /** Of unit 'head'. */
  heads?: LabelledTensor;
  sum: LabelledTensor;
  actual: LabelledTensor;
}
