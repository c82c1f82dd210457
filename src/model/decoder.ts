/** Text token by token: the keys and values of what was fed stay on the device, so one more token costs one position's work. */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { KeyValues, Ops, Scope } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkRun } from './checkRun.ts';
import { forward } from './forward.ts';
import { blockHook } from './hooks.ts';
import type { Model } from './model.ts';
import { inTurn } from './runTogether.ts';

/** The most that a list of likely tokens may hold: the top-k kernel's limit. */
export const MOST_LISTED = 64;

/** Capacities are multiples of it, so that requests of about one length find each other's memory again. */
const CAPACITY_STEP = 64;

export interface DecoderOptions {
  /** How many of the likeliest next tokens are listed after every step, 1 … 64. Default 64. */
  listed?: number;
}

/** What a model says of the next token, as far as it crosses to the host at every step. */
export interface NextToken {
  /** The likeliest, by falling logit, equals by rising id. */
  readonly ids: Uint32Array;
  readonly logits: Float32Array;
  /** ln Σ exp over the logits of the whole vocabulary. */
  readonly lse: number;
  /** Shannon entropy in nats. */
  readonly entropy: number;
}

/** On the device until the next step. */
interface Outlook {
  /** [1, 1, d_vocab] */
  readonly logits: Tensor;
  /** f32 and u32 [1, 1, listed] */
  readonly best: { values: Tensor; ids: Tensor };
  /** [1, 1] */
  readonly lse: Tensor;
}

/**
 * Room for this many positions in steps of 64, at most n_ctx: known beforehand (prompt + tokens to come), so nothing has
 * to grow, and a short text in a large model does not pay for its whole context.
 */
export function decoderCapacity({ nCtx }: Pick<ModelConfig, 'nCtx'>, positions: number): number {
  return Math.min(nCtx, Math.ceil(positions / CAPACITY_STEP) * CAPACITY_STEP);
}

/** Bytes of keys and values, f32: 2 · layers · capacity · d_model · 4. */
export function decoderBytes({ nLayers, dModel }: ModelConfig, capacity: number): number {
  return 2 * nLayers * capacity * dModel * 4;
}

/**
 * One model's reading of one text. `prefill` and `step` record work and return at once; `next` and `row` hand it over and
 * wait. After the first few, a step makes no buffer, no bind group and no pipeline.
 */
export class Decoder {
  readonly #ops: Ops;
  readonly #model: Pick<Model, 'config' | 'params'>;
  readonly #listed: number;
  readonly #keyValues: readonly KeyValues[];
  readonly #lastResid: string;
  #past = 0;
  /** Holds what the newest step left. */
  #scope: Scope | null = null;
  #outlook: Outlook | null = null;

