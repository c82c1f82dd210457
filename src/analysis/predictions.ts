/** What arms predict after one position, and how two arms' predictions differ. */

import { must } from '../base/assert.ts';
import type { HookName } from '../model/hooks.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type ArmRun, checkCount, checkIds, everyTwo, promptOf, resolvePosition } from './armRun.ts';
import { uploadIds, withScratch } from './scratch.ts';
import type { PredictionsArm, PredictionsBetween, PredictionsRow, TokenScore } from './types/index.ts';
import { type LogitsSource, logitsRows, readInBlocks } from './unembed.ts';

export interface PredictionsOptions {
  /** Negative counts from the end. */
  position: number;
  k: number;
  /** Tokens to score whatever their rank. */
  score?: readonly number[];
  /** The text of a token. */
  piece: (id: number) => string;
}

export const predictionsHooks = (source: LogitsSource = 'ln_final.hook_normalized'): HookName[] => [source];

/** Most tokens a list may hold: the top-k kernel's limit. */
export const MAX_K = 64;

export interface Predictions {
  /** In the order of the runs. */
  readonly arms: PredictionsArm[];
  /** Of every two, as `everyTwo` lists them. */
  readonly between: PredictionsBetween[];
}

/**
 * Of each run the top-k with logits, probabilities and ranks, entropy (nats), the actual next token and its loss; of
 * every two the union of both top-k, each with both scores, differences second − first. The runs are of the same tokens,
 * on one device; of each, one row of logits is made.
 */
export async function predictionsOf(
  runs: readonly ArmRun[],
  options: PredictionsOptions,
): Promise<Predictions> {
  const { model, cache } = must(runs[0], 'predictions of no run');
  const prompt = promptOf(cache);
  const position = resolvePosition(options.position, prompt.length);
  const k = checkCount('k', options.k, 1, Math.min(MAX_K, model.config.dVocab));
  const score = checkIds('score', options.score ?? [], model.config);
  const nextId = prompt[position + 1];

  const { best, scored } = await withScratch(model, 'predictions', async (ops) => {
    const rows = runs.map((run) => logitsRows(run, ops, [position])); // [1, d_vocab] each
    const best = await Promise.all(rows.map((row) => ops.readIds(ops.topK(row, k).ids)));
    const ids = new Set([...best.flatMap((top) => [...top]), ...score]);
    if (nextId !== undefined) ids.add(nextId);
    return { best, scored: await scoreRows(ops, rows, [...ids], options.piece) };
  });

  const arms = scored.map(({ scores, entropy, meanLogit }, i): PredictionsArm => {
    const scoreOf = (id: number): TokenScore => ({ ...must(scores.get(id), `no score of ${id}`) });
    const next = nextId === undefined ? null : scoreOf(nextId);
    const top = [...(best[i] as Uint32Array)].map(scoreOf);
    const result = { position, top, entropy, meanLogit, next, loss: next && -Math.log(next.prob) };
    return score.length > 0 ? { ...result, asked: score.map(scoreOf) } : result;
  });
  const sides = scored.map(({ scores }, i) => ({ scores, top: [...(best[i] as Uint32Array)] }));
  return { arms, between: everyTwo(sides).map(([a, b]) => ({ position, rows: rowsOf(a, b) })) };
}

/** `predictionsOf` one run. */
export async function predictions(run: ArmRun, options: PredictionsOptions): Promise<PredictionsArm> {
  return must((await predictionsOf([run], options)).arms[0], 'no predictions');
}

interface Side {
  readonly scores: ReadonlyMap<number, TokenScore>;
  readonly top: readonly number[];
}

/** The union of both top-k, by falling mean probability. */
function rowsOf(first: Side, second: Side): PredictionsRow[] {
  const ids = [...new Set([...first.top, ...second.top])];
  const rows = ids.map((id): PredictionsRow => {
    const { id: _a, piece, ...p } = must(first.scores.get(id), `no score of ${id}`);
    const { id: _b, piece: _piece, ...q } = must(second.scores.get(id), `no score of ${id}`);
    return {
      id,
      piece,
      first: p,
      second: q,
      difference: {
        logit: q.logit - p.logit,
        centeredLogit: q.centeredLogit - p.centeredLogit,
        prob: q.prob - p.prob,
        rank: q.rank - p.rank,
      },
    };
  });
  return rows.sort((r, s) => s.first.prob + s.second.prob - (r.first.prob + r.second.prob) || r.id - s.id);
}

interface ScoredRow {
  readonly scores: ReadonlyMap<number, TokenScore>;
  readonly entropy: number;
  readonly meanLogit: number;
}

/** The same tokens scored on every row of logits, [1, d_vocab] each. */
async function scoreRows(
  ops: Ops,
  rows: readonly Tensor[],
  ids: readonly number[],
  piece: (id: number) => string,
): Promise<ScoredRow[]> {
  const width = must(rows[0], 'no row').shape[1] as number;
  const [whole, tokens] = await Promise.all([
    ops.read(
      rows.flatMap((row) => {
        const lse = ops.logSumExp(row);
        return [lse, ops.mean(row), ops.entropy(row, lse)];
      }),
    ),
    readInBlocks(ops, ids, 4 * width * rows.length, (some) => {
      const which = uploadIds(ops, some);
      const copies = uploadIds(ops, Array(some.length).fill(0), 'the row once per token');
      return rows.flatMap((row) => {
        const copied = ops.embed(row, copies, 'logits at position'); // [some, d_vocab]
        return [ops.gather(copied, which), ops.rank(copied, which)];
      });
    }),
  ]);
  return rows.map((_, row): ScoredRow => {
    const [lse, meanLogit, entropy] = whole.slice(3 * row).map(([value]) => value as number) as [
      number,
      number,
      number,
    ];
    const [logits, ranks] = tokens.slice(2 * row) as [Float32Array, Float32Array];
    const scores = ids.map((id, i): [number, TokenScore] => {
      const logit = logits[i] as number;
      const prob = Math.exp(logit - lse);
      const centeredLogit = logit - meanLogit;
      return [id, { id, piece: piece(id), logit, centeredLogit, prob, rank: ranks[i] as number }];
    });
    return { scores: new Map(scores), entropy, meanLogit };
  });
}
