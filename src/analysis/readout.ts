/** How a residual stream is read as a logit: the final gain, the final bias and rows of the unembedding. */

import { rows } from '../base/shapes.ts';
import type { Model } from '../model/model.ts';
import type { ArmRun } from './armRun.ts';
import { uploadIds, uploadVector, withScratch } from './scratch.ts';
import { normalizedRow } from './unembed.ts';

/** What a logit, or a difference of mean logits, reads from (x − mean x)/σ: direction·x + bias. */
export interface Readout {
  /** [d_model]: C·(gain ⊙ u), so that projecting an uncentred x on it centres it too. */
  readonly direction: Float64Array;
  /** β·u: the part of the logit no component writes. */
  readonly bias: number;
}

interface FinalNorm {
  gain: Float32Array;
  bias: Float32Array;
  /** Mean row of W_U over the vocabulary. */
  meanRow: Float32Array;
}

const finalNorms = new WeakMap<Model, Promise<FinalNorm>>();

/** The final norm's affine part and the mean row of W_U, read once per model. */
export function finalNorm(model: Model): Promise<FinalNorm> {
  const known = finalNorms.get(model);
  if (known) return known;
  const read = withScratch(model, 'final norm', async (ops) => {
    const { W_U, lnFinal } = model.params;
    const n = rows(W_U.shape);
    const average = ops.upload(
      { dtype: 'f32', shape: [1, n], data: new Float32Array(n).fill(1 / n) },
      '1/d_vocab',
    );
    const [gain, bias, meanRow] = await ops.read([lnFinal.w, lnFinal.b, ops.linear(average, W_U, null)]);
    return { gain, bias, meanRow };
  });
  read.catch(() => finalNorms.delete(model)); // a failed read (a lost device) must not stick
  finalNorms.set(model, read);
  return read;
}

/**
 * The read-out of mean logit over `target` − mean logit over `contrast` (SCIENCE §5).
 * With `centerUnembed` and no contrast, the mean row of W_U is subtracted: logit − mean logit over the vocabulary.
 */
export async function readout(
  model: Model,
  target: readonly number[],
  contrast: readonly number[],
  centerUnembed: boolean,
): Promise<Readout> {
  const { gain, bias, meanRow } = await finalNorm(model);
  const d = model.config.dModel;
  const ids = [...target, ...contrast];
  const unembed = await withScratch(model, 'unembedding rows', async (ops) => {
    const [data] = await ops.read([ops.embed(model.params.W_U, uploadIds(ops, ids), 'W_U rows')]);
    return data;
  });
  const u = new Float64Array(d);
  ids.forEach((_, row) => {
    const weight = row < target.length ? 1 / target.length : -1 / contrast.length;
    for (let i = 0; i < d; i++) u[i]! += weight * (unembed[row * d + i] as number);
  });
  if (centerUnembed && contrast.length === 0) for (let i = 0; i < d; i++) u[i]! -= meanRow[i] as number;

  const folded = u.map((x, i) => x * (gain[i] as number));
  const mean = folded.reduce((sum, x) => sum + x, 0) / d;
  return {
    direction: folded.map((x) => x - mean),
    bias: u.reduce((sum, x, i) => sum + x * (bias[i] as number), 0),
  };
}

/**
 * The same quantity as the model's own logits at one position have it: the number every attribution must add up to. Only
 * the logits of these tokens are made, and the mean logit as the final norm's output · mean row of W_U.
 */
export async function actualValue(
  run: ArmRun,
  position: number,
  target: readonly number[],
  contrast: readonly number[],
  centerUnembed: boolean,
): Promise<number> {
  const { model } = run;
  const { meanRow } = await finalNorm(model);
  return withScratch(model, 'actual logits', async (ops) => {
    const normalized = normalizedRow(run, ops, position); // [1, d_model]
    const unembed = ops.embed(model.params.W_U, uploadIds(ops, [...target, ...contrast]), 'W_U rows');
    const [logit, mean] = await ops.read([
      ops.linearT(normalized, unembed, 'logits of the target'), // [1, tokens]
      ops.dotGroups(normalized, uploadVector(ops, meanRow, 'mean row of W_U'), 1, 'mean logit'),
    ]);
    const average = (values: Float32Array) => values.reduce((sum, x) => sum + x, 0) / values.length;
    const value = average(logit.slice(0, target.length));
    if (contrast.length > 0) return value - average(logit.slice(target.length));
    return centerUnembed ? value - (mean[0] as number) : value;
  });
}
