/** For tests: GPT-2 as loops over arrays in float64, with what each norm divides by chosen by the caller. */

import type { HostParams, ModelConfig, NormParams } from '../tensor/params.ts';
import type { HostTensor } from '../tensor/tensor.ts';

/** What a norm divides by at each position, given what it would by itself; asked once per site and path. */
export type ScalesOf = (
  site: { norm: string; path?: 'qk' | 'v' },
  live: readonly number[],
) => readonly number[];

type Rows = number[][];

/** Logits [pos][d_vocab] of one prompt by a model with LayerNorm, its parameters kept as f32. */
export function plainLogits(
  config: ModelConfig,
  params: HostParams,
  ids: readonly number[],
  scalesOf: ScalesOf,
): Rows {
  const { nHeads, dHead, dModel } = config;
  const norm = (x: Rows, { w, b }: NormParams<HostTensor>, site: Parameters<ScalesOf>[0]): Rows => {
    const centred = x.map((row) => {
      const mean = row.reduce((sum, value) => sum + value, 0) / dModel;
      return row.map((value) => value - mean);
    });
    const eps = config.norm.kind === 'layer' ? config.norm.eps : Number.NaN;
    const live = centred.map((row) =>
      Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0) / dModel + eps),
    );
    const scales = scalesOf(site, live);
    return centred.map((row, p) =>
      row.map((value, i) => (value / at(scales, p)) * at(w.data, i) + at(b.data, i)),
    );
  };

  let x: Rows = ids.map((id, p) =>
    Array.from(
      { length: dModel },
      (_, i) => at(params.W_E.data, id * dModel + i) + at(params.W_pos.data, p * dModel + i),
    ),
  );
  params.blocks.forEach((block, layer) => {
    const thirds = (path: 'qk' | 'v') =>
      product(norm(x, block.ln1, { norm: `blocks.${layer}.ln1`, path }), block.W_QKV, block.b_QKV);
    const [qk, v] = [thirds('qk'), thirds('v')];
    const z = ids.map((_, query) => {
      const row: number[] = [];
      for (let head = 0; head < nHeads; head++) {
        const weights = ids.slice(0, query + 1).map((_, key) => {
          let score = 0;
          for (let e = 0; e < dHead; e++) {
            const column = head * dHead + e;
            score += at(qk[query] as number[], column) * at(qk[key] as number[], dModel + column);
          }
          return Math.exp(score / Math.sqrt(dHead));
        });
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        for (let e = 0; e < dHead; e++) {
          const column = 2 * dModel + head * dHead + e;
          row.push(
            weights.reduce((sum, weight, key) => sum + (weight / total) * at(v[key] as number[], column), 0),
          );
        }
      }
      return row;
    });
    x = plus(x, product(z, block.W_O, block.b_O));
    const pre = product(norm(x, block.ln2, { norm: `blocks.${layer}.ln2` }), block.W_in, block.b_in);
    const post = pre.map((row) =>
      row.map((u) => 0.5 * u * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (u + 0.044715 * u ** 3)))),
    );
    x = plus(x, product(post, block.W_out, block.b_out));
  });
  const { W_U } = params;
  return norm(x, params.lnFinal, { norm: 'ln_final' }).map((row) =>
    Array.from({ length: config.dVocab }, (_, id) =>
      row.reduce((sum, value, i) => sum + value * at(W_U.data, id * dModel + i), 0),
    ),
  );
}

function at(values: ArrayLike<number>, i: number): number {
  return values[i] as number;
}

function plus(a: Rows, b: Rows): Rows {
  return a.map((row, p) => row.map((value, i) => value + at(b[p] as number[], i)));
}

/** x·W + b, W [in, out]. */
function product(x: Rows, W: HostTensor, b: HostTensor): Rows {
  const m = b.data.length;
  return x.map((row) =>
    Array.from({ length: m }, (_, j) =>
      row.reduce((sum, value, i) => sum + value * at(W.data, i * m + j), at(b.data, j)),
    ),
  );
}
