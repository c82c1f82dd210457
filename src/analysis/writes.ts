/** Which tokens a part pushes up and down most: what it writes, through the final gain and the unembedding (SCIENCE §5). */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { labelled } from '../tensor/tensor.ts';
import { type ArmRun, checkCount, checkIds, promptOf, resolvePosition } from './armRun.ts';
import { finalNorm, readout } from './readout.ts';
import { centring, uploadIds, uploadRows, uploadVector, withScratch } from './scratch.ts';
import type { TokenPush, WritesArm, WritesBetween } from './types/index.ts';
import { centred, dot, lengthOf } from './vectors.ts';

/** A part, tokens as ids. */
export type Part =
  | { readonly kind: 'head'; readonly layer: number; readonly head: number }
  | { readonly kind: 'mlp'; readonly layer: number }
  | { readonly kind: 'neuron'; readonly layer: number; readonly neuron: number }
  | { readonly kind: 'direction'; readonly direction: readonly number[] | { toward: number; away?: number } };

export interface WritesOptions {
  readonly part: Part;
  /** null: weights alone. */
  readonly position: number | null;
  readonly k: number;
  readonly piece: (id: number) => string;
}

/** The most tokens each way. */
export const MAX_PUSHED = 100;

/** The activations a question reads. @throws InputError on a part that the model has not. */
export function writesHooks(config: ModelConfig, part: Part, position: number | null): HookName[] {
  checkPart(part, config);
  const scale: HookName = 'ln_final.hook_scale';
  if (position === null || part.kind === 'direction') return [scale];
  if (part.kind === 'head') return [scale, blockHook(part.layer, 'attn.hook_z')];
  return [scale, blockHook(part.layer, part.kind === 'mlp' ? 'hook_mlp_out' : 'mlp.hook_post')];
}

/**
 * The k tokens whose logits a part raises and lowers most, less the mean over the vocabulary. At a position: what it wrote
 * there, ÷ the run's own σ. Weights alone: a neuron's w_out (an activation of 1), or a direction, without a scale.
 * @throws InputError on a head or an MLP without a position, or a part that is not there.
 */
export async function writes(run: ArmRun, options: WritesOptions): Promise<WritesArm> {
  const { model, cache } = run;
  const { config } = model;
  const { part } = options;
  checkPart(part, config);
  const k = checkCount('k', options.k, 1, Math.min(MAX_PUSHED, config.dVocab));
  const position =
    options.position === null ? null : resolvePosition(options.position, promptOf(cache).length);
  const { vector, activation } = await written(run, part, position);
  const { meanRow } = await finalNorm(model);

  return withScratch(model, 'tokens pushed', async (ops) => {
    const { w } = model.params.lnFinal;
    const d = config.dModel;
    // Up and down at once: the vector and its negative.
    const both = uploadRows(ops, [vector, vector.map((x) => -x)], 'written');
    const folded = centring(ops, d, w)(both, 'through the gain');
    const best = ops.topK(ops.linearT(folded, model.params.W_U, 'tokens pushed'), k);
    const sigma = ops.embed(cache.get('ln_final.hook_scale'), uploadIds(ops, [position ?? 0], 'position'));
    const [values, means, frozen] = await ops.read([
      best.values,
      ops.dotGroups(folded, uploadVector(ops, meanRow, 'mean row of W_U'), 1),
      sigma,
    ]);
    const ids = await ops.readIds(best.ids);
    const scale = position === null ? 1 : (frozen[0] as number);
    const pushes = (row: number): TokenPush[] =>
      Array.from({ length: k }, (_, i) => {
        const id = ids[row * k + i] as number;
        const value = ((values[row * k + i] as number) - (means[row] as number)) / scale;
        return { id, piece: options.piece(id), value: row === 0 ? value : -value };
      });
    return {
      label: labelOf(part),
      position,
      up: pushes(0),
      down: pushes(1),
      vector: labelled(['d_model'], [d], vector),
      norm: lengthOf(centred(vector)),
      ...(activation !== undefined && { activation }),
      convention: {
        finalScale: position !== null && config.norm.kind === 'layer' ? 'frozen' : 'none',
        scale,
        centerUnembed: true,
      },
    };
  });
}

