/** What each edit does to a target's logit: in all, and directly, with every later layer and norm as in the run without it. */

import { must } from '../base/assert.ts';
import { minus } from '../model/applyEdits.ts';
import type { ActivationCache } from '../model/cache.ts';
import { type SiteName, siteOf } from '../model/editSites.ts';
import { type Edit, editsFor } from '../model/edits.ts';
import { blockHook, type HookName } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import { type ArmRun, checkSet, promptOf, resolvePosition } from './armRun.ts';
import { actualValue, type Readout, readout } from './readout.ts';
import { uploadVector, withScratch } from './scratch.ts';
import type { EditEffect, EditEffectsArm } from './types/index.ts';

export interface EditEffectsOptions {
  edits: readonly Edit[];
  /** Negative counts from the end. */
  position: number;
  target: readonly number[];
  contrast: readonly number[];
  /** Called before every run with how many are done, of how many. May reject, which ends the work. */
  onStep: (done: number, total: number) => Promise<void>;
}

const FINAL: readonly HookName[] = ['ln_final.hook_scale', 'ln_final.hook_normalized'];

export const editEffectsHooks = (): HookName[] => [...FINAL];

interface Question {
  readonly position: number;
  readonly target: readonly number[];
  readonly contrast: readonly number[];
  readonly readout: Readout;
}

/**
 * `run` has all the edits; the model runs once without them and once with each alone. Logits less the vocabulary's mean
 * where there is no contrast. Direct: what the edit alone changes in the residual stream where it first reaches it, times
 * the target's direction over the unedited run's final scale (SCIENCE §5).
 */
export async function editEffects(run: ArmRun, options: EditEffectsOptions): Promise<EditEffectsArm> {
  const { model, cache } = run;
  const { edits, onStep } = options;
  const tokens = promptOf(cache);
  const target = checkSet('target', options.target, model.config);
  const contrast = options.contrast.length === 0 ? [] : checkSet('contrast', options.contrast, model.config);
  const question: Question = {
    position: resolvePosition(options.position, tokens.length),
    target,
    contrast,
    readout: await readout(model, target, contrast, true),
  };
  const own = editsFor(model.config, edits);
  const reached = own.map(reachedBy);
  const hooks = [...new Set([...FINAL, ...reached.flatMap((hook) => hook ?? [])])];

  await onStep(0, own.length + 1);
  const unedited = await model.run([tokens], hooks);
  try {
    const [base, edited] = [
      await targetValue(model, unedited, question),
      await targetValue(model, cache, question),
    ];
    const alone = new Map<Edit, EditEffect>();
    for (const [i, edit] of own.entries()) {
      await onStep(i + 1, own.length + 1);
      const one = await model.run([tokens], hooks, [edit]);
      try {
        const total = (await targetValue(model, one, question)) - base;
        alone.set(edit, {
          total,
          direct: await directOf(model, one, unedited, reached[i] ?? null, question),
        });
      } finally {
        one.dispose();
      }
    }
    await onStep(own.length + 1, own.length + 1);
    return { base, edited, total: edited - base, alone: edits.map((edit) => alone.get(edit) ?? null) };
  } finally {
    unedited.dispose();
  }
}

/** Where an edit first reaches the residual stream: what its part writes, or the stream itself; null for a norm's scale. */
function reachedBy(edit: Edit): HookName | null {
  if (edit.kind === 'freeze-norm') return null;
  const { layer, site } = must(siteOf(edit.site), `${edit.site} is no site`);
  return blockHook(layer, WRITTEN[site]);
}

const WRITTEN = {
  resid_pre: 'hook_resid_pre',
  resid_mid: 'hook_resid_mid',
  resid_post: 'hook_resid_post',
  q: 'hook_attn_out',
  k: 'hook_attn_out',
  v: 'hook_attn_out',
  attn_scores: 'hook_attn_out',
  pattern: 'hook_attn_out',
  z: 'hook_attn_out',
  attn_out: 'hook_attn_out',
  mlp_pre: 'hook_mlp_out',
  mlp_post: 'hook_mlp_out',
  mlp_out: 'hook_mlp_out',
} as const satisfies Record<SiteName, string>;

function targetValue(model: Model, cache: ActivationCache, question: Question): Promise<number> {
  const { position, target, contrast } = question;
  return actualValue({ model, cache }, position, target, contrast, true);
}

async function directOf(
  model: Model,
  edited: ActivationCache,
  base: ActivationCache,
  hook: HookName | null,
  { position, readout: { direction } }: Question,
): Promise<number | null> {
  if (hook === null) return null;
  return withScratch(model, 'direct effect of an edit', async (ops) => {
    const row = ops.upload({ dtype: 'u32', shape: [1, 1], data: Uint32Array.of(position) }, 'position');
    const at = (cache: ActivationCache, name: HookName) => ops.embed(cache.get(name), row, name); // [1, 1, d_model]
    const change = minus(ops, at(edited, hook), at(base, hook), `${hook} (change)`);
    const read = ops.dotGroups(change, uploadVector(ops, direction, 'target direction'), 1);
    const [value, scale] = await ops.read([read, at(base, 'ln_final.hook_scale')]);
    return (value[0] as number) / (scale[0] as number);
  });
}
