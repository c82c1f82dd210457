/** A model on the project's own forward pass: WebGPU kernels or their CPU twin, whichever backend it is given. */

import { must } from '../base/assert.ts';
import type { Backend } from '../tensor/ops.ts';
import type { HostParams, ModelConfig } from '../tensor/params.ts';
import { assembleParams, flattenParams } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ActivationCache } from './cache.ts';
import { checkRun } from './checkRun.ts';
import { forward } from './forward.ts';
import type { HookName } from './hooks.ts';
import { ParkableModel } from './parkable.ts';

export class OpsModel extends ParkableModel {
  /** Uploads parameters that are already in host memory. A tied unembedding is uploaded once. */
  static fromHost(backend: Backend, config: ModelConfig, host: HostParams): OpsModel {
    const byName = flattenParams(host);
    const params = assembleParams(config, (name) =>
      backend.upload(must(byName.get(name), `no parameter ${name}`), name),
    );
    return new OpsModel(backend, config, params);
  }

  async run(tokens: readonly (readonly number[])[], hooks: Iterable<HookName>): Promise<ActivationCache> {
    const pos = tokens[0]?.length ?? 0;
    const wanted = new Set(hooks);
    checkRun(this.config, tokens, wanted);

    const ops = this.backend.arena(`run of ${tokens.length} × ${pos} tokens`);
    const recorded = new Map<HookName, Tensor>();
    const ids = ops.upload(
      { dtype: 'u32', shape: [tokens.length, pos], data: Uint32Array.from(tokens.flat()) },
      'tokens',
    );
    try {
      forward(ops, this.config, this.params, ids, {
        wants: (name) => wanted.has(name),
        observe: (name, activation) => {
          if (wanted.has(name)) recorded.set(name, ops.keep(activation));
        },
      });
      ops.flush();
    } catch (error) {
      ops.dispose();
      throw error;
    }
    return new ActivationCache(ops, tokens, recorded);
  }
}
