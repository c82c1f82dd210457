/** An arena that records work: what all ops share, whichever file they are in. */

import { Arena } from './arena.ts';
import { rowClass } from './families/choice.ts';
import type { Family } from './families/family.ts';
import { FAMILIES } from './families/index.ts';
import type { GpuTensor } from './gpuTensor.ts';
import type { Dispatch } from './kernel.ts';
import type { Binding } from './recorder.ts';

export class RecordingArena extends Arena {
  /** Records a dispatch and returns its last tensor, whose label it carries. */
  protected record(dispatch: Dispatch, tensors: readonly [...Binding[], GpuTensor]): GpuTensor {
    const result = tensors[tensors.length - 1] as GpuTensor;
    this.context.recorder.record(dispatch, tensors, result.label);
    return result;
  }

  /** The kernels for this many rows. */
  protected family(rows: number): Family {
    return FAMILIES[this.context.choice.families[rowClass(rows)]];
  }
}
