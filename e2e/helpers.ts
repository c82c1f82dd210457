/** What every journey shares: a page that may not complain, ways to break WebGPU, accessibility, pictures. */

import AxeBuilder from '@axe-core/playwright';
import { test as base, expect, type Locator, type Page } from '@playwright/test';
import type { EngineChoice } from '../src/engine/api.ts';
import { encodeLink } from '../src/share/codec.ts';
import { DEMO_EDITION } from '../src/state/linking/demo.ts';

interface Options {
  /**
   * Who computes, as if the person had chosen it on an earlier visit. Left to the page, it is ONNX Runtime where the
   * adapter computes in software, as it does here: journeys about our own kernels say so.
   */
  engine: EngineChoice;
}

/** Playwright's `test`, failing on any console error, uncaught error or failed request of the page and its worker. */
export const test = base.extend<Options>({
  engine: ['auto', { option: true }],
  context: async ({ context, engine }, use) => {
    if (engine !== 'auto')
      await context.addInitScript((id) => localStorage.setItem('normless.engine', id), engine);
    await use(context);
  },
  page: async ({ page }, use) => {
    const complaints = complaintsOf(page);
    await use(page);
    expect(complaints, 'the page complained').toEqual([]);
  },
});

/** The shared page asks again what it opens with: nothing pinned or edited, no panel open, its address without a link. */
async function askAfresh(page: Page): Promise<void> {
  await page.keyboard.press('Escape'); // what still stands open above it
  await settledHash(page); // or the address of the state before is written over the link
  const opening = await encodeLink({ demo: DEMO_EDITION }); // of an earlier edition a notice would stand there
  await page.evaluate((fragment) => (location.hash = fragment), opening);
  await expect.poll(() => page.evaluate(() => location.hash), { timeout: 60_000 }).toBe('');
  await answered(page);
}

/**
 * `test` on one page for all journeys that leave it fit for others, with a ready engine: starting one takes longer than
 * most of them. Each begins with the question that the page opens with; what no link holds (the width of the window, a
 * dialog, texts typed into panels) is as the one before left it.
 */
