/** What everything on one device shares. */

import { DeviceError } from '../base/errors.ts';
import type { BackendLimits } from '../tensor/ops.ts';
import type { BufferPool } from './buffers.ts';
import type { OpenDevice } from './device.ts';
import type { Choice } from './families/choice.ts';
import type { Faults } from './faults.ts';
import type { Pipelines } from './pipelines.ts';
import type { Binding, Recorder } from './recorder.ts';

export interface GpuContext {
  readonly open: OpenDevice;
  readonly faults: Faults;
  readonly pool: BufferPool;
  readonly pipelines: Pipelines;
  readonly recorder: Recorder;
  /** Two buffers of no meaning, for bindings that a kernel has but does not use. */
  readonly blanks: readonly [Binding, Binding];
  /** What a parameter may be, in one buffer and as one part. */
  readonly limits: BackendLimits;
  /** Which kernels compute. */
  choice: Choice;
  /** Multiply-adds that may go into one submit; a `border` beyond it cuts. */
  workPerSubmit: number;
  readbackBytes: number;
}

/** Throws why the device's results cannot be trusted, if they cannot. */
export function assertWorking({ open, recorder, pipelines }: GpuContext): void {
  const failure = open.failure() ?? pipelines.refused ?? recorder.refused;
  if (failure) throw failure;
}

const LOSS_GRACE_MS = 2000;

/** The error for a wait that the device broke off. A loss is told a moment after what it breaks, so it is waited for. */
export async function brokenWait({ open }: GpuContext, cause: unknown): Promise<DeviceError> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const grace = new Promise((resolve) => {
    timer = setTimeout(resolve, LOSS_GRACE_MS);
  });
  await Promise.race([open.lost, grace]);
  clearTimeout(timer);
  return (
    open.failure() ??
    new DeviceError(
      `Results could not be read from the graphics device (${String(cause)}). Run it again.`,
      { lost: false },
      { cause },
    )
  );
}
