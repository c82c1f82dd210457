/** A link carries the page: written quietly, opened elsewhere, compared, undone; and what is damaged changes nothing. */

import { engineReady, expect, sharedTest, test } from './helpers.ts';

const fragment = (url: string) => new URL(url).hash;

sharedTest(
  'from a changed page to its link, and from the link to the same page on a fresh browser',
  async ({ page, browser }) => {
    await page.goto('/');
    await engineReady(page);
    await page
      .getByRole('textbox', { name: /prompt/i })
      .first()
      .fill('Sam saw a big red ball. He wanted the');
    await page.getByRole('button', { name: 'Lens', exact: false }).first().click();
    await expect.poll(() => fragment(page.url()), { timeout: 30_000 }).toMatch(/^#v1\./);
    // The fingerprint follows once the numbers are there.
    await expect
      .poll(
        async () =>
          (await page.evaluate(() => window.normless.status().phase)) && fragment(page.url()).length,
      )
      .toBeGreaterThan(60);
    await page.waitForTimeout(1_500);
    const link = page.url();
    expect(link.length).toBeLessThan(600);

    const context = await browser.newContext();
    const other = await context.newPage();
    await other.goto(link);
    await engineReady(other);
    await expect(other.getByText('Reproduced.')).toBeVisible({ timeout: 60_000 });
    await expect(other.getByRole('textbox', { name: /prompt/i }).first()).toHaveValue(
      'Sam saw a big red ball. He wanted the',
    );
    await expect.poll(() => fragment(other.url()), { timeout: 15_000 }).toBe(fragment(link));
    await context.close();

    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByRole('textbox', { name: /prompt/i }).first()).toHaveValue(/Once upon a time/);
    await page.getByRole('button', { name: 'Redo' }).click();
    await expect(page.getByRole('textbox', { name: /prompt/i }).first()).toHaveValue(/Sam saw/);
  },
);

test('a damaged link, one of a later version, and one about other models say so; the demo stays', async ({
  page,
}) => {
  for (const [hash, says] of [
    ['#v1.q1YqSa0oUbJSKs.AAAAAAAA', /cannot be read/],
    ['#v7.abc.def', /later version/],
  ] as const) {
    await page.goto('about:blank');
    await page.goto(`/${hash}`);
    await expect(page.getByRole('alert').filter({ hasText: 'The link could not be opened' })).toContainText(
      says,
    );
    await expect(page.getByRole('textbox', { name: /prompt/i }).first()).toHaveValue(/Once upon a time/);
    expect(fragment(page.url())).toBe(hash);
  }
  await engineReady(page);
  const made = await page.evaluate(async () => {
    const packed = new Blob([JSON.stringify({ pair: 'gpt2-small', text: 'The dog' })])
      .stream()
      .pipeThrough(new CompressionStream('deflate-raw'));
    const bytes = new Uint8Array(await new Response(packed).arrayBuffer());
    const url = (from: Uint8Array) =>
      btoa(String.fromCharCode(...from))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .replace(/=+$/, '');
    const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes), 0, 6);
    return `#v1.${url(bytes)}.${url(sum)}`;
  });
  await page.evaluate((hash) => {
    location.hash = hash;
  }, made);
  const waiting = page.getByRole('alert').filter({ hasText: 'This link is about' });
  await expect(waiting).toContainText('Nothing is downloaded unless you say so');
  await waiting.getByRole('button', { name: 'Choose what to load' }).click();
  await expect(page.getByRole('dialog')).toContainText(/GPT-2 small/);
});
