/** Direct effects of all neurons of some layers at one position: by the identity of SCIENCE §5, held against measuring some. */

import { must } from '../base/assert.ts';
import { blockHook } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ArmRun } from './armRun.ts';
import { Removal, type Taken, type Targets, type Whole, wholeAt } from './directEffectRemoval.ts';
import { uploadIds, withScratch } from './scratch.ts';
import { readInBlocks } from './unembed.ts';

/** Neurons measured per layer: so many of the largest shares, and so many evenly over the layer. */
const CHECKED = 8;

/** One neuron, as its part of the residual is taken out. */
export interface NeuronTaken extends Taken {
  readonly layer: number;
  readonly neuron: number;
}

export interface NeuronsTaken {
  readonly whole: Whole;
  readonly neurons: readonly NeuronTaken[];
  readonly checked: { neurons: number; worst: number };
}

/**
 * L₋c = (L − DLA)·σ/σ′ and σ′² = σ² + |c̃|²/d − 2x̃·c̃/d for c = activation × w_out: two dot products and a norm per neuron
 * in place of a residual each. Of every layer some are taken out in earnest besides; `worst` is the largest difference.
 */
export async function takeNeurons(
  run: ArmRun,
  position: number,
  targets: Targets,
  layers: readonly number[],
): Promise<NeuronsTaken> {
  const { model } = run;
  return withScratch(model, 'direct effects of neurons', async (ops) => {
    const removal = new Removal(run, ops, [position], targets, [2 * CHECKED]);
    const whole = wholeAt(await ops.read(removal.whole()), 0);
    const neurons: NeuronTaken[] = [];
    let [count, worst] = [0, 0];
    for (const layer of layers) {
      const activations = await activationsAt(run, ops, layer, position);
      const own = await byIdentity(run, ops, removal, whole, layer, activations);
      neurons.push(...own);
      const some = sampleOf(own);
      const measured = await measure(removal, ops, layer, some, activations);
      some.forEach((neuron, i) => {
        const off = Math.abs((measured[i] as number) - (own[neuron] as NeuronTaken).value);
        if (!(off <= worst)) worst = off; // NaN is worse than any number
      });
      count += some.length;
    }
    return { whole, neurons, checked: { neurons: count, worst } };
  });
}

async function activationsAt(run: ArmRun, ops: Ops, layer: number, position: number): Promise<Float32Array> {
  const post = run.cache.get(blockHook(layer, 'mlp.hook_post'));
  const [activations] = await ops.read([ops.embed(post, uploadIds(ops, [position], 'position'))]);
  return activations;
}

/** Every neuron of a layer, in order. */
async function byIdentity(
  { model }: ArmRun,
  ops: Ops,
  removal: Removal,
  whole: Whole,
  layer: number,
  activations: Float32Array,
): Promise<NeuronTaken[]> {
  const { dMlp, dModel, norm } = model.config;
  const { W_out } = must(model.params.blocks[layer], `no block ${layer}`);
  const all = Array.from({ length: dMlp }, (_, neuron) => neuron);
  const [shares, squares, crosses] = await readInBlocks(ops, all, 8 * dModel, (some): Tensor[] => {
    const written = ops.embed(W_out, uploadIds(ops, some, 'neurons'), 'w_out'); // [some, d_model]
    return [...removal.against(written)];
  });
  const sigma = whole.scale;
  return all.map((neuron): NeuronTaken => {
    const a = activations[neuron] as number;
    const share = a * (shares?.[neuron] as number);
    const moved = (a * a * (squares?.[neuron] as number) - 2 * a * (crosses?.[neuron] as number)) / dModel;
    const scale = norm.kind === 'linear' ? 1 : Math.sqrt(sigma ** 2 + moved);
    const without = ((whole.value - whole.bias - share / sigma) * sigma) / scale;
    return { layer, neuron, share, value: without + whole.bias, scale, scaleByParts: scale };
  });
}

/** The neurons with the largest shares and as many evenly over the layer; fewer where the layer is small. */
function sampleOf(neurons: readonly NeuronTaken[]): number[] {
  const bySize = [...neurons].sort((a, b) => Math.abs(b.share) - Math.abs(a.share));
  const stride = Math.max(1, Math.floor(neurons.length / CHECKED));
  const even = Array.from({ length: CHECKED }, (_, i) => (i * stride) % neurons.length);
  const largest = bySize.slice(0, CHECKED).map(({ neuron }) => neuron);
  return Array.from({ length: 2 * CHECKED }, (_, i) => [...largest, ...even][i] ?? 0);
}

/** The target's value without each of these neurons, as measured. */
async function measure(
  removal: Removal,
  ops: Ops,
  layer: number,
  neurons: readonly number[],
  activations: Float32Array,
): Promise<Float32Array> {
  const minus = removal.minusNeurons(
    layer,
    neurons,
    neurons.map((neuron) => activations[neuron] as number),
  );
  const [, value] = await ops.read(removal.record(minus));
  return must(value, 'no value without a neuron');
}
