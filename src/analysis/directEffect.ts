/**
 * Attribution held against the measured direct effect: a part is taken out of the final residual, the final norm computed
 * anew, and the target read again (SCIENCE §5, paper eq. 4). Nothing before the final norm is recomputed.
 */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { labelled, type Tensor } from '../tensor/tensor.ts';
import { type ArmRun, checkIds, checkSet, promptOf, resolvePosition } from './armRun.ts';
import { type Errors, errorsOf, nmae, termNmae } from './directEffectError.ts';
import { takeNeurons } from './directEffectNeurons.ts';
import {
  lastResidual,
  Removal,
  type Taken,
  type Targets,
  taken,
  type Whole,
  wholeAt,
} from './directEffectRemoval.ts';
import { finalNorm } from './readout.ts';
import { withScratch } from './scratch.ts';
import type {
  DirectEffectArm,
  DirectEffectBetween,
  DirectEffectTargets,
  DirectEffectTerm,
  DirectEffectUnit,
} from './types/index.ts';
import { readInBlocks } from './unembed.ts';

export interface DirectEffectOptions {
  /** One (negative counts from the end), several, or every one that has a target but for position 0. */
  positions: number | 'all' | readonly number[];
  /** Ids whose mean logit is explained at every position, or which token of the prompt is. */
  target: readonly number[] | DirectEffectTargets;
  contrast: readonly number[];
  centerUnembed: boolean;
  unit: DirectEffectUnit;
  /** Whose neurons; null for the last layer's. */
  layers: 'all' | readonly number[] | null;
}

/** The activations a unit reads. */
export function directEffectHooks(
  config: ModelConfig,
  unit: DirectEffectUnit,
  layers: DirectEffectOptions['layers'],
): HookName[] {
  const last = lastResidual(config.nLayers);
  if (unit === 'neuron')
    return [last, ...neuronLayers(layers, config).map((layer) => blockHook(layer, 'mlp.hook_post'))];
  const attn = unit === 'head' ? 'attn.hook_z' : 'hook_attn_out';
  const perLayer = [...Array(config.nLayers).keys()].flatMap((layer) => [
    blockHook(layer, attn),
    blockHook(layer, 'hook_mlp_out'),
  ]);
  return ['hook_embed', 'hook_pos_embed', ...perLayer, last];
}

/**
 * Every part's attribution and direct effect on each position's target, and how far they are apart. Heads and components
 * are measured one by one; neurons, of one position only, follow from the identity and some are measured besides.
 * @throws InputError on a position, token or layer that is not there, or neurons of several positions.
 */
export async function directEffect(run: ArmRun, options: DirectEffectOptions): Promise<DirectEffectArm> {
  const { config } = run.model;
  const prompt = promptOf(run.cache);
  const positions = positionsOf(options, prompt.length);
  const tokens = positions.map((position) => tokensOf(options.target, position, prompt, config));
  const contrast = checkIds('contrast', options.contrast, config);
  const { meanRow } = await finalNorm(run.model);
  const targets = (some: readonly number[]): Targets =>
    targetsOf(
      some.map((i) => tokens[i] as number[]),
      contrast,
      options.centerUnembed ? meanRow : null,
    );
  if (options.unit === 'neuron') {
    const [position, ...more] = positions;
    if (position === undefined || more.length > 0) {
      throw new InputError(
        'Direct effects of neurons are computed at one position. Name one in place of several, or ask for heads.',
        { positions },
      );
    }
    const layers = neuronLayers(options.layers, config);
    const { whole, neurons, checked } = await takeNeurons(run, position, targets([0]), layers);
    const parts = neurons.map(({ layer, neuron }) => ({ label: `L${layer}N${neuron}`, layer, neuron }));
    const result = finish({ parts, taken: [neurons], whole: [whole] }, 'neurons');
    const tolerance = result.identityTolerance;
    const method = 'closed form' as const;
    return {
      ...common(positions, tokens, options, config, [whole]),
      ...result,
      method,
      checked: { ...checked, tolerance },
    };
  }

  const removed = await removeParts(run, positions, targets, options.unit);
  const over = options.unit === 'head' ? 'heads' : 'components';
  const result = finish(removed, over);
  return { ...common(positions, tokens, options, config, removed.whole), ...result, method: 'measured' };
}

/** Second − first; both must be of one unit and question. */
export function directEffectBetween(first: DirectEffectArm, second: DirectEffectArm): DirectEffectBetween {
  const own = new Map(first.terms.map((term) => [term.label, term]));
  return {
    terms: second.terms.map((term) => {
      const { label, layer, head, neuron } = term;
      const other = must(own.get(label), `no term ${label}`);
      return {
        ...place({ label, layer, head, neuron }),
        dla: term.dla - other.dla,
        directEffect: term.directEffect - other.directEffect,
        difference: term.difference - other.difference,
      };
    }),
    pooled: second.nmae.pooled.value - first.nmae.pooled.value,
    meanOfTerms: second.nmae.meanOfTerms.value - first.nmae.meanOfTerms.value,
  };
}

