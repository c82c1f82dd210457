/** The four kinds of failure a person can meet, each saying in its sentence what to do (DESIGN §8). */

/** Plain, cloneable facts about a failure: names, numbers asked for, numbers allowed. */
export type ErrorData = Readonly<Record<string, unknown>>;

abstract class NormlessError extends Error {
  readonly data: ErrorData;
  constructor(name: string, message: string, data: ErrorData = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
    this.data = data;
  }
}

/** This browser or machine cannot do it at all (no WebGPU, no adapter, a missing feature). */
export class UnsupportedError extends NormlessError {
  constructor(message: string, data?: ErrorData, options?: ErrorOptions) {
    super('UnsupportedError', message, data, options);
  }
}

/** The request is at fault: a text, a token id, a target, a position, a file chosen by the person. */
export class InputError extends NormlessError {
  constructor(message: string, data?: ErrorData, options?: ErrorOptions) {
    super('InputError', message, data, options);
  }
}

/** Bytes could not be read, or are not a GPT-2 checkpoint. */
export class LoadError extends NormlessError {
  constructor(message: string, data?: ErrorData, options?: ErrorOptions) {
    super('LoadError', message, data, options);
  }
}

/** The graphics device failed: lost, out of memory, a limit exceeded, a kernel refused. */
export class DeviceError extends NormlessError {
  constructor(message: string, data?: ErrorData, options?: ErrorOptions) {
    super('DeviceError', message, data, options);
  }
}

const CLASSES = { UnsupportedError, InputError, LoadError, DeviceError } as const;

/** An error as plain data, for crossing a worker's border. */
export interface ErrorRecord {
  name: string;
  message: string;
  data: ErrorData;
  stack?: string;
}

/** Flattens any thrown value; `data` is kept, unknown values become their string. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), data: {} };
  const data = 'data' in error ? (error.data as ErrorData) : {};
  return { name: error.name, message: error.message, data, stack: error.stack };
}

/** The inverse of `toErrorRecord`: one of our classes where the name is ours, else an `Error` of that name. */
export function fromErrorRecord(record: ErrorRecord): Error {
  const Class = CLASSES[record.name as keyof typeof CLASSES];
  const error = Class
    ? new Class(record.message, record.data)
    : Object.assign(new Error(record.message), { name: record.name, data: record.data });
  if (record.stack) error.stack = record.stack;
  return error;
}
