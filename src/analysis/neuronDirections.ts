/** What last-layer neurons and other directions of the final residual write to the logits, kept where the weights alone decide it. */

import type { Model } from '../model/model.ts';
import { finalNorm } from './readout.ts';
import { uploadIds, uploadRows, withScratch } from './scratch.ts';
import { centred } from './vectors.ts';

/** C·w_out of some last-layer neurons. */
export async function writings(model: Model, neurons: readonly number[]): Promise<Float64Array[]> {
  const d = model.config.dModel;
  const block = model.params.blocks[model.config.nLayers - 1] as (typeof model.params.blocks)[number];
  const data = await withScratch(model, 'w_out', async (ops) => {
    const [rows] = await ops.read([ops.embed(block.W_out, uploadIds(ops, neurons), 'w_out')]);
    return rows;
  });
  return neurons.map((_, i) => centred(data.subarray(i * d, (i + 1) * d)));
}

/** What a unit of each centred direction, divided by σ, adds to every logit: W_U·(gain ⊙ w), [directions, d_vocab]. */
async function logitsOfDirections(
  model: Model,
  directions: readonly Float64Array[],
): Promise<Float32Array[]> {
  const { gain } = await finalNorm(model);
  return withScratch(model, 'logits of directions', async (ops) => {
    const folded = directions.map((w) => w.map((x, i) => x * (gain[i] as number)));
    const [data] = await ops.read([ops.linearT(uploadRows(ops, folded, 'directions'), model.params.W_U)]);
    const n = data.length / directions.length;
    return directions.map((_, i) => data.slice(i * n, (i + 1) * n));
  });
}

/** Rows kept per model; the one used longest ago goes first. 64 of GPT-2's vocabulary are 13 MB of host memory. */
const KEPT = 64;

const kept = new WeakMap<Model, Map<number, Float32Array>>();

/**
 * m_n = W_U·(gain ⊙ C·w_out,n) of some last-layer neurons, in their order. Kept per model and neuron in host memory: it
 * follows from the weights alone, which never change, and so outlives parking and a lost device.
 */
export async function logitsOfNeurons(
  model: Model,
  neurons: readonly number[],
  directions: readonly Float64Array[],
): Promise<Float32Array[]> {
  const known = kept.get(model) ?? new Map<number, Float32Array>();
  kept.set(model, known);
  const missing = [...neurons.keys()].filter((i) => !known.has(neurons[i] as number));
  const made =
    missing.length === 0
      ? []
      : await logitsOfDirections(
          model,
          missing.map((i) => directions[i] as Float64Array),
        );
  const rows = neurons.map((neuron, i) => {
    const row = known.get(neuron) ?? (made[missing.indexOf(i)] as Float32Array);
    known.delete(neuron); // to the end of the order of use
    known.set(neuron, row);
    return row;
  });
  for (const neuron of known.keys()) {
    if (known.size <= KEPT) break;
    known.delete(neuron);
  }
  return rows;
}

/** `logitsOfDirections` of one direction that is no neuron's. */
export async function logitsOfDirection(model: Model, direction: Float64Array): Promise<Float32Array> {
  const [row] = await logitsOfDirections(model, [direction]);
  return row as Float32Array;
}

/** Forgets what is kept, for measuring what it saves. */
export function forgetLogitsOfNeurons(model: Model): void {
  kept.delete(model);
}

const biases = new WeakMap<Model, Promise<Float32Array | null>>();

/** b_U′ = W_U·β, what every logit has besides what the norm scales; null where the final bias is zero. */
export function logitBias(model: Model): Promise<Float32Array | null> {
  const known = biases.get(model);
  if (known) return known;
  const made = computeBias(model);
  made.catch(() => biases.delete(model)); // a failed read (a lost device) must not stick
  biases.set(model, made);
  return made;
}

async function computeBias(model: Model): Promise<Float32Array | null> {
  const { bias } = await finalNorm(model);
  if (bias.every((x) => x === 0)) return null;
  return withScratch(model, 'b_U', async (ops) => {
    const [row] = await ops.read([ops.linearT(uploadRows(ops, [bias], 'final bias'), model.params.W_U)]);
    return row;
  });
}
