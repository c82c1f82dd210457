/** The page is light, and a finished analysis is there before any script: bench/firstPaint.ts measures how soon. */

import { gzipSync } from 'node:zlib';
import { firstResult } from '../src/state/firstResult.ts';
import { percent, signed } from '../src/ui/format.ts';
import { expect, test } from './helpers.ts';

const { predictions, 'dla:component': component } = firstResult.results;

/** The scripts that index.html names, all that the page needs before it is alive: React is 67 kB of it, the first result 20. */
test('the first script is at most 144 kB gzipped, all in one file', async ({ request }) => {
  const html = await (await request.get('/')).text();
  const scripts = [...html.matchAll(/(?:src|href)="([^"]+\.js)"/g)].map(([, path]) => path ?? '');
  expect(scripts).toHaveLength(1);
  const body = await (await request.get(scripts[0] ?? '')).body();
  const kilobytes = gzipSync(body).length / 1000;
  console.log(`first script: ${kilobytes.toFixed(1)} kB gzipped`);
  expect(kilobytes).toBeLessThanOrEqual(144);
});

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false });
  test('the finished analysis is there', async ({ page }) => {
    await page.goto('/');
    await expect(page.getByRole('row', { name: /␣she target/ })).toContainText(
      percent(predictions.arms.original?.top[0]?.prob ?? Number.NaN),
    );
    await expect(page.getByRole('row', { name: /what the model says/ })).toContainText(
      signed(component.arms.original?.actual ?? Number.NaN, 3),
    );
  });
});
