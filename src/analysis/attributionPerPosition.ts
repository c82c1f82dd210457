/**
 * Direct logit attribution with a target of its own at every position: every head's or every neuron's share of each
 * (SCIENCE §5). G = U·W_Oᵀ per layer, then a dot product per row and head: what heads write is never built.
 */

import { InputError } from '../base/errors.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type LabelledTensor, labelled, type Tensor } from '../tensor/tensor.ts';
import { type ArmRun, checkCount, checkIds, promptOf } from './armRun.ts';
import { closingTolerance } from './directLogitAttribution.ts';
import { MAX_K } from './predictions.ts';
import { finalNorm } from './readout.ts';
import { uploadVector, withScratch } from './scratch.ts';
import type {
  DlaPerPositionArm,
  DlaPerPositionBetween,
  DlaPerPositionTerms,
  DlaPerPositionUnit,
  DlaTerm,
} from './types.ts';

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
    const recorder = new PerPosition(run, ops);
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
    return ops.read([...recorder.ends(unembed, direction), ...layers]);
  });
  return finish(read, { ...options, targets, contrasts }, config);
}

/** Second − first; both must be of one unit and the same targets. */
export function perPositionBetween(
  first: DlaPerPositionArm,
  second: DlaPerPositionArm,
): DlaPerPositionBetween {
  const minus = (a: LabelledTensor, b: LabelledTensor): LabelledTensor =>
    labelled(
      a.axes,
      a.shape,
      b.data.map((value, i) => value - (a.data[i] as number)),
    );
  const { embed, pos_embed, attn, mlp, b_U } = first.terms;
  return {
    terms: {
      embed: minus(embed, second.terms.embed),
      pos_embed: minus(pos_embed, second.terms.pos_embed),
      attn: minus(attn, second.terms.attn),
      mlp: minus(mlp, second.terms.mlp),
      b_U: minus(b_U, second.terms.b_U),
    },
    ...(first.heads && second.heads && { heads: minus(first.heads, second.heads) }),
    sum: minus(first.sum, second.sum),
    actual: minus(first.actual, second.actual),
  };
}

interface Lists {
  readonly targets: readonly number[];
  readonly contrasts: readonly number[];
}

