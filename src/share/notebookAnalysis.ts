/** The analysis as the notebook's Python reads it: what was asked, where the weights are, and our numbers. */

import type { DlaArm } from '../analysis/types/index.ts';
import type { Edit } from '../engine/api.ts';
import { predictedTokens, type Snapshot, type SnapshotRun } from './snapshot.ts';

/** The dictionary `ANALYSIS` of the notebook. */
export function notebookAnalysis(snapshot: Snapshot) {
  const { version, link, pair, position } = snapshot;
  return {
    normless: version,
    link,
    pair: pair.id,
    tokens: snapshot.tokens,
    pieces: snapshot.pieces,
    position,
    target: snapshot.target.map(({ id }) => id),
    contrast: snapshot.contrast.map(({ id }) => id),
    arms: Object.fromEntries(
      snapshot.arms.map(({ id, source, repo, storage }) => [
        id,
        { source, repo: repo?.name ?? null, revision: repo?.revision ?? null, storage },
      ]),
    ),
    runs: snapshot.runs.map((run) => ({
      name: run.name,
      edits: run.edits.map(withFullSite),
      arms: Object.fromEntries(
        snapshot.arms.flatMap(({ id }) => (id in run.predictions ? [[id, expectedOf(run, id)]] : [])),
      ),
    })),
  };
}

/** Our numbers of one arm. */
function expectedOf(run: SnapshotRun, arm: string) {
  const scored = predictedTokens(run).flatMap(({ id, piece, scores }) => {
    const score = scores[arm];
    return score ? [{ id, piece, ...score }] : [];
  });
  const { component, head } = run.attribution ?? {};
  return {
    predictions: scored,
    loss: [...(run.tokenStats[arm]?.loss.data ?? [])],
    attribution: {
      ...(component?.[arm] && { component: termsOf(component[arm]) }),
      ...(head?.[arm] && { head: termsOf(head[arm]) }),
    },
  };
}

function termsOf({ actual, terms }: DlaArm) {
  return { actual, terms: Object.fromEntries(terms.map(({ label, value }) => [label, value])) };
}

/** Full names by their short ones, as an edit's site may be written. */
const HOOKS: Readonly<Record<string, string>> = {
  ...hooks('', ['resid_pre', 'resid_mid', 'resid_post', 'attn_out', 'mlp_out']),
  ...hooks('attn.', ['q', 'k', 'v', 'z', 'attn_scores', 'pattern']),
  scores: 'attn.hook_attn_scores',
  mlp_pre: 'mlp.hook_pre',
  mlp_post: 'mlp.hook_post',
};

function hooks(within: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, `${within}hook_${name}`]));
}

/** The same edit with its site's full name: `L3.z` is `blocks.3.attn.hook_z`; a norm is named without `.hook_scale`. */
export function withFullSite(edit: Edit): Edit {
  if (edit.kind === 'freeze-norm')
    return { ...edit, site: edit.site.replace(/\.hook_scale$/, '').replace(/^L(?=\d)/, 'blocks.') };
  const [, layer, rest = ''] = /^(?:blocks\.|L)(\d+)\.(.+)$/.exec(edit.site) ?? [];
  const short = rest
    .replace(/^(attn\.)?hook_/, '')
    .replace(/^attn\./, '')
    .replace(/^mlp\.(hook_)?/, 'mlp_');
  const hook = HOOKS[short];
  return layer === undefined || hook === undefined ? edit : { ...edit, site: `blocks.${layer}.${hook}` };
}
