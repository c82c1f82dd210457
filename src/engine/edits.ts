/** Where edits of a request go: to which of its models, on which engine, and who takes none. */

import { InputError, UnsupportedError } from '../base/errors.ts';
import { normName, planEdits } from '../model/editPlan.ts';
import { type SiteName, siteOf } from '../model/editSites.ts';
import { type Edit, editsFor } from '../model/edits.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { EngineChoice } from './api.ts';

/** Edits whose sources are token ids: `toTokens` makes a text ids as it does a prompt's. */
export function withTokens(
  edits: readonly Edit[],
  toTokens: (source: { text: string; prependBos?: boolean }) => readonly number[],
): readonly Edit[] {
  return edits.map((edit) =>
    edit.kind === 'from-run' && 'text' in edit.source
      ? { ...edit, source: { tokens: toTokens(edit.source) } }
      : edit,
  );
}

/** InputError where edits do not fit the models, each of `pos` tokens, or reach none of them. */
export function checkReach(configs: readonly ModelConfig[], edits: readonly Edit[], pos: number): void {
  const reached = configs.filter((config) => editsFor(config, edits).length > 0);
  if (reached.length === 0) for (const config of configs) planEdits(config, edits, pos);
  for (const config of reached) planEdits(config, editsFor(config, edits), pos);
}

/** InputError where a call that takes no edits was given some. */
export function refuseEdits(call: string, edits: readonly Edit[] = []): void {
  if (edits.length === 0) return;
  throw new InputError(
    `${call} cannot be edited in this version: it runs the models as they are. Leave \`edits\` out, or give them to run or to an analysis of one prompt.`,
    { edits },
  );
}

/** InputError where an edit of the final norm was given to an analysis that norms residuals of its own there. */
export function refuseFinalNorm(analysis: string, edits: readonly Edit[]): void {
  const final = edits.find(
    ({ kind, site }) => kind === 'freeze-norm' && normName({ nLayers: 0 }, site) === 'ln_final',
  );
  if (!final) return;
  throw new InputError(
    `${analysis} computes the final norm anew for what it takes away or adds, so an edit of ln_final would not reach it. Edit other norms, or ask dla, predictions or token-stats.`,
    { analysis, edit: final },
  );
}

/**
 * InputError where an edit replaces what last-layer neurons write after they have written it: the analysis adds their change
 * to the final residual, which is exact only while everything they write arrives there unchanged.
 */
export function refuseReplacedWrites(
  analysis: string,
  edits: readonly Edit[],
  { nLayers }: Pick<ModelConfig, 'nLayers'>,
): void {
  const replaced = edits.find(({ kind, site: name }) => {
    const place = siteOf(name);
    return place?.layer === nLayers - 1 && AFTER_NEURONS.has(place.site) && kind !== 'add';
  });
  if (!replaced) return;
  throw new InputError(
    `${analysis} adds up what last-layer neurons write, and '${replaced.kind}' at ${replaced.site} would replace it. There 'add' alone leaves it exact: edit L${nLayers - 1}.mlp_post or an earlier place instead, or ask dla, predictions or token-stats.`,
    { analysis, edit: replaced },
  );
}

/** Sites of the last layer that its neurons have written to. */
const AFTER_NEURONS: ReadonlySet<SiteName> = new Set(['mlp_out', 'resid_post']);

/** UnsupportedError where edits are asked of an engine by name that runs models as they are. */
export function checkEditing(engine: EngineChoice): void {
  if (engine !== 'ort') return;
  throw new UnsupportedError(
    "ONNX Runtime runs models as they are: edits need our WebGPU kernels. Leave `engine` out, or ask for 'wgsl'.",
    { engine },
  );
}
