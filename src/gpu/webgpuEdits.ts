/** The interventions of the seam on WebGPU: what a run is given in place of what it would compute. */

import { assert } from '../base/assert.ts';
import { formatShape, type Shape } from '../base/shapes.ts';
import { appendedShape, blendedShape, fourAxes } from '../tensor/editShapes.ts';
import type { Box } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type GpuTensor, gpuTensor } from './gpuTensor.ts';
import { blend } from './kernels/blend.ts';
import { copyRows } from './kernels/copyRows.ts';
import { meanPositions } from './kernels/meanPositions.ts';
import { renormalize } from './kernels/renormalize.ts';
import { floats } from './operands.ts';
import { RecordingArena } from './recordingArena.ts';

export class EditOps extends RecordingArena {
  blend(
    x: Tensor,
    boxes: readonly Box[],
    factor: number,
    y: Tensor | null,
    { causal = false }: { causal?: boolean } = {},
    label = 'blend',
  ): Tensor {
    const [input, added] = [floats(x, label), y && floats(y, label)];
    const shape = blendedShape(input, boxes, added, causal, label);
    const how = {
      axes: fourAxes(shape),
      xBatch: fourAxes(input.shape)[0],
      y: added && fourAxes(added.shape),
      boxes: boxes.length,
      factor,
      causal,
    };
    return this.#boxed(boxes, shape, label, (where, out) =>
      this.record(blend(how), [input, added ?? input, where, out]),
    );
  }

  meanPositions(x: Tensor, label = 'mean'): Tensor {
    const input = floats(x, label);
    const [batch = 0, pos = 0, d = 0] = input.shape;
    assert(input.shape.length === 3, `${label}: a mean over positions of ${formatShape(input.shape)}`);
    return this.record(meanPositions(batch, pos, d), [input, this.make([batch, 1, d], 'f32', label)]);
  }

  renormalize(pattern: Tensor, boxes: readonly Box[], label = 'pattern'): Tensor {
    const input = floats(pattern, label);
    const shape = blendedShape(input, boxes, null, true, label);
    const [batch, heads, pos] = fourAxes(shape);
    const how = { batch, heads, pos, xBatch: fourAxes(input.shape)[0], boxes: boxes.length };
    return this.#boxed(boxes, shape, label, (where, out) =>
      this.record(renormalize(how), [input, where, out]),
    );
  }

  appendRows(past: Tensor, count: number, rows: Tensor, label = 'rows'): Tensor {
    const [before, after] = [floats(past, label), floats(rows, label)];
    const { batch, m, d } = appendedShape(before, count, after, label);
    const y = this.make([batch, count + m, d], 'f32', label);
    const [entries = 1, room = 0] = before.shape;
    const into = { rows: batch, yStride: (count + m) * d };
    if (count > 0) {
      const head = { ...into, n: count * d, xRows: entries, xStride: room * d, start: 0 };
      this.record(copyRows(head), [before, y]);
    }
    const tail = { ...into, n: m * d, xRows: batch, xStride: m * d, start: count * d };
    return this.record(copyRows(tail), [after, y]);
  }

  /** A result that `body` records from boxes, which are on the device for as long as that takes. */
  #boxed(
    boxes: readonly Box[],
    shape: Shape,
    label: string,
    body: (boxes: GpuTensor, out: GpuTensor) => GpuTensor,
  ): Tensor {
    return this.tidy(() => {
      const data = Uint32Array.from(boxes.flat());
      const where = this.upload({ dtype: 'u32', shape: [boxes.length, 6], data }, `${label} (boxes)`);
      return body(gpuTensor(where), this.make(shape, 'f32', label));
    });
  }
}
