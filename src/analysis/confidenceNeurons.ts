/** Confidence neurons: large writers that move the logits' spread but hardly any logit (SCIENCE §6, paper eq. 11–12). */

import { blockHook, type HookName } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { labelled } from '../tensor/tensor.ts';
import { type ArmRun, checkCount, promptOf } from './armRun.ts';
import { uploadIds, withScratch } from './scratch.ts';
import type { ConfidenceNeuronsArm, NeuronStats } from './types/index.ts';
import {
  defaultNullDimension,
  nullSpace,
  type UnembeddingSpectrum,
  unembeddingSpectrum,
} from './unembeddingSpectrum.ts';
import { centred, dot, lengthOf } from './vectors.ts';

export function confidenceHooks(config: ModelConfig): HookName[] {
  return [blockHook(config.nLayers - 1, 'mlp.hook_post')];
}

export interface RankedNeurons {
  /** Every last-layer neuron, best first. */
  readonly ranking: readonly NeuronStats[];
  readonly spectrum: UnembeddingSpectrum;
  readonly nullDimension: number;
}

/** Ranks a model's last-layer neurons by ‖w_out‖ ÷ LogitVar, from its own weights. `dimension` null: the default. */
export async function rankConfidenceNeurons(model: Model, dimension: number | null): Promise<RankedNeurons> {
  const { dMlp, nLayers, dModel } = model.config;
  if (dimension !== null) checkCount('nullDimension', dimension, 1, dModel - 1);
  const spectrum = await unembeddingSpectrum(model);
  const nullDimension = dimension ?? defaultNullDimension(spectrum);
  const W_out = await withScratch(model, 'W_out of the last layer', async (ops) => {
    const block = model.params.blocks[nLayers - 1] as (typeof model.params.blocks)[number];
    const [data] = await ops.read([ops.embed(block.W_out, uploadIds(ops, [...Array(dMlp).keys()]), 'W_out')]);
    return data;
  });
  const hidden = nullSpace(spectrum, nullDimension);
  const stats = Array.from({ length: dMlp }, (_, neuron) =>
    neuronStats(neuron, W_out.subarray(neuron * dModel, (neuron + 1) * dModel), spectrum, hidden),
  );
  const ranking = stats
    .sort((a, b) => b.score - a.score || a.neuron - b.neuron)
    .map((s, rank) => ({ ...s, rank }));
  return { ranking, spectrum, nullDimension };
}

/**
 * One neuron's numbers. LogitVar is the variance (n − 1) over tokens of cos(w, u_v): with unit columns û_v it is
 * (ŵᵀ(Σûûᵀ)ŵ − n·(ŵ·mean û)²)/(n − 1), so only d × d sums are needed.
 */
export function neuronStats(
  neuron: number,
  writing: ArrayLike<number>,
  spectrum: UnembeddingSpectrum,
  hidden: readonly Float64Array[],
): NeuronStats {
  const { dModel: d, dVocab: n, unitGram, unitMean } = spectrum;
  const written = centred(writing);
  const norm = lengthOf(written);
  if (norm === 0) return { neuron, norm: 0, logitVar: 0, score: 0, rank: 0, nullShare: 0 };

  const unit = written.map((x) => x / norm);
  let sumOfSquares = 0;
  for (let i = 0; i < d; i++)
    sumOfSquares += (unit[i] as number) * dot(unit, unitGram.subarray(i * d, (i + 1) * d));
  const logitVar = (sumOfSquares - n * dot(unit, unitMean) ** 2) / (n - 1);
  const nullShare = hidden.reduce((sum, direction) => sum + dot(unit, direction) ** 2, 0);
  return { neuron, norm, logitVar, score: norm / logitVar, rank: 0, nullShare };
}

/** One arm's view of the neurons that `by`'s ranking chose: their numbers on this arm's weights, their activations on this prompt. */
export async function confidenceNeurons(
  run: ArmRun,
  own: RankedNeurons,
  by: string,
  neurons: readonly number[],
): Promise<ConfidenceNeuronsArm> {
  const layer = run.model.config.nLayers - 1;
  const T = promptOf(run.cache).length;
  const { dMlp } = run.model.config;
  const post = await withScratch(run.model, 'neuron activations', async (ops) => {
    const [data] = await ops.read([run.cache.get(blockHook(layer, 'mlp.hook_post'))]);
    return data;
  });
  const activations = new Float32Array(T * neurons.length);
  for (let p = 0; p < T; p++) {
    neurons.forEach((neuron, i) => {
      activations[p * neurons.length + i] = post[p * dMlp + neuron] as number;
    });
  }
  const byIndex = new Map(own.ranking.map((stats) => [stats.neuron, stats]));
  return {
    layer,
    by,
    neurons: [...neurons],
    stats: neurons.map((neuron) => byIndex.get(neuron) as NeuronStats),
    ranking: own.ranking.slice(0, neurons.length),
    activations: labelled(['position', 'neuron'], [T, neurons.length], activations),
    singularValues: [...own.spectrum.singularValues],
    nullDimension: own.nullDimension,
  };
}
