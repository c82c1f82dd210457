/** What heads are known for, as numbers: means of the attention that queries pay to certain keys. */

import type { HeadScores } from './types/index.ts';

export type ScoreName = keyof HeadScores;

export const SCORES: readonly ScoreName[] = ['previous', 'self', 'first', 'duplicate', 'induction'];

/**
 * The keys whose attention a score adds up, for each query; none where the query does not count. Query 0 sees nothing but
 * itself and never counts. `induction`: the keys right after earlier occurrences of the query's token (Olsson et al. 2022),
 * `duplicate`: these occurrences; the query's own place is neither.
 */
export function keysOf(score: ScoreName, tokens: readonly number[]): number[][] {
  return tokens.map((token, query) => {
    if (query === 0) return [];
    if (score === 'first') return [0];
    if (score === 'self') return [query];
    if (score === 'previous') return [query - 1];
    const step = score === 'induction' ? 1 : 0;
    return [...Array(query).keys()]
      .filter((earlier) => tokens[earlier] === token)
      .map((earlier) => earlier + step)
      .filter((key) => key < query);
  });
}

/** How many queries count. */
export function queriesOf(keys: readonly (readonly number[])[]): number {
  return keys.filter(({ length }) => length > 0).length;
}
