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

/** What is done to each row: every direction in every scaling. */
export interface ScaledUpdates extends ScaledOperands {
  readonly directions: number;
  readonly scalings: number;
}

/** The most directions that an invocation takes at once: more take longer to compile than sharing what is read saves. */
const MOST = 5;

const kernelOf = remembered((block: number, scalings: number, operands: ScaledOperands): Kernel => {
  const body = unroll(unroll(wgsl, 'd', block), 's', scalings)
    .replaceAll('BLOCK', `${block}u`)
    .replaceAll('SCALINGS', `${scalings}u`);
  const name = `scaledLogitStats ${block}×${scalings}`;
  const kernel = flatKernel(name, body, [...Array(5).fill('read' as const), 'write']);
  return { ...kernel, constants: { ...kernel.constants, ...scaledConstants(operands) } };
});

/** Tensors: x [rows, n], b, m, alpha, beta [rows, scalings, directions], shares [rows, scalings, directions, lanes, 4]. */
export function scaledLogitStats(
  rows: number,
  n: number,
  lanes: number,
  { directions, scalings, ...operands }: ScaledUpdates,
): Dispatch {
  const block = Math.ceil(directions / Math.ceil(directions / MOST)); // as even as can be: what is left over is computed in vain
  return flatDispatch(
    kernelOf(block, scalings, operands),
    rows * Math.ceil(directions / block) * lanes,
    [rows, n, lanes, directions, NAN_BITS],
    16 * rows * n * directions * scalings,
  );
}
