/** How likely a model finds the tokens of a text, whoever wrote it: one pass over all of them. */

import { must } from '../base/assert.ts';
import type { Model } from '../model/model.ts';
import { uploadIds, withScratch } from './scratch.ts';
import { logitsRows, logitsSource, readInBlocks } from './unembed.ts';

/**
 * ln of the probability, and the rank, of every token from position `from` ≥ 1 on, given all before it; as far as the
 * model's context reaches. The last token need not be fed, so it may stand at position n_ctx.
 */
export async function readText(
  model: Model,
  text: readonly number[],
  from: number,
): Promise<{ logprob: number; rank: number }[]> {
  const fed = text.slice(0, Math.min(text.length - 1, model.config.nCtx));
  const positions = [...fed.keys()].slice(from - 1);
  if (positions.length === 0) return [];
  const cache = await model.run([fed], [logitsSource(model)]);
  try {
    const [lse, logits, ranks] = await withScratch(model, 'reading', (ops) =>
      readInBlocks(ops, positions, 4 * model.config.dVocab, (some) => {
        const next = some.map((position) => must(text[position + 1], 'no next token'));
        const ids = uploadIds(ops, next, 'next tokens');
        const rows = logitsRows({ model, cache }, ops, some); // [some, d_vocab]
        return [ops.logSumExp(rows), ops.gather(rows, ids), ops.rank(rows, ids)];
      }),
    );
    const value = (of: Float32Array | undefined, i: number) => must(of, 'nothing was read')[i] as number;
    return positions.map((_, i) => ({ logprob: value(logits, i) - value(lse, i), rank: value(ranks, i) }));
  } finally {
    cache.dispose();
  }
}
