/** The activations of one run of one model, still on the device. */

import { must } from '../base/assert.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Edit } from './edits.ts';
import type { HookName } from './hooks.ts';

/** Batch axis in front. Owns its arena: `dispose` frees every activation at once. */
export class ActivationCache {
  constructor(
    readonly ops: Ops,
    /** The ids fed: one row per batch entry, all of one length. */
    readonly tokens: readonly (readonly number[])[],
    readonly activations: ReadonlyMap<HookName, Tensor>,
    /** What the run was edited by. */
    readonly edits: readonly Edit[] = [],
  ) {}

  get batch(): number {
    return this.tokens.length;
  }

  /** Number of positions. */
  get pos(): number {
    return this.tokens[0]?.length ?? 0;
  }

  has(name: HookName): boolean {
    return this.activations.has(name);
  }

  /** The activation of a hook that was recorded; [batch, …shape of the hook], heads side by side in the last axis. */
  get(name: HookName): Tensor {
    return must(this.activations.get(name), `${name} was not recorded in this run`);
  }

  dispose(): void {
    this.ops.dispose();
  }
}
