/** What crosses the worker's border: calls by name, replies as values or error records, callbacks as proxies. */

import type { ErrorRecord } from '../base/errors.ts';
import type { CallOptions, CorpusCallbacks, EngineStatus, GenerateRequest } from './api.ts';
import type { EngineService } from './service.ts';

/** The service's methods that a client may call. */
export type Method =
  | 'start'
  | 'setEngine'
  | 'pairs'
  | 'load'
  | 'loadFiles'
  | 'unload'
  | 'add'
  | 'remove'
  | 'budget'
  | 'storage'
  | 'deleteStored'
  | 'tokenize'
  | 'ioi'
  | 'run'
  | 'analyze'
  | 'generate'
  | 'dispose';

export type MethodArguments<M extends Method> = Parameters<EngineService[M]>;
export type MethodValue<M extends Method> = Awaited<ReturnType<EngineService[M]>>;

export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorRecord };

/** What a call may be told by while it runs, in the order in which it crosses: a proxy must be an argument of its own. */
export const CALLBACKS = ['onProgress', 'onToken', 'onPartial'] as const;
type CallbackName = (typeof CALLBACKS)[number];
export type Callbacks = Pick<CallOptions & CorpusCallbacks & GenerateRequest, CallbackName>;

/** What only the page knows of where it runs. */
export interface PageFacts {
  /** Bundled models lie beside it. */
  url: string;
  /** Where repositories are, without a slash at its end. */
  hubEndpoint: string;
}

/** What a worker exposes through comlink. */
export interface Endpoint {
  /** First of all calls: about the page, and who hears the status. */
  open(page: PageFacts, onStatus: (status: EngineStatus) => void): void;
  /** Arguments are plain data, callbacks in the order of CALLBACKS; a call with a callId can be cancelled. */
  call(
    method: Method,
    args: unknown[],
    callId: number,
    ...callbacks: (Callbacks[CallbackName] | undefined)[]
  ): Promise<Reply<unknown>>;
  cancel(callId: number): void;
}
