/** The service worker's composition root: keeps the site for when there is no network. The Hub and everybody else's addresses are none of its business. */

import type { ServiceWorkerScope } from './scope.ts';
import { keptSite } from './site.ts';

const worker = self as unknown as ServiceWorkerScope;
const { scope } = worker.registration;

const site = keptSite({
  scope,
  files: __BUILT_FILES__,
  shelf: () => caches.open(`normless ${scope}`),
  fetch: (request) => fetch(request),
  patience: 5_000,
});

worker.addEventListener('install', (event) => {
  // Nobody waits for the pages of the build before: they keep its files, and are not reloaded.
  event.waitUntil(site.fill().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(takeOver());
});

worker.addEventListener('fetch', (event) => {
  const answer = site.answer(event.request);
  if (answer) event.respondWith(answer);
});

/** From here on answers every page of the site, and tells each which build is kept now. */
async function takeOver(): Promise<void> {
  await site.tidy();
  await worker.clients.claim();
  const paths = __BUILT_FILES__.map(({ path }) => path);
  for (const page of await worker.clients.matchAll({ type: 'window' })) page.postMessage({ kept: paths });
}
