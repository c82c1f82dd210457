/** From the engine's scores to what is drawn: the best head of each score, all heads in an order, what is exported. */

import type { AttentionOverview, HeadScores } from '../../analysis/types/index.ts';
import { toCsv } from '../../ui/csv.ts';

export type ScoreName = keyof HeadScores;

export const SCORES: readonly { name: ScoreName; label: string; about: string }[] = [
  { name: 'previous', label: 'token before', about: 'attention to the token right before the query' },
  {
    name: 'induction',
    label: 'induction',
    about: 'attention to what followed earlier occurrences of the query’s token',
  },
  {
    name: 'duplicate',
    label: 'duplicate',
    about: 'attention to earlier occurrences of the query’s own token',
  },
  { name: 'self', label: 'itself', about: 'attention to the query’s own place' },
  { name: 'first', label: 'position 0', about: 'attention to the first token' },
];

export interface ArmOverview {
  arm: string;
  overview: AttentionOverview;
}

export interface HeadValue {
  layer: number;
  head: number;
  value: number;
}

/** Every head with one score, in the order of the model; empty where the prompt has nothing to measure it on. */
export function headsBy({ scores }: AttentionOverview, name: ScoreName): HeadValue[] {
  const score = scores[name];
  if (!score) return [];
  const heads = score.shape[1] as number;
  return [...score.data].map((value, i) => ({ layer: Math.floor(i / heads), head: i % heads, value }));
}

/** The head with the largest score; null where there is none. */
export function bestHead(overview: AttentionOverview, name: ScoreName): HeadValue | null {
  return headsBy(overview, name).reduce<HeadValue | null>(
    (best, each) => (best && best.value >= each.value ? best : each),
    null,
  );
}

/** What the table is ordered by: the model's own order, or one score of one arm, the largest first. */
export type TableOrder = { arm: string; name: ScoreName } | null;

/** [layer, head] in that order. */
export function orderedHeads(
  arms: readonly ArmOverview[],
  order: TableOrder,
): [layer: number, head: number][] {
  const [any] = arms;
  if (!any) return [];
  const [layers = 0, heads = 0] = any.overview.thumbnails.shape;
  const all = Array.from({ length: layers * heads }, (_, i): [number, number] => [
    Math.floor(i / heads),
    i % heads,
  ]);
  const score = order && arms.find(({ arm }) => arm === order.arm)?.overview.scores[order.name];
  if (!score) return all;
  const value = ([layer, head]: readonly [number, number]) => score.data[layer * heads + head] as number;
  return all.sort((a, b) => value(b) - value(a));
}

/** One score of one head, null where it cannot be measured. */
export function scoreOf(
  { scores }: AttentionOverview,
  name: ScoreName,
  layer: number,
  head: number,
): number | null {
  const score = scores[name];
  const [layers = 0, heads = 0] = score?.shape ?? [];
  return score && layer < layers && head < heads ? (score.data[layer * heads + head] as number) : null;
}

/** Every score of every head and arm, and the share of queries that sink. */
export function scoresCsv(arms: readonly ArmOverview[]): string {
  const header = [
    'layer',
    'head',
    ...arms.flatMap(({ arm, overview }) => [
      ...SCORES.map(({ name }) => `${arm} ${name}`),
      `${arm} sink > ${overview.epsilon}`,
    ]),
  ];
  const rows = orderedHeads(arms, null).map(([layer, head]) => [
    layer,
    head,
    ...arms.flatMap(({ overview }) => [
      ...SCORES.map(({ name }) => scoreOf(overview, name, layer, head)),
      overview.sinkByHead?.data[layer * (overview.sinkByHead.shape[1] as number) + head] ?? null,
    ]),
  ]);
  return toCsv(header, rows);
}
