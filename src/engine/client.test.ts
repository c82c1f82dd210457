/** The page's end of the engine: what a call tells is heard while it is under way, and not after its answer. */

import * as Comlink from 'comlink';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Progress } from './api.ts';
import { createNormless } from './client.ts';
import type { Endpoint } from './protocol.ts';

type Tell = (progress: Progress) => Promise<void>;

const at = (done: number): Progress => ({ done, total: 2, unit: 'steps', phase: 'a test' });
const { port1, port2 } = new MessageChannel();

beforeEach(() => vi.stubGlobal('document', { baseURI: 'http://localhost/' }));
afterEach(() => {
  vi.unstubAllGlobals();
  port1.close();
});

test('what is told after the answer is not heard: it would go on for ever', async () => {
  let tellLater: Tell | undefined;
  const endpoint = {
    open: () => {},
    cancel: () => {},
    call: async (method: string, _args: unknown[], _id: number, onProgress?: Tell) => {
      if (method !== 'analyze' || !onProgress) return { ok: true, value: {} };
      await onProgress(at(1));
      tellLater = onProgress;
      return { ok: true, value: {} };
    },
  };
  Comlink.expose(endpoint as unknown as Endpoint, port2 as unknown as Comlink.Endpoint);
  const normless = createNormless({
    committed: {},
    version: 'a test',
    worker: port1 as unknown as Worker,
    hubEndpoint: '',
  });
  port1.start();
  const heard = vi.fn();
  await normless.analyze('predictions', { text: 'a', onProgress: heard });
  await tellLater?.(at(2));
  expect(heard.mock.calls).toEqual([[at(1)]]);
});
