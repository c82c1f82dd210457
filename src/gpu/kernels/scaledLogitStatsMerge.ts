/** Second half of the statistics of scaled logits: merges the lanes and looks one logit up. */

import nanWgsl from '../../../shaders/lib/nan.wgsl?raw';
import wgsl from '../../../shaders/scaledLogitStatsMerge.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel, type Kernel, remembered } from '../kernel.ts';
import { type ScaledUpdates, updatesOfRow } from './scaledLogitStats.ts';

const kernelOf = remembered((biased: boolean): Kernel => {
  const bindings = [...Array(7).fill('read' as const), 'write' as const];
  const kernel = flatKernel('scaledLogitStatsMerge', `${wgsl}\n${nanWgsl}`, bindings);
  return { ...kernel, constants: { ...kernel.constants, BIASED: Number(biased) } };
});

/** Tensors: shares [rows, 1 + 2·updates, lanes, 4], x, b, m, alpha, beta, ids [rows], y [rows, 1 + 2·updates, 3]. */
export function scaledLogitStatsMerge(rows: number, n: number, lanes: number, how: ScaledUpdates): Dispatch {
  const { updates, summed } = updatesOfRow(how);
  const entries = rows * (1 + 2 * updates);
  return flatDispatch(
    kernelOf(how.biased),
    entries,
    [rows, how.start, n, lanes, how.directions, updates, summed],
    8 * entries * lanes,
  );
}