interface Part {
  label: string;
  layer?: number;
  head?: number;
  neuron?: number;
}

/** What was taken out of the residual of every position. */
interface Removed {
  readonly parts: readonly Part[];
  /** [position][part]. */
  readonly taken: readonly (readonly Taken[])[];
  /** [position]. */
  readonly whole: readonly Whole[];
}

/** Parts that are taken out together: one, or all heads of a layer. */
interface Group {
  readonly parts: readonly Part[];
  minus(removal: Removal): Tensor;
}

function groupsOf({ model }: ArmRun, unit: 'head' | 'component'): Group[] {
  const { nLayers, nHeads } = model.config;
  const summand = (label: string, hook: HookName, layer?: number): Group => ({
    parts: [place({ label, layer })],
    minus: (removal) => removal.minusHook(hook),
  });
  const heads = (layer: number): Group => ({
    parts: Array.from({ length: nHeads }, (_, head) => ({ label: `L${layer}H${head}`, layer, head })),
    minus: (removal) => removal.minusHeads(layer),
  });
  const bias = (layer: number): Group => ({
    parts: [{ label: `L${layer}.b_O`, layer }],
    minus: (removal) => removal.minusBias(must(model.params.blocks[layer], 'no such block').b_O),
  });
  const layers = [...Array(nLayers).keys()].flatMap((layer) => [
    ...(unit === 'head'
      ? [heads(layer), bias(layer)]
      : [summand(`L${layer}.attn`, blockHook(layer, 'hook_attn_out'), layer)]),
    summand(`L${layer}.mlp`, blockHook(layer, 'hook_mlp_out'), layer),
  ]);
  return [summand('embed', 'hook_embed'), summand('pos_embed', 'hook_pos_embed'), ...layers];
}

async function removeParts(
  run: ArmRun,
  positions: readonly number[],
  targets: (some: readonly number[]) => Targets,
  unit: 'head' | 'component',
): Promise<Removed> {
  const { nHeads, dModel, norm } = run.model.config;
  const groups = groupsOf(run, unit);
  const width = unit === 'head' ? nHeads : 1;
  const samples = [...positions.keys()];
  const read = await withScratch(run.model, 'direct effects', (ops) =>
    // What is repeated for a group, and what is made of one: some ten rows a head.
    readInBlocks(ops, samples, 40 * width * dModel, (some) => {
      const at = some.map((i) => positions[i] as number);
      const removal = new Removal(run, ops, at, targets(some), [1, width]);
      return [
        ...removal.whole(),
        ...groups.flatMap((group) => ops.tidy(() => removal.record(group.minus(removal)))),
      ];
    }),
  );
  const whole = samples.map((i) => wholeAt(read, i));
  const perGroup = norm.kind === 'linear' ? 2 : 5;
  const values = groups.map((_, g) => read.slice(3 + g * perGroup, 3 + (g + 1) * perGroup));
  return {
    parts: groups.flatMap(({ parts }) => parts),
    whole,
    taken: whole.map(({ scale }, i) =>
      groups.flatMap(({ parts }, g) =>
        parts.map((_, j) => taken(values[g] ?? [], i * parts.length + j, scale, dModel)),
      ),
    ),
  };
}

/** One part at one position, in numbers. */
interface Sample {
  dla: number;
  directEffect: number;
  difference: number;
  without: number;
  scaleWithout: number;
  identity: { scaleWithout: number; difference: number };
}

function sampleOf({ share, value, scale, scaleByParts }: Taken, whole: Whole): Sample {
  const dla = share / whole.scale;
  const directEffect = whole.value - value;
  const without = value - whole.bias;
  return {
    dla,
    directEffect,
    difference: directEffect - dla,
    without,
    scaleWithout: scale,
    identity: { scaleWithout: scaleByParts, difference: without * (scaleByParts / whole.scale - 1) },
  };
}

type Finished = Pick<DirectEffectArm, 'terms' | 'nmae' | 'samples' | 'identityError' | 'identityTolerance'>;

function finish({ parts, taken: all, whole }: Removed, over: DirectEffectArm['nmae']['over']): Finished {
  const samples = all.map((own, i) => own.map((one) => sampleOf(one, whole[i] as Whole)));
  const flat = samples.flat();
  const own = termNmae(errorsIn(flat, parts.length));
  const terms = parts.map(
    (part, t): DirectEffectTerm => ({
      ...part,
      ...meanOf(samples.map((row) => row[t] as Sample)),
      nmae: own[t] as number,
    }),
  );
  const counted =
    over === 'heads' ? parts.flatMap(({ head }, t) => (head === undefined ? [] : [t])) : [...parts.keys()];
  const of = samples.flatMap((row) => counted.map((t) => row[t] as Sample));
  const tensor = (field: 'dla' | 'directEffect') =>
    labelled(
      ['position', 'term'],
      [samples.length, parts.length],
      Float32Array.from(flat, (s) => s[field]),
    );
  const largest = whole.flatMap(({ value, bias }) => [Math.abs(value), Math.abs(value - bias)]);
  return {
    terms,
    nmae: { over, ...nmae(errorsIn(of, counted.length)) },
    ...(samples.length > 1 && { samples: { dla: tensor('dla'), directEffect: tensor('directEffect') } }),
    identityError: worst(flat.map(({ difference, identity }) => Math.abs(difference - identity.difference))),
    identityTolerance: 1e-4 * Math.max(1, ...largest),
  };
}

