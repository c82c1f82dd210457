/** Loss, entropy and rank at every position of a prompt, and how far two arms' distributions are apart. */

import type { HookName } from '../model/hooks.ts';
import { labelled } from '../tensor/tensor.ts';
import { type ArmRun, promptOf } from './armRun.ts';
import { uploadIds, withScratch } from './scratch.ts';
import type { TokenStatsArm, TokenStatsBetween } from './types.ts';

export const tokenStatsHooks = (): HookName[] => ['logits'];

/** Entropy [T], and loss and rank of the actual next token [T − 1], in nats; SCIENCE §8 (without its clamps). */
export async function tokenStats(run: ArmRun): Promise<TokenStatsArm> {
  const prompt = promptOf(run.cache);
  return withScratch(run.model, 'token stats', async (ops) => {
    const logits = run.cache.get('logits'); // [1, pos, d_vocab]
    const rows = ops.embed(logits, uploadIds(ops, [...prompt.keys()]), 'logits by row'); // [pos, d_vocab]
    // The last position has no next token; it is given a stand-in whose value is dropped below.
    const next = uploadIds(ops, [...prompt.slice(1), 0], 'next tokens');
    const lse = ops.logSumExp(rows);
    const [h, z, logit, rank] = await ops.read([
      ops.entropy(rows, lse),
      lse,
      ops.gather(rows, next),
      ops.rank(rows, next),
    ]);
    const T = prompt.length;
    const loss = Float32Array.from({ length: T - 1 }, (_, p) => (z[p] as number) - (logit[p] as number));
    return {
      entropy: labelled(['position'], [T], h),
      loss: labelled(['position'], [T - 1], loss),
      rank: labelled(['position'], [T - 1], rank.slice(0, T - 1)),
    };
  });
}

/** KL both ways and JSD per position, in nats. Both arms must have run on the same tokens on one device. */
export async function tokenStatsBetween(first: ArmRun, second: ArmRun): Promise<TokenStatsBetween> {
  const T = promptOf(first.cache).length;
  return withScratch(first.model, 'divergences', async (ops) => {
    const [a, b] = [first.cache.get('logits'), second.cache.get('logits')];
    const [all] = await ops.read([ops.divergence(a, ops.logSumExp(a), b, ops.logSumExp(b))]); // [1, pos, 3]
    const column = (c: number) =>
      labelled(
        ['position'],
        [T],
        Float32Array.from({ length: T }, (_, p) => all[p * 3 + c] as number),
      );
    return { kl: column(0), klReverse: column(1), jsd: column(2) };
  });
}
