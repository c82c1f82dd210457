/** The gains of the norms: the one place where a checkpoint with and one without LayerNorm differ on disk. */

import { LoadError } from '../base/errors.ts';
import type { NormKind } from '../tensor/params.ts';

/** An ordinary gain's median is of order 1; one multiplied by √1e12 and divided by a σ below 1000 is above this. */
const LARGEST_ORDINARY = 1e3;

/** γ/σ of a converted gain stays above this up to σ = 10,000; an ordinary gain of 1, divided by √1e12, is 1e-6. */
const SMALLEST_CONVERTED = 1e-4;

/**
 * The canonical gain [d_model]: as stored for `layer`; divided by √eps for `linear`, in f64, before any narrowing.
 * LoadError where a value is not finite, or where gain and epsilon disagree: a half-converted checkpoint.
 */
export function canonicalGain(
  stored: Float32Array<ArrayBuffer>,
  norm: NormKind,
  eps: number,
  tensor: string,
): Float32Array<ArrayBuffer> {
  const bad = stored.find((value) => !Number.isFinite(value));
  if (bad !== undefined)
    throw new LoadError(
      `${tensor} holds ${bad}: a norm's gain must be finite (an LN-free gain cannot be stored in F16). Get the checkpoint again, in F32.`,
      { tensor, value: String(bad) },
    );
  const typical = medianMagnitude(stored);
  if (norm.kind === 'layer') {
    if (typical > LARGEST_ORDINARY)
      throw halfConverted(tensor, typical, eps, 'that is an LN-free gain with the epsilon of LayerNorm');
    return stored;
  }
  const root = Math.sqrt(eps);
  if (typical / root < SMALLEST_CONVERTED)
    throw halfConverted(
      tensor,
      typical,
      eps,
      'that is an ordinary gain with the epsilon of an LN-free model',
    );
  return stored.map((value) => value / root);
}

function medianMagnitude(values: Float32Array): number {
  const sorted = values.map(Math.abs).sort();
  return sorted[sorted.length >> 1] ?? 0;
}

function halfConverted(tensor: string, median: number, eps: number, what: string): LoadError {
  return new LoadError(
    `The checkpoint is half-converted: ${tensor} has a median magnitude of ${median.toPrecision(3)} and config.json a layer_norm_epsilon of ${eps}; ${what}. Export the model again so that both agree.`,
    { tensor, median, layer_norm_epsilon: eps },
  );
}
