/** The page is light, and a finished analysis is there before any script: bench/firstPaint.ts measures how soon. */

import { gzipSync } from 'node:zlib';
import { expect, test } from './helpers.ts';

test('the main script is at most 150 kB gzipped', async ({ page }) => {
  const script = page.waitForResponse(/\/assets\/index-[^/]*\.js$/);
  await page.goto('/');
  const kilobytes = gzipSync(await (await script).body()).length / 1000;
  console.log(`main script: ${kilobytes.toFixed(1)} kB gzipped`);
  expect(kilobytes).toBeLessThanOrEqual(150);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });
  test('the finished analysis is there', async ({ page }) => {
    await page.goto('/');
    await expect(page.getByRole('row', { name: /␣she target/ })).toContainText('58.0 %');
    await expect(page.getByRole('row', { name: /what the model says/ })).toContainText('+5.924');
  });
});
