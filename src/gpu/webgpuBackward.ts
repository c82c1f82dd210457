/** The backward ops of the seam on WebGPU: the gradient of an op's input, given that of its output. */

import { assert } from '../base/assert.ts';
import { lastAxis, rows, size } from '../base/shapes.ts';
import { checkLike, checkMix, joinedShape } from '../tensor/editShapes.ts';
import type { NormKind, NormParams } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { epsOf } from './families/family.ts';
import { attentionScores } from './kernels/attentionScores.ts';
import { copyRows } from './kernels/copyRows.ts';
import { geluBack } from './kernels/geluBack.ts';
import { mix } from './kernels/mix.ts';
import { softmaxBack } from './kernels/softmaxBack.ts';
import { floats } from './operands.ts';
import { EditOps } from './webgpuEdits.ts';

export class BackwardOps extends EditOps {
  join(parts: readonly Tensor[], label = 'joined'): Tensor {
    const inputs = parts.map((part) => floats(part, label));
    const y = this.make(joinedShape(inputs, label), 'f32', label);
    const into = { rows: rows(y.shape), xRows: rows(y.shape), yStride: lastAxis(y.shape) };
    let start = 0;
    for (const part of inputs) {
      const n = lastAxis(part.shape);
      this.record(copyRows({ ...into, n, xStride: n, start }), [part, y]);
      start += n;
    }
    return y;
  }

  normBack(
    dy: Tensor,
    x: Tensor,
    params: NormParams<Tensor>,
    kind: NormKind,
    label = 'norm',
  ): { dx: Tensor; dScale: Tensor } {
    const [given, input, w] = [floats(dy, label), floats(x, label), floats(params.w, label)];
    const [r, d] = [rows(input.shape), lastAxis(input.shape)];
    checkLike(given, input, label);
    assert(size(w.shape) === d, `${label}: gain is not [${d}]`);
    const dx = this.make(input.shape, 'f32', `${label} (dx)`);
    const scale = [...input.shape.slice(0, -1), 1];
    const dScale = this.make(scale, 'f32', `${label}.hook_scale (gradient)`);
    this.record(this.family(r).normBack(r, d, epsOf(kind)), [given, input, w, dx, dScale]);
    return { dx, dScale };
  }

  geluBack(dy: Tensor, x: Tensor, label = 'pre (gradient)'): Tensor {
    const [given, input] = [floats(dy, label), floats(x, label)];
    checkLike(given, input, label);
    const dx = this.make(input.shape, 'f32', label);
    return this.record(geluBack(size(input.shape)), [given, input, dx]);
  }

  softmaxBack(dy: Tensor, y: Tensor, label = 'scores (gradient)'): Tensor {
    const [given, output] = [floats(dy, label), floats(y, label)];
    checkLike(given, output, label);
    const dx = this.make(output.shape, 'f32', label);
    return this.record(softmaxBack(rows(output.shape), lastAxis(output.shape)), [given, output, dx]);
  }

  mixBack(dz: Tensor, pattern: Tensor, v: Tensor, label = 'mix'): { pattern: Tensor; v: Tensor } {
    const [given, weights, values] = [floats(dz, label), floats(pattern, label), floats(v, label)];
    const { batch, heads, pos, dHead } = checkMix(given, weights, values, label);
    const dPattern = this.make(weights.shape, 'f32', `${label} pattern (gradient)`);
    const dv = this.make(values.shape, 'f32', `${label} v (gradient)`);
    this.record(attentionScores(batch, heads, pos, dHead, 'products'), [given, values, dPattern]);
    this.record(mix(batch, heads, pos, dHead, { of: 'keys', factor: 1 }), [weights, given, dv]);
    return { pattern: dPattern, v: dv };
  }

  scoresBack(dScores: Tensor, q: Tensor, k: Tensor, label = 'scores'): { q: Tensor; k: Tensor } {
    const [given, queries, keys] = [floats(dScores, label), floats(q, label), floats(k, label)];
    const { batch, heads, pos, dHead } = checkMix(queries, given, keys, label);
    const factor = 1 / Math.sqrt(dHead);
    const dq = this.make(queries.shape, 'f32', `${label} q (gradient)`);
    const dk = this.make(keys.shape, 'f32', `${label} k (gradient)`);
    this.record(mix(batch, heads, pos, dHead, { of: 'queries', factor }), [given, keys, dq]);
    this.record(mix(batch, heads, pos, dHead, { of: 'keys', factor }), [given, queries, dk]);
    return { q: dq, k: dk };
  }
}
