/** One activation as two engines computed it: how far apart, measured by the activation's own size. */

export interface HookComparison {
  hook: string;
  /** Numbers compared. */
  count: number;
  maxAbs: number;
  meanAbs: number;
  /** Root mean square of the first engine's finite values. */
  rms: number;
  /** max |Δ| / (rms + |first|): 1 % off in any one layer is far above what f32 sums in another order make of it. */
  relative: number;
  /** Values that are not finite on the first engine; −Infinity in masked attention scores is not counted. */
  nonFinite: number;
  /** `relative` ≤ VERIFY_TOLERANCE. */
  ok: boolean;
}

/**
 * Rounding of two f32 engines stays an order of magnitude below this on GPT-2 small's shapes (docs/science.md); an erf
 * Gelu in place of tanh (4.7e-4 at most) and 1 % in any one kernel are above it.
 */
export const VERIFY_TOLERANCE = 1e-4;

/**
 * Compares two engines' values of one hook. Equal infinities and two NaN agree; a NaN or infinity on one side only is an
 * infinite difference, and so is another length.
 */
export function compareHook(hook: string, first: Float32Array, second: Float32Array): HookComparison {
  const { rms, nonFinite } = sizeOf(first);
  const count = first.length;
  const apart = {
    hook,
    count,
    maxAbs: Infinity,
    meanAbs: Infinity,
    rms,
    relative: Infinity,
    nonFinite,
    ok: false,
  };
  if (second.length !== count) return apart;
  let [maxAbs, sum, relative] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [a, b] = [first[i] as number, second[i] as number];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const difference = Math.abs(a - b);
    if (!Number.isFinite(difference)) return apart;
    maxAbs = Math.max(maxAbs, difference);
    sum += difference;
    relative = Math.max(relative, difference / (rms + Math.abs(a)));
  }
  const meanAbs = count > 0 ? sum / count : 0;
  return { hook, count, maxAbs, meanAbs, rms, relative, nonFinite, ok: relative <= VERIFY_TOLERANCE };
}

function sizeOf(values: Float32Array): { rms: number; nonFinite: number } {
  let [squares, finite, nonFinite] = [0, 0, 0];
  for (const value of values) {
    if (Number.isFinite(value)) {
      squares += value * value;
      finite += 1;
    } else if (value !== -Infinity) nonFinite += 1;
  }
  return { rms: finite > 0 ? Math.sqrt(squares / finite) : 0, nonFinite };
}
