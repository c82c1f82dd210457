/** Every kernel there is, for compiling them ahead of use. */

import type { ModelConfig, StorageDType } from '../../tensor/params.ts';
import type { Kernel } from '../kernel.ts';
import { addKernel } from './add.ts';
import { attentionKernel } from './attention.ts';
import { attentionScoresKernel } from './attentionScores.ts';
import { divergenceKernel } from './divergence.ts';
import { dotGroupsKernel } from './dotGroups.ts';
import { embedKernel } from './embed.ts';
import { entropyKernel } from './entropy.ts';
import { gatherKernel } from './gather.ts';
import { geluKernel } from './gelu.ts';
import { linearKernels } from './linear.ts';
import { linearTKernel } from './linearT.ts';
import { linearT4Kernel } from './linearT4.ts';
import { logSumExpKernel } from './logSumExp.ts';
import { logSumExpMergeKernel } from './logSumExpMerge.ts';
import { meanKernel } from './mean.ts';
import { mixKernel } from './mix.ts';
import { normKernel } from './norm.ts';
import { rankKernel } from './rank.ts';
import { softmaxKernel } from './softmax.ts';
import { sumLanesKernel } from './sumLanes.ts';
import { topKKernel } from './topK.ts';
import { topKMergeKernel } from './topKMerge.ts';

/** What reading parameters of one storage takes. The slowest to compile come first. */
function parameterKernels(dtype: StorageDType): readonly Kernel[] {
  return [linearKernels[16], linearT4Kernel, linearKernels[8], linearTKernel, embedKernel].map(
    (kernel) => kernel[dtype],
  );
}

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
  mixKernel,
  normKernel,
  rankKernel,
  softmaxKernel,
  sumLanesKernel,
  topKKernel,
  topKMergeKernel,
];

/** Everything that running and analysing a model of these sizes may use; analyses read f32 whatever the parameters are. */
export function kernelsFor(dtype: StorageDType, { dHead }: Pick<ModelConfig, 'dHead'>): readonly Kernel[] {
  const stored = [...new Set([...parameterKernels(dtype), ...parameterKernels('f32')])];
  return [...stored, attentionKernel(dHead), ...commonKernels];
}
