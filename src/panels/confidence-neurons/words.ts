/** What the panel says of an unembedding: whether it leaves anything unread for a confidence neuron to write to. */

import type { ConfidenceNeuronsArm } from '../../analysis/types/index.ts';
import { CLIFF, nullSpaceOf } from '../../state/nullSpace.ts';
import { compact, number } from '../../ui/format.ts';

/** Whether an arm can have confidence neurons at all, as its spectrum has it. */
export function nullSpaceInWords(arm: string, own: Pick<ConfidenceNeuronsArm, 'singularValues'>): string {
  const { effective, dimension, ofLargest } = nullSpaceOf(own);
  if (!effective)
    return `${arm} has none worth the name: its unembedding has no effective null space. The smallest singular value is still ${compact(100 * ofLargest)} % of the largest.`;
  return `${arm} can have some: its unembedding hardly reads ${dimension} of its ${own.singularValues.length} directions, each with a singular value below ${number(100 * CLIFF, 0)} % of the median one. Whether a neuron writes there is in the column “null”; what it does is told by taking it out.`;
}
