/** What `edit-effects` says: what each edit does to a target's logit, in all and by itself past every later layer and norm. */

import type { TokenRef } from './tokenRef.ts';

export interface EditEffectsParameters {
  /** Default −1, the last. */
  position?: number;
  /** A set means the mean of its logits. */
  target: TokenRef | TokenRef[];
  contrast?: TokenRef | TokenRef[];
}

/** Changes of the target's value, edited − base. */
export interface EditEffect {
  /** Everything after the edit computed anew. */
  total: number;
  /**
   * What the edit changes in the residual stream, read by the unembedding at once: later layers and every norm frozen as in
   * the base run. Null for freeze-norm, which changes a norm and no activation.
   */
  direct: number | null;
}

export interface EditEffectsArm {
  /** The target's value without edits and with all of them: logit, or mean logit of target − contrast. */
  base: number;
  edited: number;
  /** In list order, each edit alone. Null where it does not apply to this arm (freeze-norm without LayerNorm). */
  alone: (EditEffect | null)[];
  /** All together. */
  total: number;
}
