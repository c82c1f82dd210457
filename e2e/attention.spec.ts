/** Attention as a person uses it: from the question to an exported number that equals the one shown. */

import type { Page } from '@playwright/test';
import { STRONGEST } from '../src/state/opening.suite.ts';
import { copiedBy } from './clipboard.suite.ts';
import { answered, expect, expectAccessible, photograph, sharedTest as test, walkTo } from './helpers.ts';

/** The table that the button of this name copies. */
const copied = async (page: Page, button: string) => {
  const text = await copiedBy(page, () => page.getByRole('button', { name: button }).click());
  return text
    .split('\r\n')
    .map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell = '']) => cell));
};

/** A number as the page writes it. */
const signed = (text = '') => Number(text.replace('+', '').replace('−', '-'));

test('where each head looks: scores, sinks, one head in full and weighted, the same numbers as tables', async ({
  page,
}) => {
  await page.getByRole('button', { name: 'Attention Where does each head look?' }).click();
  const panel = page.getByRole('region', { name: 'Where does each head look? attention' });
  const sinks = panel.getByRole('table', { name: /^Attention sink/ });
  const ofQueries = sinks
    .getByRole('row', { name: /layer, head, query/ })
    .getByRole('cell')
    .first();

  await test.step('the best head of each kind and both sink rates, by a threshold of one’s own', async () => {
    await expect(panel.getByRole('row', { name: /^position 0 L\dH\d/ })).toBeVisible({ timeout: 60_000 });
    await answered(page); // till then it may be what an earlier journey had asked
    const before = Number.parseFloat(await ofQueries.innerText());
    await panel.getByRole('textbox', { name: 'ε' }).fill('0.9');
    await expect
      .poll(async () => Number.parseFloat(await ofQueries.innerText()), { timeout: 60_000 })
      .toBeLessThan(before);
    await panel.getByRole('textbox', { name: 'ε' }).fill('2');
    await expect(panel.getByText('must be a number from 0 to 1.')).toBeVisible();
    await panel.getByRole('textbox', { name: 'ε' }).fill('0.3');
    await expect(ofQueries).toHaveText(`${before.toFixed(1)} %`, { timeout: 60_000 });
    await answered(page);
  });

  await test.step('the table of all heads, ordered by a score, is the one exported', async () => {
    await panel.getByText('Every head’s scores as a table').click();
    await panel.getByRole('button', { name: 'induction' }).first().click();
    const first = panel.getByRole('region', { name: "Every head's scores" }).getByRole('row').nth(2);
    const [head, shown] = [
      await first.getByRole('rowheader').innerText(),
      await first.getByRole('cell').nth(1).innerText(),
    ];
    await expect(panel.getByRole('row', { name: new RegExp(`^induction ${head}`) })).toBeVisible();
    const [header = [], ...rows] = await copied(page, 'Copy attention as CSV');
    const row = rows.find(([layer, h]) => `L${layer}H${h}` === head) ?? [];
    expect(Number(row[header.indexOf('original induction')]).toFixed(3)).toBe(shown);
    await panel.getByText('Every head’s scores as a table').click();
  });

  await test.step('a head clicked is seen in full, and its logit shares add up to its attribution', async () => {
    const pictures = panel.getByRole('grid', { name: 'Attention patterns by layer and head, Original' });
    await walkTo(pictures, STRONGEST.layer, STRONGEST.head);
    await page.keyboard.press('Enter');
    await expect(panel.getByRole('heading', { name: `${STRONGEST.label} in full` })).toBeVisible();
    await expect(panel.getByText('Each query’s attention, which adds up to 1.')).toBeVisible({
      timeout: 60_000,
    });
    await answered(page);
    await panel.getByText('× logit share', { exact: true }).click();
    const sum = panel.getByText(/^Original adds up to/);
    const attributed = page
      .getByRole('region', { name: 'Why direct logit attribution' })
      .getByText(new RegExp(`^${STRONGEST.label}: Original`))
      .last(); // a map above says the same where an earlier journey's keys stand there
    const [, share] = /Original ([+−][\d.]+)/.exec(await attributed.innerText()) ?? [];
    const added = signed(/adds up to (\S+) there/.exec(await sum.innerText())?.[1]);
    expect(added.toFixed(2)).toBe(signed(share).toFixed(2));
    await expectAccessible(page);
    await photograph(page, 'attention');

    const [header = [], ...rows] = await copied(page, 'Copy pattern-dla as CSV');
    const last = rows.filter(([query]) => query === '19');
    expect(last).toHaveLength(20);
    const total = last.reduce((all, row) => all + Number(row[header.indexOf('original')]), 0);
    expect(total.toFixed(3)).toBe(added.toFixed(3));
  });

  await test.step('a repeated phrase gives induction something to find, its absence nothing', async () => {
    await page.getByRole('textbox').first().fill('Lily had a red ball. Tom ran');
    await expect(panel.getByRole('row', { name: /^induction n\/a n\/a/ })).toBeVisible({ timeout: 60_000 });
    await page.getByRole('textbox').first().fill('Lily ran home. Lily ran');
    await expect(panel.getByRole('row', { name: /^induction L\dH\d/ })).toBeVisible({ timeout: 60_000 });
  });
});
