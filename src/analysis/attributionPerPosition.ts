/**
 * Direct logit attribution with a target of its own at every position: every head's or every neuron's share of each
 * (SCIENCE §5). G = U·W_Oᵀ per layer, then a dot product per row and head: what heads write is never built.
 */

import { InputError } from '../base/errors.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { difference, type LabelledTensor, labelled } from '../tensor/tensor.ts';
import { type ArmRun, checkCount, checkIds, promptOf } from './armRun.ts';
import { closingTolerance } from './directLogitAttribution.ts';
import { PerPositionShares } from './perPositionShares.ts';
import { MAX_K } from './predictions.ts';
import { finalNorm } from './readout.ts';
import { withScratch } from './scratch.ts';
import type {
  DlaPerPositionArm,
  DlaPerPositionBetween,
  DlaPerPositionTerms,
  DlaPerPositionUnit,
  DlaTerm,
} from './types/index.ts';

export interface PerPositionOptions {
  /** A token id for each position, or the actual next token, which all positions but the last have. */
  targets: 'next' | readonly number[];
  /** Token ids whose logits are subtracted, one for each target; empty for none. */
  contrasts: readonly number[];
  /** Subtracts the mean logit over the vocabulary; no difference for contrasts. */
  centerUnembed: boolean;
  unit: DlaPerPositionUnit;
  /** Neurons named per position. */
  k: number;
}

/** The activations a unit reads. */
export function perPositionHooks(config: ModelConfig, unit: DlaPerPositionUnit): HookName[] {
  const [attn, mlp] =
    unit === 'head'
      ? (['attn.hook_z', 'hook_mlp_out'] as const)
      : (['hook_attn_out', 'mlp.hook_post'] as const);
  const layers = [...Array(config.nLayers).keys()].flatMap((layer) => [
    blockHook(layer, attn),
    blockHook(layer, mlp),
  ]);
  return ['hook_embed', 'hook_pos_embed', ...layers, 'ln_final.hook_scale', 'ln_final.hook_normalized'];
}

/**
 * Every term's share of each position's own target, from position 0 on. With LN each position's final scale is frozen at
 * this run's own σ; without LN there is none and each share is exact. Value biases are inside the heads. The terms add
 * up to `actual`, the model's own logits. Of neurons only the k largest per position leave the device.
 * @throws InputError on lists that are not one token of the vocabulary for each position.
 */
export async function attributionPerPosition(
  run: ArmRun,
  options: PerPositionOptions,
): Promise<DlaPerPositionArm> {
  const { config } = run.model;
  const { unit, centerUnembed } = options;
  const { targets, contrasts } = checkLists(options, promptOf(run.cache), config);
  const k = checkCount('k', options.k, 1, Math.min(MAX_K, config.dMlp));
  const { meanRow } = await finalNorm(run.model);

  const read = await withScratch(run.model, 'attribution per position', (ops) => {
    const recorder = new PerPositionShares(run, ops);
    const subtracted = centerUnembed && contrasts.length === 0 ? meanRow : contrasts;
    const unembed = recorder.unembedding(targets, subtracted); // [1, pos, d_model]
    const direction = recorder.direction(unembed); // [1, pos, d_model]
    const layers = run.model.params.blocks.flatMap((_, layer) => {
      const shares = ops.tidy(() =>
        unit === 'head' ? recorder.heads(layer, direction) : recorder.neurons(layer, direction, k),
      );
      ops.border();
      return shares;
    });
    const edits = recorder.edits(['resid', unit === 'head' ? 'attn_out' : 'mlp_out'], direction);
    return ops.read([...recorder.ends(unembed, direction), ...layers, ...edits]);
  });
  return finish(read, { ...options, targets, contrasts }, config);
}

/** Second − first; both must be of one unit and the same targets. */
export function perPositionBetween(
  first: DlaPerPositionArm,
  second: DlaPerPositionArm,
): DlaPerPositionBetween {
  const { embed, pos_embed, attn, mlp, b_U } = first.terms;
  return {
    terms: {
      embed: difference(embed, second.terms.embed),
      pos_embed: difference(pos_embed, second.terms.pos_embed),
      attn: difference(attn, second.terms.attn),
      mlp: difference(mlp, second.terms.mlp),
      b_U: difference(b_U, second.terms.b_U),
      ...(first.terms.edits &&
        second.terms.edits && { edits: difference(first.terms.edits, second.terms.edits) }),
    },
    ...(first.heads && second.heads && { heads: difference(first.heads, second.heads) }),
    sum: difference(first.sum, second.sum),
    actual: difference(first.actual, second.actual),
  };
}

interface Lists {
  readonly targets: readonly number[];
  readonly contrasts: readonly number[];
}

function checkLists(options: PerPositionOptions, prompt: readonly number[], config: ModelConfig): Lists {
  const { contrasts } = options;
  const targets = options.targets === 'next' ? prompt.slice(1) : options.targets;
  if (options.targets !== 'next')
    checkLength('targets', targets, prompt.length, 'each position of the prompt');
  if (targets.length === 0) {
    throw new InputError(
      'The prompt is one token, so that no position has a next one. Make it longer, or name a target.',
      { tokens: prompt.length },
    );
  }
  if (contrasts.length > 0) checkLength('contrasts', contrasts, targets.length, 'each target');
  return {
    targets: checkIds('targets', targets, config),
    contrasts: checkIds('contrasts', contrasts, config),
  };
}

function checkLength(name: string, ids: readonly number[], count: number, each: string): void {
  if (ids.length === count) return;
  throw new InputError(`The ${name} are ${ids.length}, but must be ${count}: one token for ${each}.`, {
    [name]: ids,
    count,
  });
}

