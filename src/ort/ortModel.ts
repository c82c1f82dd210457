/** A model on ONNX Runtime: the same weights and hooks as OpsModel, none of its kernels. */

import { must } from '../base/assert.ts';
import { DeviceError, UnsupportedError } from '../base/errors.ts';
import { ActivationCache } from '../model/cache.ts';
import { checkRun } from '../model/checkRun.ts';
import type { Edit } from '../model/edits.ts';
import { allHooks, type HookName, hookBytes } from '../model/hooks.ts';
import { ParkableModel } from '../model/parkable.ts';
import { adopt } from '../tensor/cpuOps.ts';
import { floats } from '../tensor/cpuTensor.ts';
import type { Backend } from '../tensor/ops.ts';
import { type DeviceParams, flattenParams, type ModelConfig } from '../tensor/params.ts';
import { forwardGraph } from './graph.ts';
import type { OrtRuntime, OrtSession } from './runtime.ts';

/** A session computes all that it offers, asked for or not: up to this many bytes at full context it may offer everything. */
const OFFER_EVERYTHING_BYTES = 256 * 2 ** 20;

type Weights = ReadonlyMap<string, Float32Array>;

/**
 * Weights of 16 or 8 bits are what the CPU backend made of them on arrival: floats with the very same rounded values.
 * Each is copied into WebAssembly by the session, which is made when the first run needs it.
 */
export class OrtModel extends ParkableModel {
  /** ONNX Runtime unembeds every position faster than plain loops over arrays would unembed one. */
  override readonly rowLogits = false;
  #session: { readonly ort: OrtSession; readonly offers: ReadonlySet<HookName> } | null = null;
  /** What a new session offers besides the hooks that it is made for. */
  #usual: ReadonlySet<HookName>;

  constructor(
    private readonly runtime: OrtRuntime,
    backend: Backend,
    config: ModelConfig,
    params: DeviceParams | null,
  ) {
    super(backend, config, params);
    this.#usual = usualHooks(config);
  }

  /** Bytes of weights that this model has inside WebAssembly, besides those in `params`. */
  get weightBytes(): number {
    return this.#session?.ort.weightBytes ?? 0;
  }

  /** Also gives back the memory inside WebAssembly, once a run under way is done. */
  override park(): void {
    if (this.parked) return;
    super.park();
    void this.runtime.exclusive(() => this.#release());
  }

  async run(
    tokens: readonly (readonly number[])[],
    hooks: Iterable<HookName>,
    edits: readonly Edit[] = [],
  ): Promise<ActivationCache> {
    if (edits.length > 0)
      throw new UnsupportedError(
        "ONNX Runtime runs models as they are: edits need our WebGPU kernels. Leave `engine` out, or ask for 'wgsl'.",
        { edits },
      );
    const wanted = new Set(hooks);
    checkRun(this.config, tokens, wanted);
    // At once, since the model may be parked while the run waits for its turn.
    const weights = new Map([...flattenParams(this.params)].map(([name, tensor]) => [name, floats(tensor)]));
    return this.runtime.exclusive(() => this.#runNow(weights, tokens, wanted));
  }

  async #runNow(
    weights: Weights,
    tokens: readonly (readonly number[])[],
    wanted: ReadonlySet<HookName>,
  ): Promise<ActivationCache> {
    const [batch, pos] = [tokens.length, tokens[0]?.length ?? 0];
    const ops = this.backend.arena(`run of ${batch} × ${pos} tokens`);
    if (wanted.size === 0) return new ActivationCache(ops, tokens, new Map());
    const outputs = await this.#compute(weights, tokens, wanted);
    const recorded = [...outputs].map(
      ([name, { shape, data }]) => [name, adopt(ops, shape, data, name)] as const,
    );
    return new ActivationCache(ops, tokens, new Map(recorded));
  }

  async #compute(weights: Weights, tokens: readonly (readonly number[])[], wanted: ReadonlySet<HookName>) {
    const names = [...wanted];
    const job = this.#runJob(tokens, wanted);
    const session = await this.#sessionFor(weights, wanted);
    try {
      return await session.ort.run(tokens, names, job);
    } catch (error) {
      if (!(error instanceof DeviceError) || session.offers.size === wanted.size) throw error;
    }
    // It computed more than was asked for now, and that did not fit; what was asked for may.
    this.#usual = new Set();
    await this.#release();
    const lean = await this.#sessionFor(weights, wanted);
    return lean.ort.run(tokens, names, job);
  }

  /** The session there is, where it offers these hooks; else a new one in its place, which also offers all that the old one did. */
  async #sessionFor(weights: Weights, wanted: ReadonlySet<HookName>) {
    const before = this.#session;
    if (before && [...wanted].every((name) => before.offers.has(name))) return before;
    await this.#release();
    const graph = forwardGraph(this.config, new Set([...wanted, ...(before?.offers ?? []), ...this.#usual]));
    const used = new Map(
      graph.parameters.map((name) => [name, must(weights.get(name), `no parameter ${name}`)]),
    );
    const ort = await this.runtime.createSession(
      { bytes: graph.bytes, weights: used },
      this.#weightsJob(used),
    );
    this.#session = { ort, offers: new Set(graph.hooks) };
    return this.#session;
  }

  async #release(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.ort.release();
  }

  get #name(): string {
    const { nLayers, dModel } = this.config;
    return `a GPT-2 of ${nLayers} layers and width ${dModel}`;
  }

  #weightsJob(weights: Weights) {
    return {
      what: `the weights of ${this.#name}`,
      bytes: [...weights.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
      advice: 'Unload another model, or load a smaller one.',
    };
  }

  #runJob(tokens: readonly (readonly number[])[], wanted: ReadonlySet<HookName>) {
    const pos = tokens[0]?.length ?? 0;
    return {
      what: `the activations of ${tokens.length} × ${pos} tokens in ${this.#name}`,
      bytes: tokens.length * hookBytes(this.config, pos, wanted),
      advice: 'Shorten the prompt, or unload another model.',
    };
  }
}

/** Every hook but the opt-in ones where their activations are small, else none. */
function usualHooks(config: ModelConfig): ReadonlySet<HookName> {
  const usual = new Set(
    allHooks(config, 1)
      .filter(({ optIn }) => !optIn)
      .map(({ name }) => name),
  );
  return hookBytes(config, config.nCtx, usual) <= OFFER_EVERYTHING_BYTES ? usual : new Set();
}
