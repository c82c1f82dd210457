/** The page's end of the engine: starts the worker, checks it against the committed result, and is `window.normless`. */

import * as Comlink from 'comlink';
import { DeviceError, fromErrorRecord, toErrorRecord } from '../base/errors.ts';
import type {
  AddRequest,
  AnalysisId,
  CallOptions,
  EngineChoice,
  EngineRoute,
  EngineStatus,
  LoadFilesRequest,
  Normless,
} from './api.ts';
import { CALLBACKS, type Callbacks, type Endpoint, type Method, type MethodValue } from './protocol.ts';
import { type CommittedAnalysis, selfCheck } from './selfCheck.ts';
import { STARTING } from './status.ts';

export interface NormlessOptions {
  /** Where repositories are, e.g. https://huggingface.co. */
  hubEndpoint: string;
  /** The committed analyses that the live engine must reproduce before `ready`. */
  committed: Readonly<Record<string, CommittedAnalysis>>;
  version: string;
  worker: Worker;
  /** Who is to answer, as the person chose on an earlier visit. */
  engine?: EngineChoice;
}

/** Starts loading at once. */
export function createNormless({
  committed,
  version,
  worker,
  hubEndpoint,
  engine = 'auto',
}: NormlessOptions): Normless {
  const endpoint = Comlink.wrap<Endpoint>(worker);
  const call = createCaller(worker, endpoint);
  const state = new StatusBoard();

  const analyze = ((id: AnalysisId, request: CallOptions) =>
    call('analyze', [id, request], request)) as Normless['analyze'];

  /** The callbacks stay here, so the request that crosses is another object than the one that carries them. */
  const callWithArms = <M extends 'add' | 'loadFiles'>(method: M, request: AddRequest | LoadFilesRequest) => {
    const arms = Object.entries(request.arms ?? {}).map(([arm, from]) => [
      arm,
      Array.isArray(from) ? from.map(withPath) : from,
    ]);
    const crossing = { ...request, arms: Object.fromEntries(arms) };
    return call(method, [crossing], crossing);
  };

  /** The short form of `verify`: this machine's numbers against the committed ones. */
  async function checkItself(route: EngineRoute): Promise<void> {
    const message = 'Checking this machine against the committed result.';
    state.update({ phase: 'checking', message, progress: null });
    try {
      const check = await selfCheck(route.engine, committed, (id, request) => call('analyze', [id, request]));
      state.update({ selfCheck: check });
    } finally {
      state.update({ phase: 'ready', message: 'Ready.' });
    }
  }

  async function setEngine(request: { engine: EngineChoice } & CallOptions): Promise<EngineRoute> {
    const route = await call('setEngine', [request], request);
    await checkItself(route); // the status that names it may come after the answer
    return route;
  }

  async function start(): Promise<void> {
    try {
      await endpoint.open(
        { url: document.baseURI, hubEndpoint },
        Comlink.proxy((status: EngineStatus) => state.update(status)),
      );
      await checkItself(await call('start', [{ engine }]));
    } catch (error) {
      const record = toErrorRecord(error);
      state.update({ phase: 'failed', message: record.message, progress: null, error: record });
      throw error;
    }
  }

  const ready = start();
  ready.catch(() => undefined); // shown by the status; whoever awaits `ready` still gets the rejection

  return {
    ready,
    version,
    pairs: () => call('pairs', []),
    load: (request) => call('load', [request], request),
    loadFiles: (request) => callWithArms('loadFiles', request),
    unload: (request) => call('unload', [request]),
    add: (request) => callWithArms('add', request),
    remove: ({ pair }) => call('remove', [{ pair }]),
    budget: (request) => call('budget', [request], request),
    storage: () => call('storage', []),
    deleteStored: ({ ids }) => call('deleteStored', [{ ids }]),
    persistStorage: async () => (await navigator.storage?.persist?.()) ?? false, // the page may ask, a worker may not
    tokenize: (text, options = {}) => call('tokenize', [text, options]),
    ioi: (request = {}) => call('ioi', [request]),
    run: (request) => call('run', [request], request),
    analyze,
    generate: (request) => call('generate', [request], request),
    setEngine,
    dispose: ({ id }) => call('dispose', [{ id }]),
    status: () => state.current,
    subscribe: (listener) => state.subscribe(listener),
  };
}

/** Calls a method in the worker: strips what cannot cross, cancels on abort, revives errors. */
function createCaller(worker: Worker, endpoint: Comlink.Remote<Endpoint>) {
  const crashed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault(); // the rejection below is how it is shown
      reject(
        new DeviceError(
          `The engine's worker stopped: ${event.message || 'its script could not be loaded'}. Reload the page.`,
        ),
      );
    });
  });
  crashed.catch(() => undefined);
  let calls = 0;

  return async function call<M extends Method>(
    method: M,
    args: unknown[],
    options: CallOptions & Callbacks = {},
  ): Promise<MethodValue<M>> {
    const { signal } = options;
    signal?.throwIfAborted();
    const callId = ++calls;
    const plain = args.map((arg) => (arg === options ? withoutCallbacks(options) : arg));
    // What is told comes by a way of its own, so some of it comes after the answer: then the call is over.
    let over = false;
    const callbacks = CALLBACKS.map((name) => {
      const tell = options[name] as ((told: unknown) => void) | undefined;
      return tell && Comlink.proxy((told: unknown) => over || tell(told));
    });
    const reply = endpoint.call(method, plain, callId, ...callbacks);
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener(
        'abort',
        () => {
          void endpoint.cancel(callId);
          reject(signal.reason as Error);
        },
        { once: true },
      );
    });
    aborted.catch(() => undefined);
    const answer = await Promise.race([reply, aborted, crashed]).finally(() => {
      over = true;
    });
    if (!answer.ok) throw fromErrorRecord(answer.error);
    return answer.value as MethodValue<M>;
  };
}

/** A file of a picked folder under its path: the path itself would not cross to the worker. Nothing is copied. */
function withPath(file: File): File {
  return file.webkitRelativePath ? new File([file], file.webkitRelativePath) : file;
}

/** What is left of a request that crosses as it is. */
function withoutCallbacks(request: object): object {
  const staying: readonly string[] = ['signal', ...CALLBACKS];
  return Object.fromEntries(Object.entries(request).filter(([name]) => !staying.includes(name)));
}

/** The latest status and who wants to know. */
class StatusBoard {
  current = STARTING;
  #listeners = new Set<(status: EngineStatus) => void>();

  update(change: Partial<EngineStatus>): void {
    // The worker knows nothing of the self-check: it must not wipe it out.
    const kept = change.selfCheck ?? this.current.selfCheck;
    this.current = { ...this.current, ...change, selfCheck: kept };
    for (const listener of this.#listeners) listener(this.current);
  }

  subscribe(listener: (status: EngineStatus) => void): () => void {
    this.#listeners.add(listener);
    listener(this.current);
    return () => this.#listeners.delete(listener);
  }
}
