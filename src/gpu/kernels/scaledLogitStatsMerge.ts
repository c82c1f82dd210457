/** Second half of the statistics of scaled logits: merges the lanes and looks one logit up. */

import nanWgsl from '../../../shaders/lib/nan.wgsl?raw';
import wgsl from '../../../shaders/scaledLogitStatsMerge.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel, type Kernel, remembered } from '../kernel.ts';
import { type ScaledOperands, type ScaledUpdates, scaledConstants } from './scaledLogitStats.ts';

const kernelOf = remembered((operands: ScaledOperands): Kernel => {
  const bindings = [...Array(7).fill('read' as const), 'write' as const];
  const kernel = flatKernel('scaledLogitStatsMerge', `${wgsl}\n${nanWgsl}`, bindings);
  return { ...kernel, constants: { ...kernel.constants, ...scaledConstants(operands) } };
});

/** Tensors: shares [rows, updates, lanes, 4], x, b, m, alpha, beta, ids [rows], y [rows, updates, 3]. */
export function scaledLogitStatsMerge(
  rows: number,
  n: number,
  lanes: number,
  { directions, scalings, ...operands }: ScaledUpdates,
): Dispatch {
  const updates = directions * scalings;
  return flatDispatch(
    kernelOf(operands),
    rows * updates,
    [rows, n, lanes, updates, directions],
    8 * rows * updates * lanes,
  );
}
