/** Patching, from two typed prompts to a map, one cell's run, the shortcut beside it, and exported numbers that equal those on screen. */

import type { Page } from '@playwright/test';
import type { AnalysisResult } from '../src/engine/api.ts';
import { DEMO, LAST } from '../tools/demo.ts';
import { copiedAndSaid } from './clipboard.suite.ts';
import { expect, expectAccessible, photograph, sharedTest as test, walkTo } from './helpers.ts';

const GIRL = 'There was a girl in the park. One day,';
const BOY = 'There was a boy in the park. One day,';

const panel = (page: Page) => page.getByRole('region', { name: /^Where is it carried\?/ });
const written = (text: string) => Number(text.replace('+', '').replace('−', '-').replace(' %', ''));

/** What one of the copy buttons puts on the clipboard. */
const copied = (page: Page, button: string) =>
  copiedAndSaid(panel(page).getByRole('button', { name: button }));

/** A table's lines, by their columns' names. */
function linesOf(csv: string): Record<string, string>[] {
  const [header = [], ...rows] = csv.split('\r\n').map((line) => line.match(/("[^"]*"|[^,]*)(,|$)/g) ?? []);
  const bare = (cell = '') => cell.replace(/,$/, '');
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [bare(name), bare(row[i])])));
}

test('two prompts become a map; a cell becomes a run; the shortcut stands beside what patching does', async ({
  page,
}) => {
  let head = ''; // that brings back most
  await page.getByRole('button', { name: /^Patching/ }).click();
  const clean = panel(page).getByRole('textbox', { name: 'Clean prompt', exact: true });
  const corrupted = panel(page).getByRole('textbox', { name: 'Corrupted prompt', exact: true });
  const start = panel(page).getByRole('button', { name: /^Patch every part/ });
  const alignment = panel(page).getByRole('region', { name: 'Both prompts, token by token' });

  await test.step('prompts of unequal length are told apart, and nothing is run', async () => {
    await clean.fill(GIRL);
    await corrupted.fill(BOY.replace('a boy', 'a small boy'));
    await expect(panel(page).getByRole('status')).toHaveText(
      /^The clean prompt has 12 tokens, the corrupted one 13; they part at position 4\./,
    );
    await expect(start).toBeDisabled();
    await corrupted.fill(BOY);
    await expect(alignment.getByText('(differs)')).toHaveCount(2);
    await expect(start).toBeEnabled();
  });

  await test.step('the map, with its answer, and the table of it has the same numbers', async () => {
    await panel(page).getByLabel('What is patched').selectOption('resid_pre');
    await start.click();
    await expect(panel(page).getByRole('button', { name: 'Measure again' })).toBeVisible({
      timeout: 180_000,
    });
    await expect(
      panel(page).getByText(
        /^Original: the difference is carried most at 4 “␣girl\/␣boy” in layers? 0(–\d)? \(.* % of it\)/,
      ),
    ).toBeVisible();
    await expect(panel(page).getByText('denoising: clean activations into the corrupted run')).toBeVisible();
    const lines = linesOf(await copied(page, 'Copy patching as CSV'));
    expect(lines).toHaveLength(2 * DEMO.nLayers * 12); // arms, layers, positions
    // Before layer 0 the token that differs carries all of it, any other nothing.
    for (const { position, effect } of lines.filter((line) => line.layer === '0'))
      expect(Math.abs(Number(effect) - Number(position === '4'))).toBeLessThan(1e-3);
    await panel(page).getByText('Effects as a table').click();
    const shown = panel(page)
      .getByRole('row', { name: new RegExp(`^L${LAST} at 11 `) })
      .getByRole('cell')
      .first();
    const line = lines.find(
      ({ model, layer, position }) => model === 'original' && layer === `${LAST}` && position === '11',
    );
    expect(written(await shown.innerText())).toBeCloseTo(Number(line?.effect), 4);
    const { arms } = JSON.parse(
      await copied(page, 'Copy patching as JSON'),
    ) as AnalysisResult<'activation-patching'>;
    expect(arms.original?.values.data[LAST * 12 + 11]).toBeCloseTo(Number(line?.effect), 6);
    await panel(page).getByText('Effects as a table').click();
  });

  await test.step('a head’s cell, its numbers, and the patched run that agrees with them', async () => {
    await panel(page).getByLabel('What is patched').selectOption('z');
    await start.click();
    const map = panel(page).getByRole('grid', { name: 'Effect of patching by layer ↓ · head →, Original' });
    await expect(map).toBeVisible({ timeout: 180_000 });
    await expect(panel(page).getByRole('button', { name: 'Measure again' })).toBeVisible({
      timeout: 180_000,
    });
    const [best] = linesOf(await copied(page, 'Copy patching as CSV'))
      .filter(({ model }) => model === 'original')
      .sort((a, b) => Number(b.effect) - Number(a.effect));
    await walkTo(map, Number(best?.layer), Number(best?.head));
    await page.keyboard.press('Enter');
    head = `L${best?.layer}H${best?.head}`;
    const cell = panel(page).getByRole('region', { name: `Patch of ${head}` });
    await expect(cell).toBeVisible();
    const numbers = (
      await cell
        .getByRole('row', { name: /^Original/ })
        .getByRole('cell')
        .allInnerTexts()
    ).map(written);
    const [before = 0, patched = 0, effect = 0] = numbers.slice(1);
    expect(patched - before).toBeCloseTo(effect, 2);
    expect(effect).toBeGreaterThan(0);
    await cell.getByRole('button', { name: 'See the patched run' }).click();
    await expect(cell.getByText(/^✓ this run and the map agree within/)).toBeVisible({ timeout: 180_000 });
    const likely = cell.getByRole('table', { name: 'Original: likeliest next tokens' });
    await expect(likely.getByRole('columnheader')).toHaveText(['token', 'corrupted', 'patched', 'clean']);
    const she = await likely.getByRole('row', { name: /^␣she/ }).getByRole('cell').allInnerTexts();
    expect(written(she[1] ?? '')).toBeGreaterThan(written(she[0] ?? ''));
    const line = linesOf(await copied(page, 'Copy patched-run as CSV')).find(
      ({ model, run, id }) => model === 'original' && run === 'patched' && id === '673',
    );
    expect(100 * Number(line?.prob)).toBeCloseTo(written(she[1] ?? ''), 0);
    await expectAccessible(page);
    await photograph(page, 'patching');
  });

  await test.step('the shortcut beside it, over these prompts and over typed pairs', async () => {
    await panel(page).getByRole('button', { name: 'Compare estimate and measurement' }).click();
    const agreement = panel(page).getByRole('table', { name: 'Estimate against measurement' });
    await expect(agreement.getByRole('row', { name: /^LN-free/ })).toBeVisible({ timeout: 180_000 });
    await expect(
      panel(page).getByText(/^Original: correlation [−\d.]+, the sign is right in \d+ %/),
    ).toBeVisible();
    const lines = linesOf(await copied(page, 'Copy shortcut as CSV')).filter(
      ({ model }) => model === 'original',
    );
    const errors = lines.map(({ error }) => Math.abs(Number(error)));
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const row = await agreement
      .getByRole('row', { name: /^Original/ })
      .getByRole('cell')
      .first()
      .innerText();
    expect(written(row) / mean).toBeCloseTo(1, 1);

    await panel(page).getByText('pairs of my own').click();
    const typed = panel(page).getByRole('textbox', { name: 'Pairs of prompts' });
    await typed.fill('nonsense');
    await panel(page).getByRole('button', { name: 'Compare estimate and measurement' }).click();
    await expect(panel(page).getByRole('alert')).toHaveText(/^Line 1 is no pair\./);
    await typed.fill(`${GIRL}|${BOY}| she| he\n${BOY}|${GIRL}| he| she`);
    await panel(page).getByRole('button', { name: 'Compare estimate and measurement' }).click();
    await expect(
      agreement
        .getByRole('row', { name: /^LN-free/ })
        .getByRole('cell')
        .last(),
    ).toHaveText('2', {
      timeout: 180_000,
    });
    await expect(
      panel(page).getByText(/^Original − LN-free: [+−]\d\.\d+\S* ± \d\.\d+\S* over the layers\.$/),
    ).toBeVisible();
    await expectAccessible(page);
  });

  await test.step('a patch kept as an edit is asked of the whole page', async () => {
    await panel(page).getByRole('button', { name: 'Keep it as an edit of the page' }).click();
    await expect(page.getByRole('textbox', { name: 'Prompt', exact: true })).toHaveValue(BOY);
    await expect(page.getByText(`${head} z → as in “There was a girl`).first()).toBeVisible();
    await page.getByRole('button', { name: `Remove ${head} z` }).click();
  });
});
