/**
 * What a confidence neuron does, on any model: adds the direction that the unembedding reads least to the final residual.
 * With LN it grows σ and so acts as a temperature; without LN there is nothing for it to grow.
 */

import { InputError } from '../base/errors.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { labelled, type Tensor } from '../tensor/tensor.ts';
import { type ArmRun, promptOf, resolvePosition } from './armRun.ts';
import { finalSigma } from './finalSigma.ts';
import { sigmaAfter } from './neuronAblationUpdates.ts';
import { logitBias, logitsOfDirection } from './neuronDirections.ts';
import { uploadIds, uploadRows, withScratch } from './scratch.ts';
import type { NullDirectionArm } from './types/index.ts';
import { BLOCK_BYTES, type LogitsSource, logitsRows } from './unembed.ts';
import { nullSpace, unembeddingSpectrum } from './unembeddingSpectrum.ts';
import { centred, dot, lengthOf } from './vectors.ts';

export interface NullDirectionOptions {
  /** In lengths of the centred final residual. */
  readonly amounts: readonly number[];
  /** Negative counts from the end. */
  readonly position: number;
  readonly piece: (id: number) => string;
}

/** The most amounts of one question. */
export const MAX_AMOUNTS = 128;

export function nullDirectionHooks(
  { nLayers }: ModelConfig,
  source: LogitsSource = 'ln_final.hook_normalized',
): HookName[] {
  return [blockHook(nLayers - 1, 'hook_resid_post'), 'ln_final.hook_scale', source];
}

/**
 * The prediction at one position after each amount, and beside it what a pure temperature σ/σ′ would make of it.
 * @throws InputError on no amounts, too many, or such as are no numbers.
 */
export async function nullDirection(run: ArmRun, options: NullDirectionOptions): Promise<NullDirectionArm> {
  const { model, cache } = run;
  const { dModel, norm } = model.config;
  const amounts = checkAmounts(options.amounts);
  const position = resolvePosition(options.position, promptOf(cache).length);

  const spectrum = await unembeddingSpectrum(model);
  const least = nullSpace(spectrum, 1)[0] as Float64Array;
  const direction = leastRead(least);
  const { sigma, along, length } = await readResidual(run, position, direction);
  const added = amounts.map((amount) => amount * length);
  const after = added.map((s) => sigmaAfter(sigma, along, s, 1, dModel));
  const layer = norm.kind === 'layer';
  const predictions = await predict(run, position, {
    direction: await logitsOfDirection(model, direction),
    bias: await logitBias(model),
    // Nothing added; then with the direction; then the temperature alone.
    alpha: [1, ...after.map((s) => (layer ? sigma / s : 1)), ...after.map((s) => sigma / s)],
    beta: [0, ...added.map((s, i) => (layer ? s / (after[i] as number) : s)), ...added.map(() => 0)],
  });

  const n = amounts.length;
  const [before, ...rest] = predictions as [Prediction, ...Prediction[]];
  const [moved, cooled] = [rest.slice(0, n), rest.slice(n)];
  const perAmount = (values: readonly number[]) => labelled(['amount'], [n], Float32Array.from(values));
  const top = ({ id, prob }: Prediction) => ({ id, piece: options.piece(id), prob });
  const change = (list: readonly Prediction[], i: number) => (list[i] as Prediction).entropy - before.entropy;
  return {
    position,
    amounts: [...amounts],
    entropy: perAmount(moved.map(({ entropy }) => entropy)),
    entropyTemperature: perAmount(cooled.map(({ entropy }) => entropy)),
    sigmaAfter: perAmount(after),
    sigma,
    entropyBefore: before.entropy,
    ratio: perAmount(
      amounts.map((_, i) =>
        Math.abs(change(cooled, i)) < VISIBLE ? NaN : change(moved, i) / change(cooled, i),
      ),
    ),
    kl: perAmount(moved.map(({ kl }) => kl)),
    top: moved.map(top),
    topBefore: top(before),
    singularValue: spectrum.singularValues[spectrum.directions.indexOf(least)] as number,
    largestSingularValue: spectrum.singularValues[0] as number,
    convention: { finalScale: layer ? 'recomputed' : 'none' },
  };
}

