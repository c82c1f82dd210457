/** What edits come to in one model and for prompts of one length: which hooks are changed, where, and by what. */

import { InputError } from '../base/errors.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { checkEdits } from './checkEdits.ts';
import { type Located, locate } from './editSites.ts';
import type { Edit, FreezeNorm, NormPath, SiteEdit } from './edits.ts';
import type { HookName } from './hooks.ts';

/** One edit of a hook, checked against the model. */
export interface Step {
  readonly edit: SiteEdit;
  readonly at: Located;
}

/** What edits come to in one model, by the name of what they change. */
export interface EditPlan {
  /** What a norm divides by; of ln1 the values' path has an entry of its own, `blocks.{l}.ln1_v`. */
  readonly norms: ReadonlyMap<string, FreezeNorm['value']>;
  /** By hook, in list order. */
  readonly steps: ReadonlyMap<HookName, readonly Step[]>;
}

export const UNEDITED: EditPlan = { norms: new Map(), steps: new Map() };

/** Whether values read another norm than queries and keys in this layer: then `ln1_v` has hooks of its own. */
export function pathsDiffer({ norms }: EditPlan, layer: number): boolean {
  return norms.get(`blocks.${layer}.ln1`) !== norms.get(`blocks.${layer}.ln1_v`);
}

/**
 * What edits come to in a model, for prompts of `pos` tokens.
 * @throws InputError on what is no edit, an unknown site, a field that the site lacks or beyond its range, a list of values
 * of another length than the site, a mean of patterns, 'prompt' where a prompt has only position 0, another run that is not
 * as long, and freeze-norm in a model without LayerNorm.
 */
export function planEdits(config: ModelConfig, edits: readonly Edit[], pos: number): EditPlan {
  if (edits.length === 0) return UNEDITED;
  const norms = new Map<string, FreezeNorm['value']>();
  const steps = new Map<HookName, Step[]>();
  for (const [index, edit] of checkEdits(edits).entries()) {
    if (edit.kind === 'freeze-norm') {
      freeze(norms, config, edit, pos);
      continue;
    }
    const name = `Edit ${index + 1}`;
    const at = locate(config, edit, pos, name);
    checkFits(edit, at, pos, name);
    steps.set(at.hook, [...(steps.get(at.hook) ?? []), { edit, at }]);
  }
  return { norms, steps };
}

/** Whether an edit's numbers fit where it applies. */
function checkFits(edit: SiteEdit, at: Located, pos: number, name: string): void {
  const attention = at.site === 'pattern' || at.site === 'attn_scores';
  if (edit.kind === 'knock-out' && at.site !== 'pattern')
    throw new InputError(
      `${name}: attention is knocked out of a pattern, e.g. {kind: 'knock-out', site: 'L0.pattern', head: 0, query: -1, key: 0}.`,
      { site: edit.site },
    );
  if (edit.kind === 'mean' && attention)
    throw new InputError(
      `${name}: positions see different keys, so ${at.hook} has no mean over them. Use 'set' or 'knock-out'.`,
      { site: edit.site },
    );
  if (edit.kind === 'from-run' && 'tokens' in edit.source && edit.source.tokens.length !== pos)
    throw new InputError(
      `${name}: it copies from a run of ${edit.source.tokens.length} tokens into one of ${pos}. Both prompts need the same number of tokens, so that positions mean the same.`,
      { tokens: pos, source: edit.source.tokens.length },
    );
  const values = 'value' in edit ? edit.value : edit.kind === 'mean' ? edit.of : undefined;
  if (values === undefined || typeof values !== 'object' || values.length === at.width) return;
  throw new InputError(
    at.width === null
      ? `${name}: this place holds one number, so give one, and no list.`
      : `${name}: it gives ${values.length} values where ${at.hook} has ${at.width}.`,
    { values: values.length, width: at.width },
  );
}

function freeze(
  norms: Map<string, FreezeNorm['value']>,
  config: ModelConfig,
  edit: FreezeNorm,
  pos: number,
): void {
  const { site, path, value } = edit;
  if (config.norm.kind === 'linear')
    throw new InputError(
      'This model has no LayerNorm: it divides by no scale, so there is nothing to freeze. Edit a model that has one.',
      { edit },
    );
  if (value === 'prompt' && pos < 2)
    throw new InputError(
      "The prompt's mean scale is taken over positions from 1 on, and this prompt has only position 0. Add a token, or give a number.",
      { site, tokens: pos },
    );
  // A norm that is frozen already divides by one number, whose mean it is.
  for (const norm of normsOf(config, site, path))
    if (value !== 'prompt' || !norms.has(norm)) norms.set(norm, value);
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
      { site, path },
    );
  return [norm];
}
