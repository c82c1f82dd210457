/** factor·x + y inside a box, x outside. */

import wgsl from '../../../shaders/blend.wgsl?raw';
import { type Dispatch, f32Bits, flatDispatch, flatKernel } from '../kernel.ts';

/** Elements of a row that an invocation has. */
const RUN = 8;

const blendKernel = flatKernel('blend', `const RUN = ${RUN}u;\n${wgsl}`, ['read', 'read', 'read', 'write']);

/** [batch, a, b, c]. */
type Axes = readonly [batch: number, a: number, b: number, c: number];

export interface BlendShape {
  /** Of the result. */
  readonly axes: Axes;
  readonly xBatch: number;
  /** null where nothing is added. */
  readonly y: Axes | null;
  readonly boxes: number;
  readonly factor: number;
  readonly causal: boolean;
}

/** Tensors: x [xBatch, a, b, c], y (any where there is none), boxes [boxes, 6], out [batch, a, b, c]. */
export function blend({ axes, xBatch, y, boxes, factor, causal }: BlendShape): Dispatch {
  const [batch, a, b, c] = axes;
  const strides = y ? stridesOf(y) : [0, 0, 0, 0];
  const uniforms = [...axes, xBatch, boxes, Number(causal), f32Bits(factor), Number(y !== null), ...strides];
  return flatDispatch(blendKernel, batch * a * b * Math.ceil(c / RUN), uniforms, batch * a * b * c);
}

/** What a step along each axis is in memory; 0 along an axis of 1, which serves every place. */
function stridesOf(axes: Axes): readonly number[] {
  return axes.map((n, i) => (n === 1 ? 0 : axes.slice(i + 1).reduce((product, inner) => product * inner, 1)));
}
