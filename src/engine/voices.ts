/** How an arm says what comes next: with keys and values kept on the device, or by running the whole text again. */

import { leading, totalOf } from '../analysis/sampling.ts';
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
    const { ids, logits } = leading(row, this.listed);
    const lse = (logits[0] as number) + Math.log(totalOf(row));
    let entropy = 0; // Σ p·(lse − logit), to which an impossible token adds nothing
    for (const logit of row) {
      const prob = Math.exp(logit - lse);
      if (prob > 0) entropy += prob * (lse - logit);
    }
    return {
      ids: Uint32Array.from(ids).slice(0, this.listed),
      logits: Float32Array.from(logits).slice(0, this.listed),
      lse,
      entropy,
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
