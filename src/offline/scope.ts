/** What a service worker hears and holds: TypeScript's own declarations of it exclude those of the page. */

import type { BuiltFile } from './site.ts';

declare global {
  /** Every file of the build but the service worker itself; tools/serviceWorker.ts fills it in. */
  const __BUILT_FILES__: readonly BuiltFile[];
}

interface Lasting extends Event {
  /** The browser lets the worker live until then; a rejection of `install` means that it is not installed. */
  waitUntil(until: Promise<unknown>): void;
}

interface Fetched extends Lasting {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}

export interface ServiceWorkerScope {
  readonly registration: { readonly scope: string };
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: 'window' }): Promise<readonly { postMessage(message: unknown): void }[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetched) => void): void;
}