export const sharedTest = base.extend<object, { workbench: { page: Page; complaints: string[] } }>({
  workbench: [
    async ({ browser }, use) => {
      const context = await browser.newContext({
        baseURL: 'http://localhost:4173',
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = await context.newPage();
      const complaints = complaintsOf(page);
      await page.goto('/');
      await engineReady(page);
      await use({ page, complaints });
      await context.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  page: async ({ workbench: { page, complaints } }, use) => {
    complaints.length = 0;
    await askAfresh(page);
    await use(page);
    expect(complaints, 'the page complained').toEqual([]);
  },
});

export { expect };

/** Every console error, uncaught error and failed request of a page from now on, as they come. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
  page.on('requestfailed', (request) => {
    // A page that is left while it loads cancels its requests; one without scripts refuses to fetch them ahead.
    const why = request.failure()?.errorText ?? '';
    if (!why.includes('ERR_ABORTED') && why !== 'csp') complaints.push(`request: ${request.url()} ${why}`);
  });
  return complaints;
}

/** Code for `prependToWorker`: what a browser does that cannot give us WebGPU, or stops giving it. */
export const breakWebGpu = {
  /** A browser without WebGPU. */
  missing: `Object.defineProperty(navigator, 'gpu', { value: undefined });`,
  /** WebGPU is there, no adapter is. */
  noAdapter: `navigator.gpu.requestAdapter = async () => null;`,
  /** An adapter that says it is a graphics card, whatever it is. */
  claimsACard: `Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { get: () => false });`,
  /** The device is lost, as by a driver's reset, when the page calls \`loseDevice\`. */
  losable: `{
    const losses = [];
    const requestDevice = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...args) {
      const device = await requestDevice.apply(this, args);
      const { promise, resolve } = Promise.withResolvers();
      Object.defineProperty(device, 'lost', { value: promise });
      losses.push(() => {
        device.destroy();
        resolve({ reason: 'unknown', message: 'the driver was reset (by a test)' });
      });
      return device;
    };
    new BroadcastChannel('lose-device').onmessage = () => losses.splice(0).forEach((lose) => lose());
  }`,
} as const;

/** Runs `code` in the worker before anything else there. Call it before \`page.goto\`. */
export async function prependToWorker(page: Page, code: string): Promise<void> {
  await page.route(/\/assets\/worker-[^/]*\.js$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${code}\n${await response.text()}` });
  });
}

/** Loses every device opened so far; needs \`breakWebGpu.losable\` in the worker. */
export async function loseDevice(page: Page): Promise<void> {
  await page.evaluate(() => {
    const channel = new BroadcastChannel('lose-device');
    channel.postMessage(null);
    channel.close();
  });
}

/** Waits until the engine has loaded and checked the demo models. */
export async function engineReady(page: Page): Promise<void> {
  await page.waitForFunction(() => 'normless' in window);
  await page.evaluate(() => (window as unknown as { normless: { ready: Promise<void> } }).normless.ready);
}

/** The prompt as it stands has run, and every panel has caught up with the question. */
export async function answered(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(unanswered), { timeout: 60_000, intervals: [50] }).toEqual([]);
}

/** Titles of what is still at work; the strip of tokens is from the first letter typed on, which runs after a pause. */
function unanswered(): string[] {
  const strip = document.querySelector('[aria-labelledby="tokens-title"]');
  const typedOn = strip?.textContent.includes('the prompt that last ran') ? [strip] : [];
  const busy = [...typedOn, ...document.querySelectorAll('[aria-busy="true"]')];
  return busy.map((part) => part.getAttribute('aria-labelledby') ?? part.outerHTML.slice(0, 200));
}

/** The page's link once every answer is there and the address has followed, which it does 0.4 s after the last change. */
export async function settledHash(page: Page): Promise<string> {
  let hash = '';
  await expect(async () => {
    await answered(page);
    hash = await page.evaluate(() => location.hash);
    // Timers come due in order: one of the page's that would still change it is over before this one.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 600)));
    expect([await page.evaluate(unanswered), await page.evaluate(() => location.hash)]).toEqual([[], hash]);
  }).toPass({ timeout: 60_000, intervals: [0] });
  return hash;
}

/**
 * Beyond what axe looks at by itself, all its best practices included: WCAG 2.2's size of targets, and all its rules on
 * trial, so that what is seen on a button can also be said to it.
 */
export const AXE_RULES = Object.fromEntries(
  [
    'target-size',
    'css-orientation-lock',
    'focus-order-semantics',
    'label-content-name-mismatch',
    'p-as-heading',
    'table-fake-caption',
    'td-has-header',
  ].map((rule) => [rule, { enabled: true }]),
);

/** No violation of any level that axe knows of, anywhere on the page as it now stands. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).options({ rules: AXE_RULES }).analyze();
  const told = violations.map(
    ({ id, impact, help, nodes }) =>
      `${id} (${impact}): ${help}, at ${nodes.map((node) => node.target).join('; ')}`,
  );
  expect(told).toEqual([]);
}

/** Walks to a cell of a picture with the keyboard. */
export async function walkTo(picture: Locator, row: number, column: number): Promise<void> {
  await picture.focus();
  const keys = [...Array(row).fill('ArrowDown'), ...Array(column).fill('ArrowRight')];
  for (const key of ['PageUp', 'Home', ...keys]) await picture.page().keyboard.press(key);
}

/** Pictures for people to look at, in both themes: test-results/screens/<name>-{light,dark}.png. Nobody looks at CI's. */
export async function photograph(page: Page, name: string): Promise<void> {
  if (process.env.CI) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `test-results/screens/${name}-${colorScheme}.png`, fullPage: true });
  }
}
