/** What an arm predicts after one position, and how two arms' predictions differ. */

import type { HookName } from '../model/hooks.ts';
import { type ArmRun, checkCount, promptOf, resolvePosition } from './armRun.ts';
import { uploadIds, withScratch } from './scratch.ts';
import type { PredictionsArm, PredictionsBetween, PredictionsRow, TokenScore } from './types.ts';

export interface PredictionsOptions {
  /** Negative counts from the end. */
  position: number;
  k: number;
  /** Tokens to score whatever their rank. */
  score?: readonly number[];
  /** The text of a token. */
  piece: (id: number) => string;
}

export const predictionsHooks = (): HookName[] => ['logits'];

/** Most tokens a list may hold: the top-k kernel's limit. */
export const MAX_K = 64;

/** Top-k with logits, probabilities and ranks; entropy (nats); the actual next token and its loss. */
export async function predictions(run: ArmRun, options: PredictionsOptions): Promise<PredictionsArm> {
  const prompt = promptOf(run.cache);
  const position = resolvePosition(options.position, prompt.length);
  const k = checkCount('k', options.k, 1, Math.min(MAX_K, run.model.config.dVocab));
  const { top, entropy, meanLogit } = await withScratch(run.model, 'predictions', async (ops) => {
    const row = ops.embed(run.cache.get('logits'), uploadIds(ops, [position]), 'logits at position'); // [1, d_vocab]
    const lse = ops.logSumExp(row);
    const best = ops.topK(row, k);
    const [h, mean] = await ops.read([ops.entropy(row, lse), ops.mean(row)]);
    return { top: [...(await ops.readIds(best.ids))], entropy: h[0] as number, meanLogit: mean[0] as number };
  });
  const { score = [] } = options;
  const nextId = prompt[position + 1];
  const ids = [...top, ...score, ...(nextId === undefined ? [] : [nextId])];
  const scores = await scoreTokens(run, position, ids, options.piece);
  const next = nextId === undefined ? null : (scores.pop() as TokenScore);
  const asked = scores.splice(top.length);
  const result = { position, top: scores, entropy, meanLogit, next, loss: next && -Math.log(next.prob) };
  return asked.length > 0 ? { ...result, asked } : result;
}

/** The union of both arms' top-k, each with both arms' logit, probability and rank; differences are second − first. */
export async function predictionsBetween(
  first: { run: ArmRun; result: PredictionsArm },
  second: { run: ArmRun; result: PredictionsArm },
  piece: (id: number) => string,
): Promise<PredictionsBetween> {
  const position = first.result.position;
  const ids = [...new Set([...first.result.top, ...second.result.top].map((score) => score.id))];
  const a = await scoreTokens(first.run, position, ids, piece);
  const b = await scoreTokens(second.run, position, ids, piece);
  const rows = ids.map((id, i): PredictionsRow => {
    const { id: _a, piece: text, ...p } = a[i] as TokenScore;
    const { id: _b, piece: _text, ...q } = b[i] as TokenScore;
    return {
      id,
      piece: text,
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
  rows.sort((r, s) => s.first.prob + s.second.prob - (r.first.prob + r.second.prob) || r.id - s.id);
  return { position, rows };
}

/** Scores chosen tokens at one position. */
export async function scoreTokens(
  run: ArmRun,
  position: number,
  ids: readonly number[],
  piece: (id: number) => string,
): Promise<TokenScore[]> {
  return withScratch(run.model, 'token scores', async (ops) => {
    const at = uploadIds(ops, Array(ids.length).fill(position));
    const rows = ops.embed(run.cache.get('logits'), at, 'logits at position'); // [ids, d_vocab]
    const which = uploadIds(ops, ids);
    const [logit, rank, lse, mean] = await ops.read([
      ops.gather(rows, which),
      ops.rank(rows, which),
      ops.logSumExp(rows),
      ops.mean(rows),
    ]);
    return ids.map((id, i) => ({
      id,
      piece: piece(id),
      logit: logit[i] as number,
      centeredLogit: (logit[i] as number) - (mean[i] as number),
      prob: Math.exp((logit[i] as number) - (lse[i] as number)),
      rank: rank[i] as number,
    }));
  });
}