/** Changes of entropy below this, in nats, are rounding and make no ratio. */
const VISIBLE = 1e-5;

function checkAmounts(amounts: readonly number[]): readonly number[] {
  const listed = Array.isArray(amounts) && amounts.length >= 1 && amounts.length <= MAX_AMOUNTS;
  if (listed && amounts.every(Number.isFinite)) return amounts;
  throw new InputError(
    `amounts must be a list of 1 to ${MAX_AMOUNTS} numbers: how much of the direction is added, in lengths of the final residual.`,
    { amounts },
  );
}

/** Of unit length and orthogonal to all-ones to the last digit. */
function leastRead(direction: Float64Array): Float64Array {
  const exact = centred(direction);
  const length = lengthOf(exact);
  return exact.map((x) => x / length);
}

/** σ at the position, and the centred residual's share along the unit direction and its length. */
async function readResidual({ model, cache }: ArmRun, position: number, direction: Float64Array) {
  return withScratch(model, 'final residual', async (ops) => {
    const at = uploadIds(ops, [position], 'position');
    const resid = ops.embed(cache.get(blockHook(model.config.nLayers - 1, 'hook_resid_post')), at);
    const scale = ops.embed(finalSigma({ model, cache }, ops), at);
    const [row, sigma] = await ops.read([resid, scale]);
    const x = centred(row);
    return {
      sigma: sigma[0] as number,
      along: dot(x, direction),
      length: lengthOf(x),
    };
  });
}

/** Logits become b + α·(logits − b) + β·m, once for each α and β. */
interface Updates {
  readonly direction: Float32Array;
  readonly bias: Float32Array | null;
  readonly alpha: readonly number[];
  readonly beta: readonly number[];
}

interface Prediction {
  readonly entropy: number;
  /** KL(as it was ‖ this). */
  readonly kl: number;
  readonly id: number;
  readonly prob: number;
}

/** The predictions at one position under every update; only a few rows of logits are there at a time. */
async function predict(run: ArmRun, position: number, updates: Updates): Promise<Prediction[]> {
  const { dVocab } = run.model.config;
  const atOnce = Math.max(1, Math.floor(BLOCK_BYTES / (8 * 4 * dVocab)));
  const predictions: Prediction[] = [];
  for (let first = 0; first < updates.alpha.length; first += atOnce) {
    const some = {
      ...updates,
      alpha: updates.alpha.slice(first, first + atOnce),
      beta: updates.beta.slice(first, first + atOnce),
    };
    predictions.push(
      ...(await withScratch(run.model, 'null direction', (ops) => predictSome(run, ops, position, some))),
    );
  }
  return predictions;
}

async function predictSome(
  run: ArmRun,
  ops: Ops,
  position: number,
  { direction, bias, alpha, beta }: Updates,
): Promise<Prediction[]> {
  const n = alpha.length;
  const logits = logitsRows(run, ops, [position]); // [1, d_vocab]
  const times = (row: Tensor, by: readonly number[], label: string) =>
    ops.linear(
      uploadRows(
        ops,
        by.map((x) => [x]),
        label,
      ),
      row,
      null,
    );
  let moved = ops.add(times(logits, alpha, 'α'), times(uploadRows(ops, [direction], 'm'), beta, 'β'));
  if (bias) {
    const kept = alpha.map((a) => 1 - a);
    moved = ops.add(moved, times(uploadRows(ops, [bias], 'b_U'), kept, '1 − α'));
  }
  const untouched = ops.embed(logits, uploadIds(ops, Array(n).fill(0)));
  const [lse, lseUntouched] = [ops.logSumExp(moved), ops.logSumExp(untouched)];
  const best = ops.topK(moved, 1);
  const [entropy, total, divergence, largest] = await ops.read([
    ops.entropy(moved, lse),
    lse,
    ops.divergence(untouched, lseUntouched, moved, lse),
    best.values,
  ]);
  const ids = await ops.readIds(best.ids);
  return alpha.map((_, i) => ({
    entropy: entropy[i] as number,
    kl: divergence[3 * i] as number,
    id: ids[i] as number,
    prob: Math.exp((largest[i] as number) - (total[i] as number)),
  }));
}
