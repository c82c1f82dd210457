/** Nothing of a link lives in the browser that made it: it opens there after all site data is deleted, and elsewhere. */

import type { Page } from '@playwright/test';
import { engineReady, expect, settledHash, test } from './helpers.ts';

test.use({ serviceWorkers: 'allow', permissions: ['clipboard-read', 'clipboard-write'] });

const PROMPT = 'Sam saw a big red ball. He wanted the';
const fragment = (page: Page) => new URL(page.url()).hash;

test('@long a copied link opens after all site data is deleted, and in a fresh browser', async ({
  page,
  context,
  browser,
}) => {
  await page.goto('/');
  await engineReady(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, {
    timeout: 120_000,
  });
  await page
    .getByRole('textbox', { name: /prompt/i })
    .first()
    .fill(PROMPT);
  await page.getByRole('button', { name: /^LayerNorm itself/ }).click();
  await page.getByRole('combobox', { name: 'colour by' }).selectOption('entropy');
  await expect(page.getByRole('row', { name: /␣ball/ }).first()).toBeVisible({ timeout: 60_000 });
  await page.evaluate(() => localStorage.setItem('normless.theme', 'dark'));
  // The fingerprint follows once the numbers are there; before, the address is one without.
  await settledHash(page);
  let link = '';
  await page.getByRole('button', { name: 'Share', exact: true }).click();
  await expect(async () => {
    await page.getByRole('button', { name: 'Copy link' }).click();
    link = await page.evaluate(() => navigator.clipboard.readText());
    expect(new URL(link).hash).toBe(fragment(page));
  }).toPass({ timeout: 60_000 });

  await page.goto('about:blank');
  await context.clearCookies();
  const devtools = await context.newCDPSession(page);
  await devtools.send('Storage.clearDataForOrigin', {
    origin: new URL(link).origin,
    storageTypes: 'all',
  });
  // A page of the same origin that has no scripts, and an icon, so that none is asked for.
  const body = '<!doctype html><link rel="icon" href="data:,">';
  await page.route('**/empty', (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto('/empty');
  const left = () =>
    page.evaluate(async () => ({
      stored: localStorage.length + sessionStorage.length,
      caches: await caches.keys(),
      databases: (await indexedDB.databases()).length,
      workers: (await navigator.serviceWorker.getRegistrations()).length,
    }));
  await expect.poll(left).toEqual({ stored: 0, caches: [], databases: 0, workers: 0 });
  await opens(page, link);

  const fresh = await browser.newContext();
  await opens(await fresh.newPage(), link);
  await fresh.close();
});

/** As its author saw it, and with the author's numbers. */
async function opens(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await engineReady(page);
  await expect(page.getByText('Reproduced.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('textbox', { name: /prompt/i }).first()).toHaveValue(PROMPT);
  await expect(page.getByRole('combobox', { name: 'colour by' })).toHaveValue('entropy');
  await expect(page.getByRole('button', { name: /^LayerNorm itself/ })).toHaveAttribute(
    'aria-expanded',
    'true',
  );
  await expect.poll(() => fragment(page), { timeout: 60_000 }).toBe(new URL(link).hash);
}
