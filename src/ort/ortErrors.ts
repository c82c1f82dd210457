/** ONNX Runtime's failures as the project's: which work they met, how many bytes it took, and what to do. */

import { DeviceError } from '../base/errors.ts';

/** What ONNX Runtime was asked to do. */
export interface Job {
  /** As the object of a sentence: `the weights of a GPT-2 with 12 layers of 768`. */
  readonly what: string;
  /** The least that it takes. */
  readonly bytes: number;
  /** What to do where memory does not suffice. */
  readonly advice: string;
}

/** How ONNX Runtime, its allocator and WebAssembly say that there is no room: 32-bit sizes overflow before memory ends. */
const NO_ROOM = /bad_alloc|allocat|out of memory|oom|too large|integer overflow/i;

/** A DeviceError that names the work and its bytes; `data.lost` is false, since nothing that is loaded goes with it. */
export function ortError({ what, bytes, advice }: Job, cause: unknown): DeviceError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const data = { lost: false, what, bytes, said };
  if (cause instanceof RangeError || NO_ROOM.test(said)) {
    const message = `ONNX Runtime has no memory for ${what}: ${megabytes(bytes)} were asked for, and WebAssembly addresses 4 GB in all. ${advice}`;
    return new DeviceError(message, data, { cause });
  }
  return new DeviceError(
    `ONNX Runtime failed with ${what}: ${said.trim()} Choose the engine “wgsl” where WebGPU is there, and please report this.`,
    data,
    { cause },
  );
}

/** Why nothing enters the WebAssembly any more after it crashed. */
export function crashed(cause: Error): DeviceError {
  return new DeviceError(
    `ONNX Runtime’s WebAssembly crashed (${cause.message}). Reload the page to start it anew.`,
    { lost: false, said: cause.message },
    { cause },
  );
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6).toLocaleString('en')} MB`;
}
