/** Every kernel there is, for compiling them ahead of use. */

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

/** The slowest to compile come first. */
export const allKernels: readonly Kernel[] = [
  ...Object.values(linearT4Kernel),
  ...Object.values(linearKernel),
  ...Object.values(linearTKernel),
  ...Object.values(embedKernel),
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
