/** First half of the statistics of scaled logits: every lane's maximum and sums, for some updates at a time. */

import wgsl from '../../../shaders/scaledLogitStats.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel, type Kernel, NAN_BITS, remembered } from '../kernel.ts';
import { unroll } from '../unroll.ts';

/** Which operands there are: what is null is not read. */
export interface ScaledOperands {
  readonly biased: boolean;
  readonly updated: boolean;
}

export const scaledConstants = ({ biased, updated }: ScaledOperands) => ({
  BIASED: Number(biased),
  UPDATED: Number(updated),
});

/** Updates that an invocation takes at once where there are as many: more would not fit in registers. */
const MOST = 4;

const kernelOf = remembered((updates: number, operands: ScaledOperands): Kernel => {
  const body = unroll(wgsl, 'u', updates).replaceAll('UPDATES', `${updates}u`);
  const kernel = flatKernel(`scaledLogitStats ${updates}`, body, [
    ...Array(5).fill('read' as const),
    'write',
  ]);
  return { ...kernel, constants: { ...kernel.constants, ...scaledConstants(operands) } };
});

/** Tensors: x [rows, n], b, m, alpha, beta [rows, updates], shares [rows, updates, lanes, 4]. */
export function scaledLogitStats(
  rows: number,
  n: number,
  lanes: number,
  updates: number,
  operands: ScaledOperands,
): Dispatch {
  const atOnce = updates < MOST ? 1 : MOST;
  const invocations = rows * Math.ceil(updates / atOnce) * lanes;
  return flatDispatch(
    kernelOf(atOnce, operands),
    invocations,
    [rows, n, lanes, updates, NAN_BITS],
    16 * rows * n * updates,
  );
}
