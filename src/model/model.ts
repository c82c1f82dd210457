/** One arm on one device: configuration and parameters, and the run that fills an activation cache. */

import { assert, must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { Backend } from '../tensor/ops.ts';
import type { DeviceParams, HostParams, ModelConfig } from '../tensor/params.ts';
import { assembleParams, flattenParams } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ActivationCache } from './cache.ts';
import { forward } from './forward.ts';
import { allHooks, type HookName } from './hooks.ts';

export class Model {
  #params: DeviceParams | null;

  /** Without parameters it is parked: what it ran before can be read, running waits for `unpark`. */
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

  /** Frees the parameters, to make room for another model's. */
  park(): void {
    if (!this.#params) return;
    this.backend.free(new Set(flattenParams(this.#params).values()));
    this.#params = null;
  }

  /** Takes its parameters back; they must be the same values as before, since runs and analyses are kept. */
  unpark(params: DeviceParams): void {
    assert(this.parked, 'a model got parameters twice');
    this.#params = params;
  }

  /** Uploads parameters that are already in host memory. A tied unembedding is uploaded once. */
  static fromHost(backend: Backend, config: ModelConfig, host: HostParams): Model {
    const byName = flattenParams(host);
    const params = assembleParams(config, (name) =>
      backend.upload(must(byName.get(name), `no parameter ${name}`), name),
    );
    return new Model(backend, config, params);
  }

  /**
   * One forward pass over a batch of equally long prompts, recording the hooks asked for.
   * @throws InputError on an empty prompt, a prompt beyond n_ctx, an id outside the vocabulary, or an unknown hook.
   */
  run(tokens: readonly (readonly number[])[], hooks: Iterable<HookName>): ActivationCache {
    checkTokens(this.config, tokens);
    const pos = tokens[0]?.length ?? 0;
    const wanted = new Set(hooks);
    checkHooks(this.config, wanted);

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

function checkTokens(config: ModelConfig, tokens: readonly (readonly number[])[]): void {
  const pos = tokens[0]?.length ?? 0;
  if (pos === 0) {
    throw new InputError('There are no tokens to run. Type some text, or switch BOS on to run it alone.', {
      tokens: 0,
    });
  }
  if (pos > config.nCtx) {
    throw new InputError(
      `The prompt has ${pos} tokens, but this model reads at most ${config.nCtx}. Shorten it by ${pos - config.nCtx}.`,
      { tokens: pos, nCtx: config.nCtx },
    );
  }
  for (const row of tokens) {
    assert(row.length === pos, `prompts of ${row.length} and ${pos} tokens in one batch`);
    const bad = row.find((id) => !Number.isInteger(id) || id < 0 || id >= config.dVocab);
    if (bad !== undefined) {
      throw new InputError(
        `Token id ${bad} is not in the vocabulary: ids are whole numbers from 0 to ${config.dVocab - 1}.`,
        {
          id: bad,
          dVocab: config.dVocab,
        },
      );
    }
  }
}

function checkHooks(config: ModelConfig, wanted: ReadonlySet<HookName>): void {
  const known = new Set(allHooks(config, 1).map((hook) => hook.name));
  const unknown = [...wanted].filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new InputError(
    `There is no hook ${unknown.join(', ')} in a model of ${config.nLayers} layers. Hooks are named as in TransformerLens, e.g. blocks.0.hook_resid_pre.`,
    { unknown, nLayers: config.nLayers },
  );
}
