/** One arm on one engine: configuration, parameters, and the run that fills an activation cache. */

import type { Backend } from '../tensor/ops.ts';
import type { DeviceParams, ModelConfig } from '../tensor/params.ts';
import type { ActivationCache } from './cache.ts';
import type { Edit } from './edits.ts';
import type { HookName } from './hooks.ts';

/** What an engine can do beyond running the model as it is. */
export interface Capabilities {
  /** Interventions on activations during the run. */
  readonly edits: boolean;
  /** Backward passes. */
  readonly gradients: boolean;
}

/** The model as it is, forwards. */
export const FORWARD_ONLY: Capabilities = { edits: false, gradients: false };

/** Forwards, as it is or edited, and back. */
export const EVERY_CAPABILITY: Capabilities = { edits: true, gradients: true };

export interface Model {
  readonly config: ModelConfig;
  /** Where parameters and activations are: analyses compute there. */
  readonly backend: Backend;
  readonly capabilities: Capabilities;
  /**
   * Whether logits are best made row by row, as asked for, from the final norm's output. False where a run gives those of
   * every position at little cost and `backend` would be slow to make them.
   */
  readonly rowLogits: boolean;
  /** Must not be asked for while the model is parked. */
  readonly params: DeviceParams;
  /** Without parameters: what it ran before can be read, running waits for `unpark`. */
  readonly parked: boolean;
  /** Frees the parameters, to make room for another model's. */
  park(): void;
  /** Takes its parameters back; they must be the same values as before, since runs and analyses are kept. */
  unpark(params: DeviceParams): void;
  /**
   * One forward pass over a batch of equally long prompts, recording the hooks asked for.
   * @throws InputError on an empty prompt, a prompt beyond n_ctx, an id outside the vocabulary, an unknown hook, or an edit
   * that this model does not take; UnsupportedError on edits where `capabilities` has none.
   */
  run(
    tokens: readonly (readonly number[])[],
    hooks: Iterable<HookName>,
    edits?: readonly Edit[],
  ): Promise<ActivationCache>;
}
