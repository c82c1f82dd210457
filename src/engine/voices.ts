/** How an arm says what comes next: with keys and values kept on the device, or by running the whole text again. */

import { candidatesOf } from '../analysis/sampling.ts';
import { uploadIds } from '../analysis/scratch.ts';
import { checkRun } from '../model/checkRun.ts';
import { Decoder, decoderCapacity, type NextToken } from '../model/decoder.ts';
import type { Model } from '../model/model.ts';
import { OpsModel } from '../model/opsModel.ts';
import type { GenerateMethod } from './api.ts';

/** One arm's reading of one text. */
export interface Voice {
  readonly method: GenerateMethod;
  /** Feeds tokens after those fed before; the steps of several voices may be taken in turn (`inTurn`). */
  feed(tokens: readonly number[]): Iterator<void, void>;
  /** What the arm says of the token after the last one fed. */
  next(): Promise<NextToken>;
  /** The logits of every token of the vocabulary there. */
  row(): Promise<Float32Array>;
  dispose(): void;
}

/**
 * A voice with room for so many positions that lists so many of the likeliest tokens. Only our own forward pass can go on
 * after keys and values; ONNX Runtime's graph takes whole texts.
 */
export function voiceOf(model: Model, positions: number, listed: number): Voice {
  if (!(model instanceof OpsModel)) return new Rereader(model, listed);
  const decoder = new Decoder(model, decoderCapacity(model.config, positions), { listed });
  return {
    method: 'kv-cache',
    feed: (tokens) => decoder.feed(tokens),
    next: () => decoder.next(),
    row: () => decoder.row(),
    dispose: () => decoder.dispose(),
  };
}

/** Runs the whole text for every token. */
class Rereader implements Voice {
  readonly method = 'recomputed';
  readonly #text: number[] = [];
  #row: Promise<Float32Array> | null = null;

  constructor(
    private readonly model: Model,
    private readonly listed: number,
  ) {}

  feed(tokens: readonly number[]): Iterator<void, void> {
    checkRun(this.model.config, [[...this.#text, ...tokens]], new Set());
    this.#text.push(...tokens);
    this.#row = null;
    return [].values();
  }

  async next(): Promise<NextToken> {
    const row = await this.row();
    const all = candidatesOf(row);
    const top = all.logits[0] as number;
    const weights = Float64Array.from(row, (logit) => Math.exp(logit - top));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const lse = top + Math.log(total);
    // Σ p·(lse − logit), where an impossible token adds nothing
    const surprise = (sum: number, weight: number, id: number) =>
      weight === 0 ? sum : sum + (weight / total) * (lse - (row[id] as number));
    return {
      ids: Uint32Array.from(all.ids).slice(0, this.listed),
      logits: Float32Array.from(all.logits).slice(0, this.listed),
      lse,
      entropy: weights.reduce(surprise, 0),
    };
  }

  row(): Promise<Float32Array> {
    this.#row ??= this.#lastRow();
    return this.#row;
  }

  async #lastRow(): Promise<Float32Array> {
    const cache = await this.model.run([[...this.#text]], ['logits']);
    try {
      const { ops } = cache;
      const last = uploadIds(ops, [this.#text.length - 1], 'last position');
      const [row] = await ops.read([ops.embed(cache.get('logits'), last, 'logits')]);
      return row;
    } finally {
      cache.dispose();
    }
  }

  dispose(): void {
    this.#row = null;
  }
}