/** Second against first. */
export function writesBetween(first: WritesArm, second: WritesArm): WritesBetween {
  const along = dot(centred(first.vector.data), centred(second.vector.data));
  return { cosine: along / (first.norm * second.norm), normRatio: second.norm / first.norm };
}

/** What the part adds to the residual stream, [d_model]; of a neuron at a position its activation too. */
async function written(
  run: ArmRun,
  part: Part,
  position: number | null,
): Promise<{ vector: Float32Array; activation?: number }> {
  const { model, cache } = run;
  if (part.kind === 'direction') {
    const { direction } = part;
    if (!('toward' in direction)) return { vector: Float32Array.from(direction) };
    const apart = await readout(model, [direction.toward], away(direction), true);
    return { vector: Float32Array.from(apart.direction) };
  }
  const block = must(model.params.blocks[part.layer], `no block ${part.layer}`);
  return withScratch(model, 'what a part writes', async (ops) => {
    const rowAt = (hook: HookName, at: number, shape: readonly number[]) => {
      const id = ops.upload({ dtype: 'u32', shape, data: Uint32Array.of(at) }, 'position');
      return ops.embed(cache.get(hook), id, hook);
    };
    if (part.kind === 'neuron') {
      const w_out = ops.embed(block.W_out, uploadIds(ops, [part.neuron], 'neuron'), 'w_out');
      if (position === null) {
        const [vector] = await ops.read([w_out]);
        return { vector };
      }
      const [row, post] = await ops.read([
        w_out,
        rowAt(blockHook(part.layer, 'mlp.hook_post'), position, [1]),
      ]);
      const activation = post[part.neuron] as number;
      return { vector: row.map((x) => activation * x), activation };
    }
    if (position === null) {
      throw new InputError(
        part.kind === 'head'
          ? 'What a head writes depends on what it reads: name a position, or ask head-circuits for its weights alone.'
          : 'What an MLP writes depends on what it reads: name a position, or one of its neurons for the weights alone.',
        { part },
      );
    }
    if (part.kind === 'mlp') {
      const [vector] = await ops.read([rowAt(blockHook(part.layer, 'hook_mlp_out'), position, [1])]);
      return { vector };
    }
    const z = rowAt(blockHook(part.layer, 'attn.hook_z'), position, [1, 1]);
    const results = ops.headResults(z, block.W_O, model.config.nHeads);
    const [vector] = await ops.read([ops.embed(results, uploadIds(ops, [part.head], 'head'))]);
    return { vector };
  });
}

/** None is the mean of the vocabulary. */
function away(direction: { away?: number }): number[] {
  return direction.away === undefined ? [] : [direction.away];
}

function checkPart(part: Part, config: ModelConfig): void {
  if (part.kind === 'direction') {
    const { direction } = part;
    if ('toward' in direction) checkIds('direction', [direction.toward, ...away(direction)], config);
    else if (direction.length !== config.dModel || !direction.every(Number.isFinite)) {
      throw new InputError(
        `The direction has ${direction.length} entries, but must be ${config.dModel} finite numbers: one per dimension of the residual stream.`,
        { entries: direction.length, dModel: config.dModel },
      );
    }
    return;
  }
  checkCount('layer', part.layer, 0, config.nLayers - 1);
  if (part.kind === 'head') checkCount('head', part.head, 0, config.nHeads - 1);
  if (part.kind === 'neuron') checkCount('neuron', part.neuron, 0, config.dMlp - 1);
}

function labelOf(part: Part): string {
  if (part.kind === 'head') return `L${part.layer}H${part.head}`;
  if (part.kind === 'mlp') return `L${part.layer}.mlp`;
  return part.kind === 'neuron' ? `L${part.layer}N${part.neuron}` : 'direction';
}
