/** A link carries the page: written quietly, opened elsewhere, compared, undone; and what is damaged changes nothing. */

import { encodeLink } from '../src/share/codec.ts';
import {
  engineReady,
  expect,
  expectAccessible,
  photograph,
  settledHash,
  sharedTest,
  test,
} from './helpers.ts';

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
    const asked = await settledHash(page);
    expect(asked).toMatch(/^#v1\./);
    await page.getByRole('button', { name: /^Logit lens/ }).click();
    expect(await settledHash(page)).not.toBe(asked);
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
    expect(await settledHash(other)).toBe(fragment(link));
    await context.close();

    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByRole('textbox', { name: /prompt/i }).first()).toHaveValue(/Once upon a time/);
    await page.getByRole('button', { name: 'Redo' }).click();
    await expect(page.getByRole('textbox', { name: /prompt/i }).first()).toHaveValue(/Sam saw/);

    await settledHash(page); // where one goes back to comes to the front of the list with it
    await page.getByRole('button', { name: 'History' }).click();
    const history = page.getByRole('dialog', { name: 'History of this visit' });
    await history
      .getByRole('checkbox', { name: /^Compare Sam saw/ })
      .first()
      .check();
    await history
      .getByRole('checkbox', { name: /^Compare Once upon/ })
      .first()
      .check();
    await expect(history.getByRole('row', { name: /^Original 1 ␣ball .*%/ })).toBeVisible();
    await expectAccessible(page);
    await photograph(page, 'history');
    await history
      .getByRole('button', { name: /^Restore Once upon/ })
      .first()
      .click();
    await expect(page.getByRole('textbox', { name: /prompt/i }).first()).toHaveValue(/Once upon a time/);
    await expect(history).toBeHidden();
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
  await page.evaluate(
    (made) => {
      location.hash = made;
    },
    await encodeLink({ pair: 'gpt2-small', text: 'The dog' }),
  );
  const waiting = page.getByRole('alert').filter({ hasText: 'This link is about' });
  await expect(waiting).toContainText('Nothing is downloaded unless you say so');
  await expect(waiting).toContainText('It would download 1.05 GB (Original 548.1 MB and LN-free 497.8 MB)');
  await waiting.getByRole('button', { name: 'Choose what to load' }).click();
  await expect(page.getByRole('dialog')).toContainText(/GPT-2 small/);
});
