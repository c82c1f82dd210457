/** After one visit everything works without a network, from any static server; a newer build is announced, never forced. */

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { answered, engineReady, expect, test } from './helpers.ts';
import { plainServer } from './plainServer.ts';

test.use({ serviceWorkers: 'allow' });

/** Until the browser keeps the whole site and answers for it. */
async function kept(page: Page): Promise<void> {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null, undefined, {
    timeout: 120_000,
  });
}

const predict = (page: Page, arms: string[]) =>
  page.evaluate(
    (which) =>
      window.normless
        .analyze('predictions', { text: 'The big dog', k: 3, arms: which })
        .then((result) => JSON.parse(JSON.stringify(result.arms))),
    arms,
  );

test('with the network cut after the first visit, the page reloads, computes and opens every panel', async ({
  page,
}) => {
  const server = await plainServer();
  // From the start: for a page that a service worker controls, the browser takes up a new route in its own time.
  await page.route('https://huggingface.co/**', (route) => route.fulfill({ body: 'the Hub' }));
  await page.goto(server.url);
  await engineReady(page);
  await kept(page);
  const before = await predict(page, ['original', 'lnfree']);

  await test.step('the Hub is asked by the page itself', async () => {
    expect(await page.evaluate(() => fetch('https://huggingface.co/a').then((answer) => answer.text()))).toBe(
      'the Hub',
    );
  });

  await server.cut();
  await test.step('a panel that was never opened', async () => {
    await page.getByRole('button', { name: 'Attention Where does each head look?' }).click();
    await expect(page.getByRole('table', { name: /^Attention sink/ })).toBeVisible({
      timeout: 60_000, // its code is fetched, then the engine asked
    });
  });
  await test.step('a reload, the same numbers, and an arm that was never loaded', async () => {
    await page.reload();
    await engineReady(page);
    expect(await predict(page, ['original', 'lnfree'])).toEqual(before);
    expect(Object.keys(await predict(page, ['vanilla']))).toEqual(['vanilla']);
  });
  await test.step('a prompt of one’s own', async () => {
    await page.locator('#prompt').fill('The big dog');
    const strip = page.getByRole('table', { name: 'Tokens of the prompt, one column each' });
    await expect(strip.getByRole('button')).toHaveCount(4, { timeout: 60_000 });
    await answered(page);
  });
  await test.step('the sample text, and the help that says all this', async () => {
    expect(await page.evaluate(() => fetch('texts/sample.txt').then((answer) => answer.status))).toBe(200);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Help and keys' }).click();
    await expect(page.getByText('opens and works without a network')).toBeVisible();
  });
});

test('a newer build is fetched beside the open page, announced once, and there after a reload', async ({
  page,
}) => {
  const server = await plainServer({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  await page.goto(server.url);
  await engineReady(page);
  await kept(page);
  const notice = page.getByText('A newer version of Normless is ready');
  await expect(notice).toHaveCount(0);

  const style = /assets\/(index-[\w-]+)\.css/.exec(readFileSync('dist/index.html', 'utf8'))?.[1] ?? '';
  server.rename(style, 'index-newer');
  server.asked.length = 0;
  await page.locator('#prompt').fill('In the middle of something');
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
  await expect(notice).toBeVisible({ timeout: 60_000 });
  await expect(page.locator('#prompt')).toHaveValue('In the middle of something');
  // Nothing that is the same; the browser itself looks after its icon.
  expect(server.asked.filter((path) => path !== 'icon.svg')).toEqual(['sw.js', 'assets/index-newer.css']);

  await page.goto(server.url);
  await engineReady(page);
  expect(
    await page.evaluate(() => [...document.styleSheets].some(({ href }) => href?.includes('newer'))),
  ).toBe(true);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  await expect(notice).toHaveCount(0);
  await server.cut();
});
