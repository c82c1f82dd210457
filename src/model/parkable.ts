/** What every model does with its parameters: holds them, gives them up while others have their turn, takes them back. */

import { assert, must } from '../base/assert.ts';
import type { Backend } from '../tensor/ops.ts';
import { type DeviceParams, flattenParams, type ModelConfig } from '../tensor/params.ts';
import type { ActivationCache } from './cache.ts';
import type { Edit } from './edits.ts';
import type { HookName } from './hooks.ts';
import { type Capabilities, FORWARD_ONLY, type Model } from './model.ts';

export abstract class ParkableModel implements Model {
  readonly capabilities: Capabilities = FORWARD_ONLY;
  readonly rowLogits: boolean = true;
  #params: DeviceParams | null;

  constructor(
    readonly backend: Backend,
    readonly config: ModelConfig,
    params: DeviceParams | null,
  ) {
    this.#params = params;
  }

  get params(): DeviceParams {
    return must(this.#params, 'the parameters of a parked model were asked for');
  }

  get parked(): boolean {
    return this.#params === null;
  }

  park(): void {
    if (!this.#params) return;
    this.backend.free(new Set(flattenParams(this.#params).values()));
    this.#params = null;
  }

  unpark(params: DeviceParams): void {
    assert(this.parked, 'a model got parameters twice');
    this.#params = params;
  }

  abstract run(
    tokens: readonly (readonly number[])[],
    hooks: Iterable<HookName>,
    edits?: readonly Edit[],
  ): Promise<ActivationCache>;
}
