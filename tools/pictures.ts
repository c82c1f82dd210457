/** Takes the README's pictures of the built page, in headless Chromium: npm run build && npm run pictures */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Locator, type Page } from '@playwright/test';
import { preview } from 'vite';
import type { Normless } from '../src/engine/api.ts';
import { browserLaunch } from './chromium.ts';
import { told } from './told.ts';

const FOLDER = 'docs/figures';
/** A clone of the repository should stay small. */
const MAX_BYTES = 250_000;
/** The first edit brings the models to our own kernels, which a software adapter compiles slowly. Milliseconds. */
const PATIENCE = 60_000;

/** Writes docs/figures/{main,edit,patching}.png, 1280×800, in the light theme. @throws Error where one is too large. */
export async function main(args: string[]): Promise<void> {
  if (!told(import.meta.filename, args, {})) return;
  const server = await preview({ preview: { port: 0 }, logLevel: 'warn' });
  const browser = await chromium.launch(browserLaunch());
  try {
    const context = await browser.newContext({
      serviceWorkers: 'block',
      viewport: { width: 1280, height: 800 },
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const address = server.resolvedUrls?.local[0];
    if (!address) throw new Error('The built page is not being served: run npm run build first.');
    await page.goto(address);
    await page.waitForFunction(() => 'normless' in window);
    await page.evaluate(() => (window as unknown as { normless: Normless }).normless.ready);
    await answered(page);
    mkdirSync(FOLDER, { recursive: true });
    await take(page, 'main');
    await editHead(page);
    await take(page, 'edit');
    await page.getByRole('button', { name: /^Remove L\d+H\d+ z → 0/ }).click();
    await take(page, 'patching', await patch(page));
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Sets the last head of the last layer to 0 from the map of heads, and waits for what that does to the explained logit. */
async function editHead(page: Page): Promise<void> {
  const map = page.getByRole('grid', { name: 'Attribution by layer and head, LN-free' });
  await map.focus();
  for (const key of ['PageDown', 'End', 'x']) await page.keyboard.press(key);
  await page
    .getByRole('region', { name: 'Edits', exact: true })
    .getByRole('row', { name: /^L\d+H\d+ z → 0/ })
    .waitFor();
}

/** Measures the residual stream's maps of two prompts that differ in one token, and gives the panel. */
async function patch(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: /^Patching/ }).click();
  const panel = page.getByRole('region', { name: /^Where is it carried\?/ });
  await panel
    .getByRole('textbox', { name: 'Clean prompt', exact: true })
    .fill('There was a girl in the park. One day,');
  await panel
    .getByRole('textbox', { name: 'Corrupted prompt', exact: true })
    .fill('There was a boy in the park. One day,');
  await panel.getByRole('button', { name: /^Patch every part/ }).click();
  await panel.getByRole('button', { name: 'Measure again' }).waitFor();
  return panel;
}

async function answered(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null);
}

/** The window with `subject` at its top, else the top of the page. */
async function take(page: Page, name: string, subject?: Locator): Promise<void> {
  await answered(page);
  await (subject ?? page.locator('body')).evaluate((element) => element.scrollIntoView({ block: 'start' }));
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
  const png = await page.screenshot();
  const path = join(FOLDER, `${name}.png`);
  if (png.length > MAX_BYTES)
    throw new Error(`${path} would have ${png.length} bytes, more than ${MAX_BYTES}: show less in it.`);
  writeFileSync(path, png);
  console.log(`${path}: ${(png.length / 1000).toFixed(0)} kB`);
}
