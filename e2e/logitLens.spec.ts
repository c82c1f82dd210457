/** The logit lens as a person uses it: from the question to an exported number that equals the one shown. */

import { LAST } from '../tools/demo.ts';
import { copiedBy } from './clipboard.suite.ts';
import { answered, expect, expectAccessible, photograph, sharedTest as test } from './helpers.ts';

test('when does it know: the answer, its conventions, a pinned place, the same numbers as a table', async ({
  page,
}) => {
  await page.getByRole('button', { name: 'Logit lens When does it know?' }).click();
  const panel = page.getByRole('region', { name: 'When does it know? logit lens' });
  const answer = panel.getByRole('listitem').filter({ hasText: /^Original puts/ });

  await test.step('each model’s answer and when it stands; the last layer is the model’s own prediction', async () => {
    await expect(answer).toHaveText(/Original puts “␣she” first .*: \d+\.\d % in the end\./, {
      timeout: 60_000,
    });
    await answered(page); // another journey's answer may have stood here
    const asked = await page.evaluate(async () => {
      const text = 'Once upon a time, there was a little girl who liked to play. One day,';
      const { arms } = await normless.analyze('predictions', { text, k: 1 });
      return arms.original?.top[0]?.prob ?? Number.NaN;
    });
    await expect(answer).toContainText(`${(100 * asked).toFixed(1)} % in the end`);
    await expect(panel.getByText('Original: every layer divided by its own σ (recomputed).')).toBeVisible();
    await expect(panel.getByText('LN-free: nothing is divided, there is no scale to choose.')).toBeVisible();
    await expectAccessible(page);
    await photograph(page, 'logit-lens');
  });

  await test.step('with the final scale an early layer says something else, the last one the same', async () => {
    const grid = panel.getByRole('grid', { name: 'Logit lens by layer and position, Original' });
    const before = await grid.getByRole('gridcell').innerText();
    const last = await answer.innerText();
    await panel.getByText('final scale', { exact: true }).click();
    await expect(
      panel.getByText('Original: every layer divided by the final σ of its position (frozen).'),
    ).toBeVisible({ timeout: 60_000 });
    await expect(grid.getByRole('gridcell')).not.toHaveText(before);
    await expect(answer).toContainText(/[\d.]+ % in the end/.exec(last)?.[0] ?? 'no share');
  });

  await test.step('a cell pins its position, and the answer speaks of it', async () => {
    const grid = panel.getByRole('grid', { name: 'Logit lens by layer and position, Original' });
    await grid.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('Enter');
    await expect(panel.getByText('at position 18:')).toBeVisible();
    await expect(answer).toContainText('Original puts “,” first');
  });

  await test.step('the exported table holds the share that is shown', async () => {
    const copy = panel.getByRole('button', { name: 'Copy logit-lens as CSV' });
    const rows = (await copiedBy(page, () => copy.click())).split('\r\n');
    const column = (name: string) => rows[0]?.split(',').indexOf(name) ?? -1;
    const row = rows.find((line) => line.startsWith(`original,frozen,blocks.${LAST}.hook_resid_post,18,`));
    const cells = [...(row ?? '').matchAll(/"(?:[^"]|"")*"|[^,]+/g)].map(([cell]) => cell);
    const shown = Number(/: ([\d.]+) % in the end/.exec(await answer.innerText())?.[1]);
    expect(cells[column('top')]).toBe('","');
    expect(100 * Math.exp(Number(cells[column('top_logprob')]))).toBeCloseTo(shown, 1);
  });
});
