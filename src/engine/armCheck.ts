/** What a freshly loaded arm is found to be: finite or not, with or without LayerNorm, and whether it speaks the language. */

import { tokenStats, tokenStatsHooks } from '../analysis/tokenStats.ts';
import { logitsSource } from '../analysis/unembed.ts';
import type { Model } from '../model/model.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { NonFinite } from '../weights/convert.ts';
import type { ArmCheck } from './api.ts';

/** Common words only: every English language model finds it likely. */
const SENTENCE = 'The cat sat on the mat and looked out of the window at the rain.';
/** Smaller vocabularies are not of a natural language: characters, bytes, or a toy. */
const SMALLEST_VOCABULARY = 1000;

/**
 * Runs the sentence and judges the mean loss against ln(vocabulary)/2: weights in the wrong order, transposed or of
 * another model come out near ln(vocabulary). A failed check is a warning, not an error.
 */
export async function checkArm(
  model: Model,
  tokenizer: Tokenizer | null,
  nonFinite: readonly NonFinite[],
): Promise<ArmCheck> {
  const { norm, dVocab } = model.config;
  const loss = tokenizer && dVocab >= SMALLEST_VOCABULARY ? await sentenceLoss(model, tokenizer) : null;
  const limit = loss === null ? null : Math.log(dVocab) / 2;
  const sane = loss === null || limit === null || loss < limit;
  const found = [normSentence(model)];
  if (nonFinite.length > 0) found.push(nonFiniteSentence(nonFinite));
  if (loss !== null && limit !== null) found.push(lossSentence(loss, limit, sane));
  else
    found.push(
      'Its predictions were not judged: it has no tokenizer, or not a natural language’s vocabulary.',
    );
  return {
    norm: norm.kind,
    nonFinite: nonFinite.map((tensor) => ({ ...tensor })),
    loss,
    limit,
    ok: sane && nonFinite.length === 0,
    message: found.join(' '),
  };
}

async function sentenceLoss(model: Model, tokenizer: Tokenizer): Promise<number> {
  const { bosTokenId, nCtx } = model.config;
  const bos = bosTokenId === null ? [] : [bosTokenId];
  const tokens = [...bos, ...tokenizer.encode(SENTENCE)].slice(0, nCtx);
  const cache = await model.run([tokens], tokenStatsHooks(logitsSource(model)));
  try {
    const { data } = (await tokenStats({ model, cache })).loss;
    return data.reduce((sum, loss) => sum + loss, 0) / data.length;
  } finally {
    cache.dispose();
  }
}

function normSentence({ config: { norm } }: Model): string {
  if (norm.kind === 'linear') return 'LN-free: centring and an affine map, no variance is ever computed.';
  return `With LayerNorm (ε = ${norm.eps}).`;
}

function nonFiniteSentence(nonFinite: readonly NonFinite[]): string {
  const named = nonFinite.slice(0, 3).map(({ name, count }) => `${name} has ${count}`);
  const more = nonFinite.length > 3 ? ` and ${nonFinite.length - 3} more tensors` : '';
  return `Values that are not finite: ${named.join(', ')}${more}. What they feed will not be finite either; get the checkpoint again.`;
}

function lossSentence(loss: number, limit: number, sane: boolean): string {
  const cost = `An ordinary sentence costs ${loss.toFixed(2)} nats a token`;
  if (sane) return `${cost} (a language model stays below ${limit.toFixed(2)}).`;
  return `${cost}, where a language model stays below ${limit.toFixed(2)}: these weights do not speak English, or do not belong to their config.json.`;
}
