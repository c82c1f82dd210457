/** Which models a link is about: what is written of them, and whether those here are the same. */

import type { ArmInfo, PairInfo } from '../../engine/api.ts';
import type { Link } from '../../share/schema.ts';
import { armTitle, currentPair } from '../selectors.ts';
import type { WorkbenchState } from '../types.ts';

/** How the arms on show are kept, and what weights they are where a repository pins them; null where the page came with them. */
export function modelsOf(state: WorkbenchState): NonNullable<Link['models']> | null {
  const arms = currentPair(state)?.arms.filter(({ id, loaded }) => loaded && state.shown.includes(id)) ?? [];
  if (arms.every(({ origin, dtype }) => origin === 'bundled' && dtype === 'f32')) return null;
  return Object.fromEntries(
    arms.map((arm) => [arm.id, { dtype: arm.dtype, weights: arm.repo ? weightsOf(arm.repo) : null }]),
  );
}

/** Where the arms of a pair that a person added come from, so that another person can add it; null of any other pair. */
export function reposOf(state: WorkbenchState): NonNullable<Link['repos']> | null {
  const pair = currentPair(state);
  const arms = pair?.added ? pair.arms.filter(({ repo }) => repo !== null) : [];
  if (arms.length === 0) return null;
  return Object.fromEntries(
    arms.map(({ id, repo }) => [id, { name: repo?.name ?? '', revision: repo?.revision ?? '' }]),
  );
}

/** Whether a pair that a person added here is of the repositories that the link names. */
export function isOfRepos(pair: PairInfo, repos: NonNullable<Link['repos']>): boolean {
  return Object.entries(repos).every(([id, { name, revision }]) => {
    const repo = pair.arms.find((arm) => arm.id === id)?.repo;
    return repo?.name === name && !isOtherCommit(revision, repo.revision);
  });
}

/** In a sentence, which arm had other weights where the link was made; null where none is known to. */
export function otherWeights({ models = {} }: Link, arms: readonly ArmInfo[]): string | null {
  for (const { id, repo } of arms) {
    const weights = models[id]?.weights;
    if (!weights || !repo) continue;
    const [name, revision = ''] = weights.split('@');
    if (name !== repo.name || isOtherCommit(revision, repo.revision))
      return `${armTitle(id)} is ${weightsOf(repo)} here and was ${weights} for the link’s author.`;
  }
  return null;
}

function weightsOf({ name, revision }: { name: string; revision: string }): string {
  return `${name}@${revision}`;
}

/** A branch may be at any commit; two commits are the same or not. */
function isOtherCommit(a: string, b: string): boolean {
  const isCommit = (revision: string) => /^[0-9a-f]{40}$/.test(revision);
  return isCommit(a) && isCommit(b) && a !== b;
}
