/** Loss, entropy and rank at every position of a prompt, and how far two arms' distributions are apart. */

import { must } from '../base/assert.ts';
import type { HookName } from '../model/hooks.ts';
import { labelled } from '../tensor/tensor.ts';
import { type ArmRun, everyTwo, promptOf } from './armRun.ts';
import { uploadIds, withScratch } from './scratch.ts';
import type { TokenStatsArm, TokenStatsBetween } from './types/index.ts';
import { type LogitsSource, logitsRows, readInBlocks } from './unembed.ts';

export const tokenStatsHooks = (source: LogitsSource = 'ln_final.hook_normalized'): HookName[] => [source];

export interface TokenStats {
  /** In the order of the runs. */
  readonly arms: TokenStatsArm[];
  /** Of every two, as `everyTwo` lists them. */
  readonly between: TokenStatsBetween[];
}

/**
 * Of each run entropy [T], and loss and rank of the actual next token [T − 1]; of every two KL both ways and JSD [T]; all
 * in nats, SCIENCE §8 (without its clamps). The runs are of the same tokens, on one device. Every row of logits is made
 * once, whatever reads it, and lives only until it is reduced.
 */
export async function tokenStatsOf(runs: readonly ArmRun[]): Promise<TokenStats> {
  const { model, cache } = must(runs[0], 'token stats of no run');
  const prompt = promptOf(cache);
  const T = prompt.length;
  const read = await withScratch(model, 'token stats', (ops) =>
    readInBlocks(ops, [...prompt.keys()], 4 * model.config.dVocab * runs.length, (positions) => {
      // The last position has no next token; it is given a stand-in whose value is dropped below.
      const next = uploadIds(
        ops,
        positions.map((p) => prompt[p + 1] ?? 0),
        'next tokens',
      );
      const arms = runs.map((run) => {
        const logits = logitsRows(run, ops, positions); // [positions, d_vocab]
        return { logits, lse: ops.logSumExp(logits) };
      });
      return [
        ...arms.flatMap(({ logits, lse }) => [
          ops.entropy(logits, lse),
          lse,
          ops.gather(logits, next),
          ops.rank(logits, next),
        ]),
        ...everyTwo(arms).map(([a, b]) => ops.divergence(a.logits, a.lse, b.logits, b.lse)), // [positions, 3]
      ];
    }),
  );

  const arms = runs.map((_, i): TokenStatsArm => {
    const [entropy, lse, logit, rank] = read.slice(4 * i) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const loss = Float32Array.from({ length: T - 1 }, (_, p) => (lse[p] as number) - (logit[p] as number));
    return {
      entropy: labelled(['position'], [T], entropy),
      loss: labelled(['position'], [T - 1], loss),
      rank: labelled(['position'], [T - 1], rank.slice(0, T - 1)),
    };
  });
  const between = read.slice(4 * runs.length).map((divergences): TokenStatsBetween => {
    const column = (c: number) =>
      labelled(
        ['position'],
        [T],
        Float32Array.from({ length: T }, (_, p) => divergences[p * 3 + c] as number),
      );
    return { kl: column(0), klReverse: column(1), jsd: column(2) };
  });
  return { arms, between };
}

/** `tokenStatsOf` one run. */
export async function tokenStats(run: ArmRun): Promise<TokenStatsArm> {
  return must((await tokenStatsOf([run])).arms[0], 'no statistics');
}