/** One layer's shares at a position, not yet divided by σ. */
interface LayerShares {
  /** Add up to the attention's share. */
  attn(position: number): number[];
  /** Add up to the MLP's. */
  mlp(position: number): number[];
  heads(position: number): number[];
  /** Those that may be among the largest. */
  neurons(position: number): DlaTerm[];
}

type Read = readonly Float32Array[];

/** From what `PerPositionShares.heads` recorded. */
function layerOfHeads([heads, b_O, mlp]: Read, nHeads: number): LayerShares {
  const headsAt = (p: number) => [...(heads?.subarray(p * nHeads, (p + 1) * nHeads) ?? [])];
  return {
    attn: (p) => [...headsAt(p), b_O?.[p] as number],
    mlp: (p) => [mlp?.[p] as number],
    heads: headsAt,
    neurons: () => [],
  };
}

/** From what `PerPositionShares.neurons` recorded. */
function layerOfNeurons([attn, neurons, b_out, largest, which]: Read, layer: number, k: number): LayerShares {
  return {
    attn: (p) => [attn?.[p] as number],
    mlp: (p) => [neurons?.[p] as number, b_out?.[p] as number],
    heads: () => [],
    neurons: (p) =>
      Array.from({ length: k }, (_, i): DlaTerm => {
        const neuron = which?.[p * k + i] as number;
        return { label: `L${layer}N${neuron}`, layer, neuron, value: largest?.[p * k + i] as number };
      }),
  };
}

/** Divides every share by σ, adds up what closes, and names the neurons. */
function finish(read: Read, options: PerPositionOptions & Lists, config: ModelConfig): DlaPerPositionArm {
  const { targets, contrasts, unit, centerUnembed, k } = options;
  const { nLayers, nHeads } = config;
  const [sigma, embed, posEmbed, bias, actual] = read as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const perLayer = unit === 'head' ? 3 : 5;
  const [rest, edits] = [read.slice(5, 5 + nLayers * perLayer), read.slice(5 + nLayers * perLayer)];
  const layers = Array.from({ length: nLayers }, (_, layer) => {
    const own = rest.slice(layer * perLayer, (layer + 1) * perLayer);
    return unit === 'head' ? layerOfHeads(own, nHeads) : layerOfNeurons(own, layer, k);
  });

  const positions = [...targets.keys()];
  const count = positions.length;
  const scale = (p: number) => sigma[p] as number;
  const perPosition = (value: (p: number) => number) =>
    labelled(['position'], [count], Float32Array.from(positions, value));
  const share = (values: Float32Array) => perPosition((p) => (values[p] as number) / scale(p));
  const perLayerOf = (parts: (own: LayerShares, p: number) => number[]) => {
    const values = positions.flatMap((p) => layers.map((own) => sum(parts(own, p)) / scale(p)));
    return labelled(['position', 'layer'], [count, nLayers], Float32Array.from(values));
  };
  const terms: DlaPerPositionTerms = {
    embed: share(embed),
    pos_embed: share(posEmbed),
    attn: perLayerOf((own, p) => own.attn(p)),
    mlp: perLayerOf((own, p) => own.mlp(p)),
    b_U: perPosition((p) => bias[p] as number),
    ...(edits.length > 0 && {
      edits: perPosition((p) => sum(edits.map((values) => values[p] as number)) / scale(p)),
    }),
  };
  const closed = positions.map((p) => close(terms, p, actual[p] as number));
  const fine =
    unit === 'head'
      ? { heads: headsOf(layers, positions, nHeads, scale) }
      : { neurons: positions.map((p) => largestNeurons(layers, p, k, scale(p))) };
  return {
    unit,
    targets: [...targets],
    contrasts: [...contrasts],
    terms,
    ...fine,
    sum: perPosition((p) => (closed[p] as Closed).sum),
    actual: perPosition((p) => actual[p] as number),
    error: perPosition((p) => (closed[p] as Closed).error),
    tolerance: perPosition((p) => (closed[p] as Closed).tolerance),
    convention: {
      finalScale: config.norm.kind === 'layer' ? 'frozen' : 'none',
      scale: perPosition(scale),
      centerUnembed,
      valueBias: 'head',
    },
  };
}

interface Closed {
  readonly sum: number;
  readonly error: number;
  readonly tolerance: number;
}

/** All terms at one position against the actual value. */
function close(terms: DlaPerPositionTerms, position: number, actual: number): Closed {
  const values = Object.values(terms).flatMap(({ data, shape }: LabelledTensor) => {
    const width = data.length / (shape[0] as number);
    return [...data.subarray(position * width, (position + 1) * width)];
  });
  const total = sum(values);
  return { sum: total, error: Math.abs(total - actual), tolerance: closingTolerance(values, actual) };
}

/** [position, layer, head]. */
function headsOf(
  layers: readonly LayerShares[],
  positions: readonly number[],
  nHeads: number,
  scale: (p: number) => number,
): LabelledTensor {
  const values = positions.flatMap((p) =>
    layers.flatMap((own) => own.heads(p).map((value) => value / scale(p))),
  );
  const shape = [positions.length, layers.length, nHeads];
  return labelled(['position', 'layer', 'head'], shape, Float32Array.from(values));
}

/** The k neurons of all layers with the largest |share| at one position, the largest first. */
function largestNeurons(
  layers: readonly LayerShares[],
  position: number,
  k: number,
  scale: number,
): DlaTerm[] {
  return layers
    .flatMap((own) => own.neurons(position))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, k)
    .map((term) => ({ ...term, value: term.value / scale }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