  /** Allocates keys and values, `decoderBytes`. @throws InputError for a capacity beyond n_ctx. */
  constructor(
    model: Pick<Model, 'backend' | 'config' | 'params'>,
    readonly capacity: number = model.config.nCtx,
    { listed = MOST_LISTED }: DecoderOptions = {},
  ) {
    const { backend, config } = model;
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > config.nCtx)
      throw new InputError(
        `A decoder has room for 1 to ${config.nCtx} tokens of this model, not ${capacity}. Choose fewer.`,
        { capacity, nCtx: config.nCtx },
      );
    this.#model = model;
    this.#listed = Math.min(listed, MOST_LISTED, config.dVocab);
    this.#lastResid = blockHook(config.nLayers - 1, 'hook_resid_post');
    this.#ops = backend.arena(`decoder of ${capacity} tokens`);
    const zeros = new Float32Array(capacity * config.dModel);
    const room = (label: string): Tensor =>
      this.#ops.upload({ dtype: 'f32', shape: [1, capacity, config.dModel], data: zeros }, label);
    try {
      this.#keyValues = Array.from({ length: config.nLayers }, (_, layer) => ({
        k: room(blockHook(layer, 'attn.hook_k')),
        v: room(blockHook(layer, 'attn.hook_v')),
      }));
    } catch (error) {
      this.#ops.dispose();
      throw error;
    }
  }

  /** How many tokens were fed. */
  get past(): number {
    return this.#past;
  }

  /**
   * Feeds tokens after those that were fed before, one op per step of the generator, so that several decoders of a backend
   * can be recorded in turn (`inTurn`). What the step before left is given up at once, not at the first step.
   * @throws InputError on no tokens, ids outside the vocabulary, or more tokens than there is room for.
   */
  feed(tokens: readonly number[]): Generator<void, void> {
    const { config } = this.#model;
    checkRun(config, [tokens], new Set());
    if (this.#past + tokens.length > this.capacity)
      throw new InputError(
        `The text has ${this.#past + tokens.length} tokens, but there is room for ${this.capacity}${this.capacity === config.nCtx ? ', all that this model reads' : ''}. Shorten it, or make the decoder larger.`,
        { tokens: this.#past + tokens.length, capacity: this.capacity, nCtx: config.nCtx },
      );
    this.#outlook = null;
    this.#scope?.end([]);
    this.#scope = this.#ops.scope();
    const past = this.#past;
    this.#past += tokens.length;
    const ids = this.#upload([1, tokens.length], tokens, 'tokens');
    const last = tokens.length === 1 ? null : this.#upload([1, 1], [tokens.length - 1], 'last position');
    return this.#steps(ids, last, past);
  }

  *#steps(ids: Tensor, last: Tensor | null, past: number): Generator<void, void> {
    const ops = this.#ops;
    const { config, params } = this.#model;
    let resid: Tensor | undefined; // [1, tokens, d_model]
    yield* forward(ops, config, params, ids, {
      wants: (name) => name === this.#lastResid,
      observe: (name, activation) => {
        if (name === this.#lastResid) resid = activation;
      },
      after: { past, keyValues: this.#keyValues },
    });
    const stream = must(resid, 'a pass without a residual stream');
    const row = last ? ops.embed(stream, last, 'last residual') : stream; // [1, 1, d_model]
    const { normalized } = ops.norm(row, params.lnFinal, config.norm, 'ln_final');
    yield;
    const logits = ops.linearT(normalized, params.W_U, 'logits');
    yield;
    const best = ops.topK(logits, this.#listed, 'best');
    yield;
    this.#outlook = { logits, best, lse: ops.logSumExp(logits, 'lse') };
    yield;
  }

  #upload(shape: readonly number[], ids: readonly number[], label: string): Tensor {
    return this.#ops.upload({ dtype: 'u32', shape, data: Uint32Array.from(ids) }, label);
  }

  /** Feeds a prompt and hands the work over. @throws InputError as `feed`. */
  prefill(tokens: readonly number[]): void {
    inTurn([this.feed(tokens)]);
    this.flush();
  }

  /** Records what one more token takes: the pass, its logits, their top-k and log-sum-exp. @throws InputError as `feed`. */
  step(id: number): void {
    inTurn([this.feed([id])]);
  }

  /** Hands what is recorded to the device. */
  flush(): void {
    this.#ops.flush();
  }

  /** What the model says of the token after the last one fed. */
  async next(): Promise<NextToken> {
    const { logits, best, lse } = must(this.#outlook, 'a decoder was asked before it was fed');
    const entropy = this.#ops.tidy(() => this.#ops.entropy(logits, lse, 'entropy'));
    const [[values, total, nats], ids] = await Promise.all([
      this.#ops.read([best.values, lse, entropy]),
      this.#ops.readIds(best.ids),
    ]);
    return { ids, logits: values, lse: total[0] as number, entropy: nats[0] as number };
  }

  /** The logits of every token of the vocabulary there, [d_vocab]. */
  async row(): Promise<Float32Array> {
    const { logits } = must(this.#outlook, 'a decoder was asked before it was fed');
    const [row] = await this.#ops.read([logits]);
    return row;
  }

  /** Frees everything; the decoder must not be used afterwards. */
  dispose(): void {
    this.#ops.dispose();
  }
}
