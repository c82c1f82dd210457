/** A whole text as a person reads it with the models: from the button to an exported number, to a place in it, and cut off. */

import type { Page } from '@playwright/test';
import { must } from '../src/base/assert.ts';
import type { AnalysisResult } from '../src/engine/api.ts';
import { copiedBy } from './clipboard.suite.ts';
import { expect, expectAccessible, photograph, sharedTest as test } from './helpers.ts';

const panel = (page: Page) => page.getByRole('region', { name: /^How do they do on a whole text\?/ });

const TEXT = `Once upon a time there was a cat named Milo. Milo liked to sleep in the sun and look at the birds.
<|endoftext|>
One day the dog ran to the big tree. "Come down," said the dog. "No," said the cat, and the dog was sad.`;

/** What a copy button puts on the clipboard. */
function copied(page: Page, kind: 'CSV' | 'JSON'): Promise<string> {
  const button = panel(page).getByRole('button', { name: `Copy text as ${kind}` });
  return copiedBy(page, () => button.click());
}

test('a text is read, exported, opened at a place, and cut off with what there is', async ({ page }) => {
  test.setTimeout(240_000);
  await page.getByRole('button', { name: /^On a text/ }).click();

  await test.step('pasted and read: the answer first, and a row for each model', async () => {
    await panel(page).getByText('my own', { exact: true }).click();
    await expect(panel(page).getByRole('button', { name: /^Read it with/ })).toBeDisabled();
    await panel(page).getByRole('textbox', { name: 'Text to read' }).fill(TEXT);
    await panel(page).getByRole('combobox', { name: 'Tokens at a time' }).selectOption('32');
    await panel(page).getByRole('checkbox', { name: 'and what each head adds on average' }).check();
    await panel(page).getByRole('button', { name: 'Read it with Original and LN-free' }).click();
    await expect(panel(page).getByRole('button', { name: 'Read it again' })).toBeVisible({
      timeout: 120_000,
    });
    await expect(panel(page)).toContainText(
      'Windows of 32 tokens (no BOS, so the first token of each is not scored)',
    );
    await expect(panel(page)).toContainText('2 documents joined by <|endoftext|>');
    await expectAccessible(page);
    await photograph(page, 'text');
  });

  await test.step('what is exported is what is shown, and what a script gets', async () => {
    const shown = await panel(page)
      .getByRole('row', { name: /^Original/ })
      .getByRole('cell')
      .first()
      .textContent();
    const result = JSON.parse(await copied(page, 'JSON')) as AnalysisResult<'corpus'>;
    const { mean, interval } = (result.arms.original as (typeof result.arms)[string]).loss;
    expect(shown).toBe(`${mean.toFixed(3)} [${interval?.map((end) => end.toFixed(3)).join(', ')}]`);
    const line = (await copied(page, 'CSV')).split('\r\n').find((each) => each.startsWith('original,loss,'));
    expect(Number(line?.split(',')[4])).toBeCloseTo(mean, 7);
    const { heads, positions } = must(result.arms.original?.attribution, 'no attribution');
    const most = heads.reduce((a, b) => (b.size.mean > a.size.mean ? b : a));
    expect(positions).toBe(result.coverage.tokens);
    await expect(panel(page)).toContainText(
      `In Original, ${most.label} moves the logit of the token that came most: by ${most.size.mean.toFixed(2)} [`,
    );
    const again = await page.evaluate(
      (documents) =>
        window.normless.analyze('corpus', { documents, window: 32, arms: ['original', 'lnfree'] }),
      TEXT.split('\n<|endoftext|>\n'),
    );
    expect(again.coverage).toEqual(result.coverage);
    expect(again.arms.original?.loss.mean).toBeCloseTo(mean, 5);
  });

  await test.step('a place opens as the prompt, with the token that came as the target and the same loss', async () => {
    const row = panel(page).getByRole('region', { name: 'Disagreements' }).getByRole('row').nth(1);
    const [jsd, first, second] = await row
      .getByRole('cell')
      .allTextContents()
      .then((cells) => cells.slice(1));
    expect(Number(jsd)).toBeGreaterThan(0.01);
    const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
    const before = await prompt.inputValue();
    await row.getByRole('button').click();
    await expect(prompt).not.toHaveValue(before); // it is split into tokens first
    const text = await prompt.inputValue();
    const { losses, pinned } = await page.evaluate(async (text) => {
      const request = { text, prependBos: false, arms: ['original', 'lnfree'] };
      const { arms, tokens } = await window.normless.analyze('token-stats', request);
      const pinned = tokens.length - 2; // where the last token, which is the one that came, is predicted
      return { losses: Object.values(arms).map(({ loss }) => loss.data[pinned]), pinned };
    }, text);
    expect(losses[0]).toBeCloseTo(Number(first), 2);
    expect(losses[1]).toBeCloseTo(Number(second), 2);
    const strip = page.getByRole('table', { name: 'Tokens of the prompt, one column each' });
    await expect(strip.getByRole('button', { name: new RegExp(`^${pinned} `) })).toHaveAttribute(
      'aria-pressed',
      'true',
      { timeout: 60_000 },
    );
  });

  await test.step('the sample, cut off: what there is stays and says how much it is', async () => {
    await panel(page).getByText('the sample', { exact: true }).click();
    await panel(page).getByText('⅞', { exact: true }).click(); // eight times as long, so that there is time to cancel
    await expect(panel(page)).toContainText('The numbers below are of another text');
    await panel(page)
      .getByRole('button', { name: /^Read it with/ })
      .click();
    await expect(panel(page)).toContainText('So far, of', { timeout: 90_000 });
    await panel(page).getByRole('button', { name: 'Cancel' }).click();
    await expect(panel(page).getByRole('button', { name: 'Cancel' })).toBeHidden();
    await expect(panel(page).getByText('part of the text')).toBeVisible();
    const { coverage, arms } = JSON.parse(await copied(page, 'JSON')) as AnalysisResult<'corpus'>;
    expect(coverage.complete).toBe(false);
    expect(coverage.windows).toBeGreaterThan(0);
    expect(arms.original?.coverage).toEqual(coverage);
    await expect(panel(page)).toContainText(`${coverage.windows} of ${coverage.ofWindows} windows`);
  });
});