function errorsIn(samples: readonly Sample[], terms: number): Errors {
  return errorsOf(
    samples.map(({ difference }) => difference),
    samples.map(({ directEffect: effect }) => effect),
    terms,
  );
}

/** Number by number. */
function meanOf(samples: readonly Sample[]): Sample {
  const mean = (value: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length;
  return {
    dla: mean((s) => s.dla),
    directEffect: mean((s) => s.directEffect),
    difference: mean((s) => s.difference),
    without: mean((s) => s.without),
    scaleWithout: mean((s) => s.scaleWithout),
    identity: {
      scaleWithout: mean((s) => s.identity.scaleWithout),
      difference: mean((s) => s.identity.difference),
    },
  };
}

/** The largest; NaN is larger than any number. */
function worst(values: readonly number[]): number {
  return values.reduce((most, value) => (value <= most ? most : value), 0);
}

function common(
  positions: number[],
  targets: number[][],
  options: DirectEffectOptions,
  { norm }: ModelConfig,
  whole: readonly Whole[],
): Pick<DirectEffectArm, 'unit' | 'positions' | 'targets' | 'contrast' | 'convention'> {
  const { unit, contrast, target, centerUnembed } = options;
  return {
    unit,
    positions,
    targets,
    contrast: [...contrast],
    convention: {
      finalScale: norm.kind === 'layer' ? 'frozen' : 'none',
      scale: whole.reduce((sum, { scale }) => sum + scale, 0) / whole.length,
      centerUnembed,
      valueBias: 'head',
      targets: typeof target === 'string' ? target : 'given',
    },
  };
}

/** The positions asked for, counted from 0. */
function positionsOf({ positions, target }: DirectEffectOptions, pos: number): number[] {
  if (typeof positions === 'number') return [resolvePosition(positions, pos)];
  if (positions !== 'all') {
    if (positions.length > 0) return positions.map((position) => resolvePosition(position, pos));
    throw new InputError("The list of positions is empty. Name at least one, or 'all'.", { positions });
  }
  const end = target === 'next' ? pos - 1 : pos;
  if (end > 1) return Array.from({ length: end - 1 }, (_, i) => i + 1);
  throw new InputError(
    `The prompt has ${pos} ${pos === 1 ? 'token' : 'tokens'}, so that no position but 0 has a target. Make it longer, or name the position.`,
    { tokens: pos },
  );
}

/** The ids explained at one position. */
function tokensOf(
  target: DirectEffectOptions['target'],
  position: number,
  prompt: readonly number[],
  config: ModelConfig,
): number[] {
  if (typeof target !== 'string') return [...checkSet('target', target, config)];
  const id = prompt[target === 'next' ? position + 1 : position];
  if (id !== undefined) return [id];
  throw new InputError(
    `Position ${position} is the last, so that no token follows it. Leave it out, name a target, or ask for targets 'last-input'.`,
    { position },
  );
}

/** Rows of W_U and their weights: 1/n each for the target's n, −1/m for the contrast's m. */
function targetsOf(
  tokens: readonly (readonly number[])[],
  contrast: readonly number[],
  meanRow: Float32Array | null,
): Targets {
  const ids = [...new Set([...tokens.flat(), ...contrast])];
  const weights = new Float32Array(tokens.length * ids.length);
  tokens.forEach((target, row) => {
    const add = (id: number, weight: number) => {
      const at = row * ids.length + ids.indexOf(id);
      weights[at] = (weights[at] as number) + weight;
    };
    for (const id of target) add(id, 1 / target.length);
    for (const id of contrast) add(id, -1 / contrast.length);
  });
  return { ids, weights, subtracted: contrast.length > 0 ? null : meanRow };
}

function neuronLayers(layers: DirectEffectOptions['layers'], { nLayers }: ModelConfig): number[] {
  if (layers === null) return [nLayers - 1];
  if (layers === 'all') return [...Array(nLayers).keys()];
  const bad = layers.find((layer) => !Number.isInteger(layer) || layer < 0 || layer >= nLayers);
  if (bad === undefined && layers.length > 0) return [...new Set(layers)];
  throw new InputError(`layers must name layers from 0 to ${nLayers - 1}, or be 'all'.`, { layers });
}

/** Without the fields that it does not have. */
function place({ label, layer, head, neuron }: Part): Part {
  return {
    label,
    ...(layer !== undefined && { layer }),
    ...(head !== undefined && { head }),
    ...(neuron !== undefined && { neuron }),
  };
}
