/** What changed activations of last-layer neurons are worked out from, read from the device. */

import { blockHook } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ArmRun } from './armRun.ts';
import { finalSigma } from './finalSigma.ts';
import type { ReadUpdates } from './neuronAblationUpdates.ts';
import { writings } from './neuronDirections.ts';
import { uploadRows, withScratch } from './scratch.ts';

/** Of each neuron its activations and the residual along what it writes; σ of the final residual. Takes the model's parameters. */
export async function readUpdates(run: ArmRun, neurons: readonly number[]): Promise<ReadUpdates> {
  const { model, cache } = run;
  const writing = await writings(model, neurons);
  return withScratch(model, 'neuron ablation', async (ops) => {
    const resid = cache.get(blockHook(model.config.nLayers - 1, 'hook_resid_post')); // [1, pos, d_model]
    const [post, along, sigma] = await ops.read([
      activationRows(run, ops, neurons),
      ops.linearT(uploadRows(ops, writing, 'C·w_out'), resid), // [neurons, pos]
      finalSigma(run, ops),
    ]);
    return {
      activations: rowsOf(post, neurons.length),
      along: rowsOf(along, neurons.length),
      sigma,
      writing,
    };
  });
}

/** Of each neuron of the last layer its activations by position. */
export async function activationsOf(run: ArmRun, neurons: readonly number[]): Promise<Float32Array[]> {
  const post = await withScratch(run.model, 'neuron activations', async (ops) => {
    const [data] = await ops.read([activationRows(run, ops, neurons)]);
    return data;
  });
  return rowsOf(post, neurons.length);
}

/** mlp.hook_post of these neurons, [neurons, pos]: not the other way round, since products compute many columns at a time. */
function activationRows({ model, cache }: ArmRun, ops: Ops, neurons: readonly number[]): Tensor {
  const { dMlp, nLayers } = model.config;
  const units = neurons.map((neuron) => {
    const unit = new Float32Array(dMlp);
    unit[neuron] = 1;
    return unit;
  });
  return ops.linearT(
    uploadRows(ops, units, 'these neurons'),
    cache.get(blockHook(nLayers - 1, 'mlp.hook_post')),
  );
}

/** The rows of a table of so many. */
function rowsOf(values: Float32Array, count: number): Float32Array[] {
  const width = values.length / count;
  return Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width));
}
