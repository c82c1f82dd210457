/** Every place of the lens as a row of a table. */

import type { AnalysisResult } from '../../engine/api.ts';
import { toCsv } from '../../ui/csv.ts';
import { at, topAt } from './lens.ts';
import type { ArmLens } from './words.ts';

export function lensCsv({ pieces }: AnalysisResult<'logit-lens'>, lenses: readonly ArmLens[]): string {
  const tracked = lenses[0]?.lens.tracked ?? [];
  const header = [
    ...['model', 'scale', 'hook', 'position', 'piece', 'top', 'top_id', 'top_logprob', 'entropy'],
    ...['next_id', 'next_logprob', 'next_rank'],
    ...tracked.flatMap(({ piece }) => [`${piece} logprob`, `${piece} rank`]),
  ];
  const rows = lenses.flatMap(({ arm, lens }) =>
    lens.hooks.flatMap((hook, layer) =>
      lens.positions.map((position, p) => {
        const [best] = topAt(lens, layer, p);
        const next = lens.target[p] ?? null;
        const value = (tensor: typeof lens.entropy) => (next === null ? null : at(tensor, layer, p));
        return [
          ...[arm, lens.convention.finalScale, hook, position, pieces[position], best?.piece, best?.id],
          lens.top.logprobs.data[(layer * lens.positions.length + p) * (lens.top.ids.shape[2] ?? 1)],
          at(lens.entropy, layer, p),
          ...[next, value(lens.targetLogprob), value(lens.targetRank)],
          ...lens.tracked.flatMap(({ logprob, rank }) => [at(logprob, layer, p), at(rank, layer, p)]),
        ];
      }),
    ),
  );
  return toCsv(header, rows);
}
