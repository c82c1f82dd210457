/** What ablating last-layer neurons does at each position: how much of which direction it adds, and what becomes of σ. */

import type { ModelConfig } from '../tensor/params.ts';
import { dot } from './vectors.ts';

/** What the updates are made of: little enough to leave the device. */
export interface ReadUpdates {
  /** Of each neuron, by position. */
  readonly activations: readonly Float32Array[];
  /** The final residual · C·w_out of each neuron, by position. */
  readonly along: readonly Float32Array[];
  /** √(var + eps) of the final residual by position; without LN what it would be with GPT-2's eps. */
  readonly sigma: Float32Array;
  /** C·w_out of each neuron. */
  readonly writing: readonly Float64Array[];
}

/** Logits become b + α·(logits − b) + β·m at each position. */
interface Update {
  readonly alpha: Float64Array;
  readonly beta: Float64Array;
  /** σ′. */
  readonly sigma: Float64Array;
}

export interface Updates {
  /** Of each neuron, norm recomputed: α = σ/σ′, β = Δ/σ′. */
  readonly single: readonly Update[];
  /** Of each neuron with σ frozen: α = 1, β = Δ/σ. */
  readonly frozen: readonly Float64Array[];
  /** Of the first i + 1 neurons: σ/σ′, and σ′. */
  readonly prefixes: readonly Pick<Update, 'alpha' | 'sigma'>[];
  /** σ unablated. */
  readonly sigma: Float64Array;
}

/** Of the changes Δ of each neuron's activation, by position. Without LN nothing is ever divided: α = 1 and β = Δ. */
export function updatesOf(
  { along, sigma: read, writing }: ReadUpdates,
  delta: readonly Float64Array[],
  { dModel, norm }: ModelConfig,
): Updates {
  const sigma = Float64Array.from(read);
  const layer = norm.kind === 'layer';
  const over = (x: Float64Array, by: Float64Array) =>
    layer ? x.map((value, p) => value / (by[p] as number)) : x;
  const ratio = (after: Float64Array) => (layer ? over(sigma, after) : sigma.map(() => 1));
  const single = delta.map((change, i): Update => {
    const w = writing[i] as Float64Array;
    const squared = dot(w, w);
    const after = sigma.map((s, p) =>
      sigmaAfter(s, along[i]?.[p] as number, change[p] as number, squared, dModel),
    );
    return { alpha: ratio(after), beta: over(change, after), sigma: after };
  });
  const prefixes = sigmaOfPrefixes(sigma, along, delta, writing, dModel);
  return {
    single,
    frozen: delta.map((change) => over(change, sigma)),
    prefixes: prefixes.map((after) => ({ alpha: ratio(after), sigma: after })),
    sigma,
  };
}

/** With each neuron more, d·σ′² grows by 2Δ_i·(x̃ + Σ_j Δ_j·w̃_j)·w̃_i + Δ_i²·|w̃_i|², j those before it. */
function sigmaOfPrefixes(
  sigma: Float64Array,
  along: readonly Float32Array[],
  delta: readonly Float64Array[],
  writing: readonly Float64Array[],
  d: number,
): Float64Array[] {
  const prefixes: Float64Array[] = [];
  for (const [i, change] of delta.entries()) {
    const own = writing[i] as Float64Array;
    const squared = dot(own, own);
    const overlaps = writing.slice(0, i).map((earlier) => dot(earlier, own));
    const before = prefixes[i - 1] ?? sigma;
    prefixes.push(
      before.map((s, p) => {
        const moved = overlaps.reduce((sum, w, j) => sum + w * (delta[j]?.[p] as number), 0);
        return sigmaAfter(s, (along[i]?.[p] as number) + moved, change[p] as number, squared, d);
      }),
    );
  }
  return prefixes;
}

/**
 * σ after δ·w was added to a residual x: σ′² = σ² + 2δ·x̃·w̃/d + δ²·|w̃|²/d, with x̃ and w̃ centred (SCIENCE §5). The eps
 * inside σ stays inside σ′.
 */
export function sigmaAfter(
  sigma: number,
  along: number,
  delta: number,
  normSquared: number,
  d: number,
): number {
  return Math.sqrt(Math.max(0, sigma ** 2 + (2 * delta * along + delta ** 2 * normSquared) / d));
}
