/** A model on the project's own forward pass: WebGPU kernels or their CPU twin, whichever backend it is given. */

import { must } from '../base/assert.ts';
import type { Backend } from '../tensor/ops.ts';
import type { HostParams, ModelConfig } from '../tensor/params.ts';
import { assembleParams, flattenParams } from '../tensor/params.ts';
import type { ActivationCache } from './cache.ts';
import type { Edit } from './edits.ts';
import type { HookName } from './hooks.ts';
import { type Capabilities, EVERY_CAPABILITY } from './model.ts';
import { ParkableModel } from './parkable.ts';
import { runTogether } from './runTogether.ts';

export class OpsModel extends ParkableModel {
  override readonly capabilities: Capabilities = EVERY_CAPABILITY;

  /** Uploads parameters that are already in host memory. A tied unembedding is uploaded once. */
  static fromHost(backend: Backend, config: ModelConfig, host: HostParams): OpsModel {
    const byName = flattenParams(host);
    const params = assembleParams(config, (name) =>
      backend.upload(must(byName.get(name), `no parameter ${name}`), name),
    );
    return new OpsModel(backend, config, params);
  }

  async run(
    tokens: readonly (readonly number[])[],
    hooks: Iterable<HookName>,
    edits: readonly Edit[] = [],
  ): Promise<ActivationCache> {
    const [cache] = runTogether([{ model: this, tokens, hooks, edits }]);
    return must(cache, 'a run without a cache');
  }
}
