/** Every kernel there is, for compiling them ahead of use. */

import type { ModelConfig, StorageDType } from '../../tensor/params.ts';
import type { Family } from '../families/family.ts';
import type { Kernel } from '../kernel.ts';
import { addKernel } from './add.ts';
import { attentionScoresKernel } from './attentionScores.ts';
import { divergenceKernel } from './divergence.ts';
import { dotGroupsKernel } from './dotGroups.ts';
import { embedKernel } from './embed.ts';
import { entropyKernel } from './entropy.ts';
import { gatherKernel } from './gather.ts';
import { geluKernel } from './gelu.ts';
import { logSumExpKernel } from './logSumExp.ts';
import { logSumExpMergeKernel } from './logSumExpMerge.ts';
import { meanKernel } from './mean.ts';
import { mixKernel } from './mix.ts';
import { rankKernel } from './rank.ts';
import { softmaxKernel } from './softmax.ts';
import { sumLanesKernel } from './sumLanes.ts';
import { topKKernel } from './topK.ts';
import { topKMergeKernel } from './topKMerge.ts';

/** What every model takes, whatever its parameters. */
const commonKernels: readonly Kernel[] = [
  addKernel,
  attentionScoresKernel,
  divergenceKernel,
  dotGroupsKernel,
  entropyKernel,
  gatherKernel,
  geluKernel,
  logSumExpKernel,
  logSumExpMergeKernel,
  meanKernel,
  rankKernel,
  softmaxKernel,
  sumLanesKernel,
  topKKernel,
  topKMergeKernel,
];

/**
 * What running and analysing a model of these sizes takes where these families compute. Products of activations with
 * each other, which a few analyses have where parameters are not f32, are left to their first use.
 */
export function kernelsFor(
  dtype: StorageDType,
  { dHead }: Pick<ModelConfig, 'dHead'>,
  families: readonly Family[],
): readonly Kernel[] {
  const own = families.flatMap((family) => family.kernels(dtype, dHead));
  return [...new Set([...own, embedKernel[dtype], embedKernel.f32, mixKernel(dHead), ...commonKernels])];
}
