/** Interventions on a run, as plain data, and what they come to in one model (DESIGN §2). */

import { InputError } from '../base/errors.ts';
import type { ModelConfig } from '../tensor/params.ts';

/** What reads the first norm of a block: queries and keys, or values. */
export type NormPath = 'qk' | 'v';

/** A norm divides by one number at every position, in place of its own σ. */
export interface FreezeNorm {
  readonly kind: 'freeze-norm';
  /**
   * A norm's hook_scale: `blocks.{l}.ln1.hook_scale`, `blocks.{l}.ln2.hook_scale` or `ln_final.hook_scale`. Short names:
   * without `.hook_scale`, and `L{l}.` for `blocks.{l}.`.
   */
  readonly site: string;
  /** Of ln1 only: what queries and keys read, or what values read. Default both. */
  readonly path?: NormPath;
  /** 'prompt': the mean, over positions ≥ 1, of what the norm would divide by in this very run. */
  readonly value: number | 'prompt';
}

/** One intervention; a list of them applies in order, each to what the ones before it left. */
export type Edit = FreezeNorm;

/** What edits come to in one model, by the name of what they change. */
export interface EditPlan {
  /** What a norm divides by; of ln1 the values' path has an entry of its own, `blocks.{l}.ln1_v`. */
  readonly norms: ReadonlyMap<string, FreezeNorm['value']>;
}

export const UNEDITED: EditPlan = { norms: new Map() };

/** Whether values read another norm than queries and keys in this layer: then `ln1_v` has hooks of its own. */
export function pathsDiffer({ norms }: EditPlan, layer: number): boolean {
  return norms.get(`blocks.${layer}.ln1`) !== norms.get(`blocks.${layer}.ln1_v`);
}

/** Whether any edit of the list can change this model: without LayerNorm there is no scale to freeze. */
export function canEdit(config: Pick<ModelConfig, 'norm'>, edits: readonly Edit[]): boolean {
  return edits.length > 0 && config.norm.kind === 'layer';
}

/**
 * Checks what edits are, whatever the model. @throws InputError naming the first that is none.
 */
export function checkEdits(edits: unknown): readonly Edit[] {
  if (!Array.isArray(edits)) throw new InputError('edits must be a list of edits.', { edits });
  edits.forEach(checkEdit);
  return edits as readonly Edit[];
}

function checkEdit(edit: Partial<Edit> | null, index: number): void {
  const { kind, site, path, value } = edit ?? {};
  const refuse = (what: string): never => {
    throw new InputError(`Edit ${index + 1}: ${what}`, { edit });
  };
  if (kind !== 'freeze-norm')
    refuse(
      `the kind '${String(kind)}' cannot be applied in this version. It can: {kind: 'freeze-norm', site: 'blocks.0.ln1.hook_scale', path?: 'qk' | 'v', value: a number or 'prompt'}.`,
    );
  if (typeof site !== 'string') refuse("it names no site. Name a norm's scale, e.g. 'ln_final.hook_scale'.");
  if (path !== undefined && path !== 'qk' && path !== 'v')
    refuse(`the path '${String(path)}' is unknown. Use 'qk' or 'v', or leave it out for both.`);
  const number = typeof value === 'number' && Number.isFinite(value) && value > 0;
  if (!number && value !== 'prompt')
    refuse(`a scale of ${String(value)} cannot be divided by. Give a number above 0, or 'prompt'.`);
}

/**
 * What edits come to in a model, for prompts of `pos` tokens.
 * @throws InputError on what is no edit, an unknown site, a path that the site lacks, 'prompt' where a prompt has only
 * position 0, and a model without LayerNorm.
 */
export function planEdits(config: ModelConfig, edits: readonly Edit[], pos: number): EditPlan {
  if (edits.length === 0) return UNEDITED;
  if (config.norm.kind === 'linear')
    throw new InputError(
      'This model has no LayerNorm: it divides by no scale, so there is nothing to freeze. Edit a model that has one.',
      { edits },
    );
  const norms = new Map<string, FreezeNorm['value']>();
  for (const { site, path, value } of checkEdits(edits)) {
    if (value === 'prompt' && pos < 2)
      throw new InputError(
        "The prompt's mean scale is taken over positions from 1 on, and this prompt has only position 0. Add a token, or give a number.",
        { site, tokens: pos },
      );
    // A norm that is frozen already divides by one number, whose mean it is.
    for (const norm of normsOf(config, site, path))
      if (value !== 'prompt' || !norms.has(norm)) norms.set(norm, value);
  }
  return { norms };
}

/** The norm of a site by its full name, without `.hook_scale`; null where the model has none of this name. */
export function normName(config: Pick<ModelConfig, 'nLayers'>, site: string): string | null {
  const name = site.replace(/\.hook_scale$/, '').replace(/^L(?=\d)/, 'blocks.');
  if (name === 'ln_final') return name;
  const layer = /^blocks\.(0|[1-9]\d*)\.ln[12]$/.exec(name)?.[1];
  return layer !== undefined && Number(layer) < config.nLayers ? name : null;
}

function normsOf(config: ModelConfig, site: string, path: NormPath | undefined): string[] {
  const norm = normName(config, site);
  if (!norm)
    throw new InputError(
      `There is no norm '${site}' in a model of ${config.nLayers} layers. There are blocks.0.ln1.hook_scale, blocks.0.ln2.hook_scale, … and ln_final.hook_scale.`,
      { site, nLayers: config.nLayers },
    );
  if (norm.endsWith('.ln1')) {
    const both = { qk: norm, v: `${norm}_v` };
    return path ? [both[path]] : [both.qk, both.v];
  }
  if (path)
    throw new InputError(
      `${norm} has one path: only ln1 is read by queries and keys, and by values. Leave path out.`,
      {
        site,
        path,
      },
    );
  return [norm];
}
