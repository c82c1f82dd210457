/** Every kernel there is, for compiling them ahead of use. */

import type { StorageDType } from '../../tensor/params.ts';
import type { Kernel } from '../kernel.ts';
import { addKernel } from './add.ts';
import { attentionScoresKernel } from './attentionScores.ts';
import { divergenceKernel } from './divergence.ts';
import { dotGroupsKernel } from './dotGroups.ts';
import { embedKernel } from './embed.ts';
import { entropyKernel } from './entropy.ts';
import { gatherKernel } from './gather.ts';
import { geluKernel } from './gelu.ts';
import { linearKernel } from './linear.ts';
import { linearTKernel } from './linearT.ts';
import { linearT4Kernel } from './linearT4.ts';
import { logSumExpKernel } from './logSumExp.ts';
import { logSumExpMergeKernel } from './logSumExpMerge.ts';
import { meanKernel } from './mean.ts';
import { mixKernel } from './mix.ts';
import { normKernel } from './norm.ts';
import { normMomentsKernel } from './normMoments.ts';
import { rankKernel } from './rank.ts';
import { softmaxKernel } from './softmax.ts';
import { sumLanesKernel } from './sumLanes.ts';
import { topKKernel } from './topK.ts';
import { topKMergeKernel } from './topKMerge.ts';

/** What reading parameters of one storage takes. The slowest to compile come first. */
export function parameterKernels(dtype: StorageDType): readonly Kernel[] {
  return [linearT4Kernel, linearKernel, linearTKernel, embedKernel].map((kernel) => kernel[dtype]);
}

/** What every model takes: activations are f32, and vectors are kept so. */
export const startKernels: readonly Kernel[] = [
  ...parameterKernels('f32'),
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
  mixKernel,
  normKernel,
  normMomentsKernel,
  rankKernel,
  softmaxKernel,
  sumLanesKernel,
  topKKernel,
  topKMergeKernel,
];

export const allKernels: readonly Kernel[] = [
  ...startKernels,
  ...parameterKernels('f16'),
  ...parameterKernels('q8'),
];
