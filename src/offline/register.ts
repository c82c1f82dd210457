/** Lets the browser keep the site once the first visit's work is done, and says when a newer build of it is kept. */

import { toErrorRecord } from '../base/errors.ts';
import { whenIdle } from '../base/idle.ts';
import { notify } from '../state/notices.ts';
import { setState } from '../state/store.ts';
import { isOlder, keptPaths } from './builds.ts';

/** After the engine stands, so that the first questions need not share the network and the processor. Milliseconds. */
const QUIET = 3_000;
/** A page that stays open asks at most this often whether there is a newer build, when somebody comes back to it. */
const CHECK_EVERY = 60 * 60 * 1_000;

/**
 * Registers the service worker some time after `ready` is settled; it then fetches what is missing, about 37 MB.
 * Where there are no service workers (plain http), or the person saves data, nothing is kept and the page says so in its
 * help. Nothing is ever reloaded: a page goes on with the build that it began with.
 */
export async function keepForOffline(ready: Promise<unknown>): Promise<void> {
  if (!('serviceWorker' in navigator))
    return setState({ offline: { state: 'unavailable', why: 'insecure' } });
  if (savesData()) return setState({ offline: { state: 'unavailable', why: 'saves-data' } });
  if (navigator.serviceWorker.controller) setState({ offline: { state: 'kept' } });
  navigator.serviceWorker.addEventListener('message', ({ data }) => hear(data));
  await ready.catch(() => undefined); // a page without an engine is worth keeping, too
  await new Promise((resolve) => setTimeout(resolve, QUIET));
  await whenIdle();
  try {
    await navigator.serviceWorker.register(new URL('sw.js', document.baseURI), {
      scope: new URL('.', document.baseURI).pathname,
    });
  } catch (error) {
    setState({ offline: { state: 'unavailable', why: 'refused', message: toErrorRecord(error).message } });
    return;
  }
  checkOnReturn();
}

/** The service worker says which build it keeps now. */
function hear(data: unknown): void {
  const kept = keptPaths(data);
  if (!kept) return;
  setState({ offline: { state: 'kept' } });
  if (!isOlder(ownFiles(), kept)) return;
  notify(
    'info',
    'A newer version of Normless is ready',
    'Reload the page when it suits you; until then it goes on with the version that it began with.',
  );
}

/** The scripts and styles that this page's index.html names, below the site's address. */
function ownFiles(): string[] {
  const named = [
    ...[...document.scripts].map(({ src }) => src),
    ...[...document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')].map(({ href }) => href),
  ];
  const site = new URL('.', document.baseURI).href;
  return named.filter((url) => url.startsWith(site)).map((url) => url.slice(site.length));
}

function checkOnReturn(): void {
  let checked = Date.now();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible' || Date.now() - checked < CHECK_EVERY) return;
    checked = Date.now();
    // Without a network there is nothing newer.
    void navigator.serviceWorker.getRegistration().then((found) => found?.update().catch(() => undefined));
  });
}

function savesData(): boolean {
  return (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true;
}
