/** What the page says when something is wrong: always a clear sentence, and what was shown stays. */

import type { Page } from '@playwright/test';
import {
  answered,
  breakWebGpu,
  engineReady,
  expect,
  expectAccessible,
  loseDevice,
  photograph,
  prependToWorker,
  test,
} from './helpers.ts';

const tokens = (page: Page) =>
  page.getByRole('table', { name: 'Tokens of the prompt, one column each' }).getByRole('button');
const prompt = (page: Page) => page.getByRole('textbox').first();

test('nothing can run: the committed result stays, and the page says what to do', async ({ page }) => {
  await prependToWorker(page, breakWebGpu.missing);
  await page.route(/\.wasm$/, (route) =>
    route.fulfill({ contentType: 'application/wasm', body: 'not wasm' }),
  );
  await page.goto('/');
  const banner = page.getByRole('alert').filter({ hasText: 'The engine is not running' });
  await expect(banner).toContainText('WebGPU', { timeout: 60_000 });
  await expect(banner).toContainText('ONNX Runtime');
  await expect(banner).toContainText('the finished result that comes with Normless');
  await expect(tokens(page)).toHaveCount(20);

  await prompt(page).fill('Another prompt');
  await expect(page.getByText('This prompt cannot be run')).toBeVisible();
  await expect(page.getByText('outdated').first()).toBeVisible();
  await expect(tokens(page)).toHaveCount(20);
  const attribution = page.getByRole('region', { name: 'Why direct logit attribution' });
  await expect(attribution.getByText('what the model says')).toBeVisible();
  await expectAccessible(page);
  await photograph(page, 'nothing-can-run');
});

test.describe('on our own kernels', () => {
  test.use({ engine: 'wgsl' });

  test('the device is lost: rebuilt, repeated, and told', async ({ page }) => {
    await prependToWorker(page, breakWebGpu.losable);
    await page.goto('/');
    await engineReady(page);
    await loseDevice(page);
    await prompt(page).fill('Sam saw a big red ball. He wanted the');
    // Everything is compiled and loaded anew, on a software adapter.
    const notice = page.getByRole('status').filter({ hasText: 'The graphics device was lost' });
    await expect(notice).toBeVisible({ timeout: 60_000 });
    await expect(tokens(page)).toHaveCount(12, { timeout: 60_000 }); // the notice comes before the run repeated
    await answered(page);
    await page.getByRole('button', { name: /^Dismiss/ }).click();
    await expect(notice).toHaveCount(0);
  });
});

test('prompts that cannot be taken as they are', async ({ page }) => {
  await page.goto('/');
  await engineReady(page);
  await test.step('too long, empty, odd characters', async () => {
    await prompt(page).fill('one '.repeat(300).trim());
    await expect(page.getByRole('alert')).toContainText(/301 tokens.*256/, { timeout: 60_000 });
    await expect(tokens(page)).toHaveCount(20);
    await photograph(page, 'too-long');

    await page.getByRole('checkbox', { name: 'BOS' }).uncheck();
    await prompt(page).fill('');
    await expect(page.getByRole('alert')).toContainText('There are no tokens to run', { timeout: 60_000 });
    await expect(tokens(page)).toHaveCount(20);

    await prompt(page).fill('A bell\u0007 rang ');
    await expect(page.getByRole('alert')).toHaveCount(0, { timeout: 60_000 });
    await expect(tokens(page).filter({ hasText: '\\x07' })).toHaveCount(1, { timeout: 60_000 });
    await expect(page.getByText('The prompt ends with a space')).toBeVisible();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await expect(prompt(page)).toHaveValue('A bell\u0007 rang');
    await answered(page);
  });
  await test.step('half a surrogate pair is fed as U+FFFD, with a word', async () => {
    await prompt(page).evaluate((area: HTMLTextAreaElement) => {
      const set = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set;
      set?.call(area, 'a dog \uD83D');
      area.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await expect(page.getByText('half of a character')).toBeVisible();
    await expect(tokens(page).filter({ hasText: '\uFFFD' })).toHaveCount(1, { timeout: 60_000 });
  });
});
