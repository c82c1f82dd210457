/** When the site is kept, why it is not, and what a page says of a newer build: with a browser of the test's own. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { initialState } from '../state/initial.ts';
import { getState, setState } from '../state/store.ts';
import { keepForOffline } from './register.ts';

const SITE = 'https://a.test/class/';

/** A page with one script and one style, in a browser that registers as `register` does. */
function browser(register: () => Promise<unknown>, connection = {}) {
  const heard = new EventTarget();
  const serviceWorker = Object.assign(heard, { controller: null, register: vi.fn(register) });
  vi.stubGlobal('navigator', { serviceWorker, connection });
  vi.stubGlobal('window', {});
  vi.stubGlobal(
    'document',
    Object.assign(new EventTarget(), {
      baseURI: `${SITE}#v1.abc`,
      scripts: [{ src: '' }, { src: `${SITE}assets/a.js` }],
      querySelectorAll: () => [{ href: `${SITE}assets/a.css` }],
    }),
  );
  const say = (kept: string[]) => heard.dispatchEvent(new MessageEvent('message', { data: { kept } }));
  return { serviceWorker, say };
}

beforeEach(() => {
  setState(initialState(), true);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test.each(['stands', 'failed'])(
  'the service worker is registered for the folder of the page, some time after the engine %s',
  async (outcome) => {
    const { serviceWorker } = browser(async () => undefined);
    let settle = () => {};
    const engine = new Promise<void>((resolve, reject) => {
      settle = outcome === 'stands' ? resolve : () => reject(new Error('There is no engine.'));
    });
    const kept = keepForOffline(engine);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(serviceWorker.register).not.toHaveBeenCalled();
    settle();
    await vi.advanceTimersByTimeAsync(60_000);
    await kept;
    expect(serviceWorker.register.mock.calls).toEqual([[new URL(`${SITE}sw.js`), { scope: '/class/' }]]);
  },
);

test('where it cannot be kept, the state says why', async () => {
  vi.stubGlobal('navigator', {});
  await keepForOffline(Promise.resolve());
  expect(getState().offline).toEqual({ state: 'unavailable', why: 'insecure' });

  const { serviceWorker } = browser(async () => undefined, { saveData: true });
  await keepForOffline(Promise.resolve());
  expect(getState().offline).toEqual({ state: 'unavailable', why: 'saves-data' });
  expect(serviceWorker.register).not.toHaveBeenCalled();

  browser(() => Promise.reject(new Error('Storage is full.')));
  const kept = keepForOffline(Promise.resolve());
  await vi.advanceTimersByTimeAsync(60_000);
  await kept;
  const refused = { state: 'unavailable', why: 'refused', message: 'Storage is full.' };
  expect(getState().offline).toEqual(refused);
});

test('the page’s own build is kept quietly, a newer one is announced once', async () => {
  const { say } = browser(async () => undefined);
  void keepForOffline(Promise.resolve());
  await vi.advanceTimersByTimeAsync(60_000);
  expect(getState().offline).toEqual({ state: 'not-yet' });
  say(['', 'assets/a.js', 'assets/a.css']);
  expect(getState()).toMatchObject({ offline: { state: 'kept' }, notices: [] });
  say(['', 'assets/b.js', 'assets/a.css']);
  say(['', 'assets/c.js', 'assets/a.css']);
  expect(getState().notices.map(({ title }) => title)).toEqual(['A newer version of Normless is ready']);
});
