/** The worker's end: takes calls, gives them a signal and their callbacks, and flattens errors into records. */

import { transfer } from 'comlink';
import { must } from '../base/assert.ts';
import { toErrorRecord } from '../base/errors.ts';
import { CALLBACKS, type Endpoint, type Method, type PageFacts, type Reply } from './protocol.ts';
import { EngineService, type ServiceOptions } from './service.ts';

/** Methods whose last argument is a request that takes CallOptions. */
const WITH_OPTIONS: ReadonlySet<Method> = new Set([
  'setEngine',
  'load',
  'loadFiles',
  'add',
  'budget',
  'run',
  'analyze',
  'generate',
]);

/** The object to expose; the service is made when the page opens it. */
export function createEndpoint(options: (page: PageFacts) => Omit<ServiceOptions, 'onStatus'>): Endpoint {
  let service: EngineService | null = null;
  const running = new Map<number, AbortController>();

  return {
    open(page, onStatus) {
      service = new EngineService({ ...options(page), onStatus });
    },
    async call(method, args, callId, ...callbacks): Promise<Reply<unknown>> {
      const controller = new AbortController();
      running.set(callId, controller);
      try {
        const named = Object.fromEntries(CALLBACKS.map((name, i) => [name, callbacks[i]]));
        const withOptions = WITH_OPTIONS.has(method)
          ? [...args.slice(0, -1), { ...(args.at(-1) as object), ...named, signal: controller.signal }]
          : args;
        const engine = must(service, 'a call before open');
        const f = engine[method] as (...args: unknown[]) => Promise<unknown>;
        const value = await f.apply(engine, withOptions);
        return transfer({ ok: true, value }, buffers(value));
      } catch (error) {
        return { ok: false, error: toErrorRecord(error) };
      } finally {
        running.delete(callId);
      }
    },
    cancel(callId) {
      running.get(callId)?.abort();
    },
  };
}

/** Every array buffer inside a result: moved to the page, not copied. */
function buffers(value: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (value instanceof Float32Array) found.add(value.buffer as ArrayBuffer);
  else if (value && typeof value === 'object')
    for (const inner of Object.values(value)) buffers(inner, found);
  return [...found];
}
