/** A gain divided by the mean of a norm's scales. */

import wgsl from '../../../shaders/freezeScale.wgsl?raw';
import { type Dispatch, flatDispatch, flatKernel } from '../kernel.ts';

const freezeScaleKernel = flatKernel('freezeScale', wgsl, ['read', 'read', 'write', 'write']);

/** Tensors: w [d], scale [pos], gain [d], frozen [pos]. */
export function freezeScale(d: number, pos: number): Dispatch {
  return flatDispatch(freezeScaleKernel, Math.max(d, pos), [d, pos]);
}