function checkLists(options: PerPositionOptions, prompt: readonly number[], config: ModelConfig): Lists {
  const next = options.targets === 'next';
  const targets = options.targets === 'next' ? prompt.slice(1) : options.targets;
  if (targets.length === 0) {
    throw new InputError(
      'The prompt is one token, so that no position has a next one. Make it longer, or name a target.',
      { tokens: prompt.length },
    );
  }
  const { contrasts } = options;
  if (!next) checkLength('targets', targets, prompt.length, 'each position of the prompt');
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

/**
 * Shares of every position's target, recorded on the device and not yet divided by σ. All positions are computed; where
 * the last has no target it gets a stand-in, whose shares are dropped when they have been read.
 */
class PerPosition {
  readonly #pos: number;

  constructor(
    private readonly run: ArmRun,
    private readonly ops: Ops,
  ) {
    this.#pos = run.cache.pos;
  }

  /** Rows of W_U, less those of the contrasts or one row for all: u with logit difference = ln_final(x)·u. [1, pos, d_model]. */
  unembedding(targets: readonly number[], subtracted: readonly number[] | Float32Array): Tensor {
    const { ops } = this;
    const { W_U } = this.run.model.params;
    const u = ops.embed(W_U, this.#ids(targets), 'W_U rows of the targets');
    if (subtracted.length === 0) return u;
    const shared = subtracted instanceof Float32Array;
    const table = shared ? this.#table(subtracted, subtracted.length) : W_U;
    const less = ops.embed(table, this.#ids(shared ? [] : subtracted), 'W_U rows subtracted');
    return ops.add(u, this.#negative(less), 'unembedding');
  }

  /** C·(gain ⊙ u), so that projecting an uncentred residual on it centres it too. [1, pos, d_model]. */
  direction(unembed: Tensor): Tensor {
    const { dModel } = this.run.model.config;
    const folded = this.ops.dotGroups(unembed, this.run.model.params.lnFinal.w, dModel, 'gain ⊙ u');
    const plain = { w: this.#vector(dModel, 1), b: this.#vector(dModel, 0) };
    return this.ops.norm(folded, plain, { kind: 'linear' }, 'direction').normalized;
  }

  /** σ, embed, pos_embed, b_U and the actual value, [1, pos, 1] each. */
  ends(unembed: Tensor, direction: Tensor): readonly Tensor[] {
    const { ops, run } = this;
    return [
      run.cache.get('ln_final.hook_scale'),
      this.#projected('hook_embed', direction),
      this.#projected('hook_pos_embed', direction),
      ops.dotGroups(unembed, run.model.params.lnFinal.b, 1, 'b_U'),
      ops.dotGroups(run.cache.get('ln_final.hook_normalized'), unembed, 1, 'actual'),
    ];
  }

  /** Heads [1, pos, head]; b_O and the whole MLP [1, pos, 1]. */
  heads(layer: number, direction: Tensor): readonly Tensor[] {
    const { ops } = this;
    const { W_O, b_O } = this.#block(layer);
    const readOut = ops.linearT(direction, W_O, `L${layer} heads' read-out`); // [1, pos, head·d_head]
    const z = this.run.cache.get(blockHook(layer, 'attn.hook_z'));
    return [
      ops.dotGroups(z, readOut, this.run.model.config.nHeads, `L${layer} heads`),
      ops.dotGroups(direction, b_O, 1, `L${layer}.b_O`),
      this.#projected(blockHook(layer, 'hook_mlp_out'), direction),
    ];
  }

  /**
   * The whole attention, all neurons together, and b_out, [1, pos, 1] each; the k largest and the k smallest shares of
   * neurons, [1, pos, k] each, every one before its neurons' indices as floats. Among these are the k largest by magnitude.
   */
  neurons(layer: number, direction: Tensor, k: number): readonly Tensor[] {
    const { ops } = this;
    const { dMlp } = this.run.model.config;
    const { W_out, b_out } = this.#block(layer);
    const readOut = ops.linearT(direction, W_out, `L${layer} neurons' read-out`); // [1, pos, d_mlp]
    const post = this.run.cache.get(blockHook(layer, 'mlp.hook_post'));
    const shares = ops.dotGroups(post, readOut, dMlp, `L${layer} neurons`); // [1, pos, d_mlp]
    const index = this.#table(
      Float32Array.from({ length: dMlp }, (_, i) => i),
      1,
    );
    return [
      this.#projected(blockHook(layer, 'hook_attn_out'), direction),
      ops.dotGroups(post, readOut, 1, `L${layer} neurons' sum`),
      ops.dotGroups(direction, b_out, 1, `L${layer}.b_out`),
      ...[shares, this.#negative(shares)].flatMap((signed) => {
        const { values, ids } = ops.topK(signed, k, `L${layer} largest neurons`);
        return [values, ops.embed(index, ids, 'their indices')];
      }),
    ];
  }

  #block(layer: number) {
    return this.run.model.params.blocks[layer] as ArmRun['model']['params']['blocks'][number];
  }

  /** [1, pos, 1]. */
  #projected(hook: HookName, direction: Tensor): Tensor {
    return this.ops.dotGroups(this.run.cache.get(hook), direction, 1, hook);
  }

  #negative(x: Tensor): Tensor {
    const width = x.shape[2] as number;
    return this.ops.dotGroups(x, this.#vector(width, -1), width, `−${x.label}`);
  }

  /** One id per position, [1, pos]; 0 where there are no more. */
  #ids(ids: readonly number[]): Tensor {
    const data = Uint32Array.from({ length: this.#pos }, (_, p) => ids[p] ?? 0);
    return this.ops.upload({ dtype: 'u32', shape: [1, this.#pos], data }, 'ids');
  }

  #vector(length: number, value: number): Tensor {
    return uploadVector(this.ops, new Float32Array(length).fill(value), `all ${value}`);
  }

  #table(data: Float32Array, width: number): Tensor {
    return this.ops.upload({ dtype: 'f32', shape: [data.length / width, width], data }, 'table');
  }
}

/** Divides every share by σ, adds up what closes, and names the neurons. */
function finish(
  read: readonly Float32Array[],
  options: PerPositionOptions & Lists,
  config: ModelConfig,
): DlaPerPositionArm {
  const { targets, contrasts, unit, centerUnembed, k } = options;
  const [sigma, embed, posEmbed, bias, actual, ...rest] = read as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    ...Float32Array[],
  ];
  const { nLayers, nHeads } = config;
  const perLayer = unit === 'head' ? 3 : 7;
  const layers = Array.from({ length: nLayers }, (_, layer) => rest.slice(layer * perLayer));

  const count = targets.length;
  const perPosition = (value: (p: number) => number) =>
    labelled(
      ['position'],
      [count],
      Float32Array.from({ length: count }, (_, p) => value(p)),
    );
  /** Of tensors with an entry per position. */
  const share = (values: Float32Array | undefined, p: number) =>
    (values?.[p] as number) / (sigma[p] as number);
  const inLayers = (value: (own: readonly Float32Array[], p: number) => number) => {
    const data = Float32Array.from({ length: count * nLayers }, (_, i) =>
      value(layers[i % nLayers] as Float32Array[], Math.floor(i / nLayers)),
    );
    return labelled(['position', 'layer'], [count, nLayers], data);
  };
  const headsAt = (own: readonly Float32Array[], p: number) =>
    Array.from({ length: nHeads }, (_, h) => (own[0]?.[p * nHeads + h] as number) / (sigma[p] as number));
  const attn =
    unit === 'head'
      ? inLayers((own, p) => headsAt(own, p).reduce((sum, head) => sum + head, share(own[1], p)))
      : inLayers(([whole], p) => share(whole, p));
  const mlp =
    unit === 'head'
      ? inLayers(([, , whole], p) => share(whole, p))
      : inLayers(([, neurons, b_out], p) => share(neurons, p) + share(b_out, p));
  const terms: DlaPerPositionTerms = {
    embed: perPosition((p) => share(embed, p)),
    pos_embed: perPosition((p) => share(posEmbed, p)),
    attn,
    mlp,
    b_U: perPosition((p) => bias[p] as number),
  };
  const positions = [...Array(count).keys()];
  const closed = positions.map((p) => close(terms, p, actual[p] as number));
  return {
    unit,
    targets: [...targets],
    contrasts: [...contrasts],
    terms,
    ...(unit === 'head'
      ? {
          heads: labelled(
            ['position', 'layer', 'head'],
            [count, nLayers, nHeads],
            Float32Array.from(positions.flatMap((p) => layers.flatMap((own) => headsAt(own, p)))),
          ),
        }
      : { neurons: positions.map((p) => largestNeurons(layers, p, k, sigma[p] as number)) }),
    sum: perPosition((p) => (closed[p] as Closed).sum),
    actual: perPosition((p) => actual[p] as number),
    error: perPosition((p) => (closed[p] as Closed).error),
    tolerance: perPosition((p) => (closed[p] as Closed).tolerance),
    convention: {
      finalScale: config.norm.kind === 'layer' ? 'frozen' : 'none',
      scale: perPosition((p) => sigma[p] as number),
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
  const sum = values.reduce((total, value) => total + value, 0);
  return { sum, error: Math.abs(sum - actual), tolerance: closingTolerance(values, actual) };
}

/** The k neurons of all layers with the largest |share| at one position, the largest first. */
function largestNeurons(
  layers: readonly (readonly Float32Array[])[],
  position: number,
  k: number,
  sigma: number,
): DlaTerm[] {
  const found = new Map<string, DlaTerm>();
  layers.forEach((own, layer) => {
    const [values, indices, negated, negatedIndices] = own.slice(3) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    for (let i = position * k; i < (position + 1) * k; i++) {
      for (const [value, neuron] of [
        [values[i] as number, indices[i] as number],
        [-(negated[i] as number), negatedIndices[i] as number],
      ] as const) {
        const label = `L${layer}N${neuron}`;
        found.set(label, { label, layer, neuron, value: value / sigma });
      }
    }
  });
  return [...found.values()].sort((a, b) => Math.abs(b.value) - Math.abs(a.value)).slice(0, k);
}
