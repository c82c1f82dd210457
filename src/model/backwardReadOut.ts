/** The backward pass from a metric to the last residual stream. */

import type { DeviceParams } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { normOf, type Pass } from './backwardParts.ts';
import { blockHook, type HookName } from './hooks.ts';
import { type Metric, readMetric } from './metric.ts';

/** The metric, and its gradient by the last hook_resid_post [batch, pos, d_model]: 0 but at one position. */
export function readOutBack(
  pass: Pass,
  { lnFinal, W_U }: DeviceParams,
  metric: Metric,
  reference: Tensor | null,
): readonly [metric: Tensor, dResid: Tensor] {
  const { ops, config, cache, wants, see } = pass;
  const resid = rowAt(pass, cache.get(blockHook(config.nLayers - 1, 'hook_resid_post')), metric.position);
  const { params, kind } = normOf(pass, lnFinal, 'ln_final');
  const { normalized } = ops.norm(resid, params, kind, 'ln_final'); // [batch, 1, d_model]
  const { value, dNormalized, dLogits } = readMetric(ops, W_U, metric, normalized, reference);
  const { dx, dScale } = ops.normBack(dNormalized, resid, params, kind, 'ln_final');

  const all = (name: HookName, row: () => Tensor) => {
    if (wants(name)) see(name, placed(pass, row(), metric.position, name));
  };
  all('logits', dLogits);
  all('ln_final.hook_normalized', () => dNormalized);
  all('ln_final.hook_scale', () => dScale);
  return [value, placed(pass, dx, metric.position, 'ln_final')];
}

/** One position of every batch entry: [batch, pos, n] → [batch, 1, n]. */
function rowAt({ ops, cache: { batch, pos } }: Pass, x: Tensor, position: number): Tensor {
  const data = Uint32Array.from({ length: batch }, (_, entry) => entry * pos + position);
  return ops.embed(x, ops.upload({ dtype: 'u32', shape: [batch, 1], data }, 'position'), x.label);
}

/** A row at its position and 0 elsewhere: [batch, 1, n] → [batch, pos, n]. */
function placed({ ops, cache: { batch, pos } }: Pass, row: Tensor, position: number, label: string): Tensor {
  const n = row.shape[2] as number;
  const zero = ops.upload({ dtype: 'f32', shape: [1, 1, n], data: new Float32Array(n) }, '0');
  const table = ops.appendRows(zero, 1, row); // [batch, 2, n]: 0, then the row
  const data = Uint32Array.from(
    { length: batch * pos },
    (_, i) => 2 * Math.floor(i / pos) + Number(i % pos === position),
  );
  return ops.embed(table, ops.upload({ dtype: 'u32', shape: [batch, pos], data }, 'rows'), label);
}
