/** Edits as a person makes them: a head taken out where it is seen, what follows in every panel, and everything put back. */

import type { Page } from '@playwright/test';
import { must } from '../src/base/assert.ts';
import { firstResult } from '../src/state/firstResult.ts';
import { openingHead, openingHeads } from '../src/state/opening.suite.ts';
import { signed } from '../src/ui/format.ts';
import { toJson } from '../src/ui/json.ts';
import { LAST } from '../tools/demo.ts';
import { copiedBy } from './clipboard.suite.ts';
import { answered, expect, expectAccessible, photograph, sharedTest as test, walkTo } from './helpers.ts';

/** The head that speaks most for the answer: taken out, the answer falls. */
const HEAD = must(
  openingHeads().find(({ value }) => value > 0),
  'no head speaks for the answer',
);
const LNFREE = openingHead(HEAD.label, 'lnfree').value;
const ANSWER = firstResult.results['dla:head'].arms.original?.actual ?? Number.NaN;

const edits = (page: Page) => page.getByRole('region', { name: 'Edits' });
const chip = (page: Page, words: string | RegExp) =>
  edits(page)
    .getByRole('list', { name: 'Edits, in the order in which they apply' })
    .getByRole('button', { name: words, exact: typeof words === 'string' });
const headMap = (page: Page, arm: string) =>
  page.getByRole('grid', { name: `Attribution by layer and head, ${arm}` });

/** The words of the cell on which a heat map's keyboard stands. */
async function cell(page: Page, map: ReturnType<typeof headMap>): Promise<string> {
  const id = await map.getAttribute('aria-activedescendant');
  return page.locator(`[id="${id}"]`).innerText();
}

/** Every number of the main panels, as they are copied. */
async function numbers(page: Page): Promise<string[]> {
  const copies: string[] = [];
  for (const panel of ['tokens', 'predictions', 'attribution', 'confidence-neurons']) {
    const copy = page.getByRole('button', { name: `Copy ${panel} as JSON` });
    copies.push(await copiedBy(page, () => copy.click()));
  }
  return copies;
}

/**
 * Those numbers, once they are computed here. What comes with the build stands there until then: it answers the same
 * question, so no panel is busy, but its last digits are others.
 */
async function numbersComputedHere(page: Page): Promise<string[]> {
  const {
    predictions,
    'token-stats': stats,
    'dla:component': terms,
    'dla:head': heads,
  } = firstResult.results;
  const built = [stats, predictions, { terms, heads }, firstResult.results['confidence-neurons']];
  let copies: string[] = [];
  await expect(async () => {
    copies = await numbers(page);
    for (const [i, result] of built.entries()) expect(copies[i]).not.toBe(toJson(result));
  }).toPass({ timeout: 60_000 });
  return copies;
}

/** The percentage of a token and what the edits changed in it, in the first arm on show. */
async function prediction(page: Page, name: string): Promise<{ percent: number; change: number | null }> {
  const row = page.getByRole('region', { name: 'What it predicts' }).getByRole('row', { name });
  const [percent = '', change] = (await row.getByRole('cell').first().innerText()).split('%');
  return {
    percent: Number.parseFloat(percent),
    change: change?.trim() ? Number(change.trim().replace('+', '').replace('−', '-')) : null,
  };
}

test('take a head out where it is seen, watch both arms, and put it back to the last digit', async ({
  page,
}) => {
  await answered(page);
  const before = await numbersComputedHere(page);
  const she = await prediction(page, '␣she target');
  expect(she.change).toBeNull();
  const neurons = page.getByRole('grid', { name: 'Activation by token and neuron, LN-free' });
  await neurons.focus();
  await page.keyboard.press('PageDown');
  await page.keyboard.press('End');
  const neuronBefore = await cell(page, neurons);

  await test.step('X on the head map sets the head to 0: predictions, attribution and neurons follow', async () => {
    const map = headMap(page, 'LN-free');
    await walkTo(map, HEAD.layer, HEAD.head);
    await page.keyboard.press('x');
    await expect(chip(page, `${HEAD.label} z → 0`)).toHaveAttribute('aria-pressed', 'true');
    await answered(page);
    const now = await prediction(page, '␣she target');
    expect(now.percent).toBeLessThan(she.percent);
    expect(now.change).toBeCloseTo(now.percent - she.percent, 0);
    expect(await cell(page, map)).toContain(
      `${HEAD.label}: Original 0.00 (was ${signed(HEAD.value)}), LN-free 0.00 (was ${signed(LNFREE)}), Δ`,
    );
    expect(await cell(page, neurons)).not.toBe(neuronBefore);
    await expect(page.getByText(/adds up within \de-\d/)).toBeVisible();
  });

  await test.step('what the edit does is measured, in all and directly', async () => {
    const row = edits(page).getByRole('row', { name: new RegExp(`^${HEAD.label} z → 0`) });
    await expect(row.getByRole('cell')).toHaveCount(4, { timeout: 90_000 }); // once the panels have their answers
    // Without LayerNorm the direct effect of a head is what its attribution was.
    await expect(row.getByRole('cell').nth(3)).toHaveText(signed(-LNFREE, 3));
    await expect(edits(page).getByRole('row', { name: /^all together/ })).toContainText(
      `${signed(ANSWER)} → `,
    );
    await expectAccessible(page);
    await photograph(page, 'edits');
  });

  await test.step('the difference is edited − base; the base is what it was', async () => {
    await edits(page).getByText('edited − base', { exact: true }).click();
    await answered(page);
    const attribution = page.getByRole('region', { name: 'Why direct logit attribution' });
    await expect(attribution.getByText('Δ edited')).toBeVisible();
    expect(await cell(page, headMap(page, 'LN-free'))).toContain(
      `Original ${signed(-HEAD.value)}, LN-free ${signed(-LNFREE)}`,
    );
    await photograph(page, 'edits-difference');
    await edits(page).getByText('base', { exact: true }).click();
    expect(await numbers(page)).toEqual(before);
    await edits(page).getByText('edited', { exact: true }).click();
    await answered(page);
  });

  await test.step('to its mean instead, by the button beside the pinned head; Δ over both arms', async () => {
    await headMap(page, 'LN-free').focus();
    await page.keyboard.press('Enter');
    const ablate = page.getByRole('group', { name: `Ablate ${HEAD.label}` }).first();
    await expect(ablate.getByRole('button', { name: '→ 0' })).toHaveAttribute('aria-pressed', 'true');
    await ablate.getByRole('button', { name: '→ mean' }).click();
    await expect(chip(page, `${HEAD.label} z → its mean over the prompt`)).toBeVisible();
    await expect(chip(page, `${HEAD.label} z → 0`)).toHaveCount(0);
    await answered(page);
  });

  await test.step('switched off, every number is what it was to the last digit', async () => {
    await chip(page, `${HEAD.label} z → its mean over the prompt`).click();
    await expect(chip(page, `${HEAD.label} z → its mean over the prompt`)).toHaveAttribute(
      'aria-pressed',
      'false',
    );
    await answered(page);
    expect(await numbers(page)).toEqual(before);
    expect(await cell(page, neurons)).toBe(neuronBefore);
  });

  await test.step('steer by a token’s direction, and change the order by keyboard', async () => {
    await page.getByRole('button', { name: '+ Edit' }).click();
    const form = page.getByRole('form', { name: 'Add an edit' });
    await form.getByRole('combobox', { name: 'what' }).selectOption({ label: 'add a direction (steer)' });
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(form.getByRole('alert')).toContainText('Choose the token');
    await form.getByRole('textbox', { name: 'Token of the direction' }).fill(' he');
    await form.getByRole('button', { name: 'Use ␣he' }).click();
    await form.getByRole('textbox', { name: 'layer' }).fill(`${LAST}`);
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    const steer = chip(page, new RegExp(`^L${LAST} resid_pre \\+ 4 × ␣he \\(Original’s`));
    await expect(steer).toHaveAttribute('aria-pressed', 'true', { timeout: 60_000 });
    await answered(page);
    const he = await prediction(page, '␣he contrast');
    expect(he.change).toBeGreaterThan(0);
    await steer.focus();
    await page.keyboard.press('Alt+ArrowLeft');
    await expect(edits(page).getByRole('listitem').first()).toContainText('␣he');
    await expectAccessible(page);
  });

  await test.step('a refused edit says why where it stands, and what was on screen stays', async () => {
    const form = page.getByRole('form', { name: 'Add an edit' });
    const he = await prediction(page, '␣he contrast');
    await form
      .getByRole('combobox', { name: 'what' })
      .selectOption({ label: 'copy from another prompt (patch)' });
    await form.getByRole('textbox', { name: 'the other prompt' }).fill('Once upon a time');
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    const refused = edits(page).getByRole('listitem').filter({ hasText: '“Once upon a time”' });
    await expect(refused.getByRole('alert')).toContainText('same number of tokens', { timeout: 60_000 });
    expect(await prediction(page, '␣he contrast')).toEqual(he);
    await refused.getByRole('button', { name: new RegExp(`^L${LAST} resid_pre`) }).focus();
    await page.keyboard.press('Delete');
    await expect(refused).toHaveCount(0);
    await answered(page);
  });

  await test.step('a panel that looks closer says whose numbers it shows', async () => {
    await page.getByRole('button', { name: 'Attention Where does each head look?' }).click();
    await expect(page.getByText('These numbers are of the edited models.')).toBeVisible();
    await answered(page);
    await page.getByRole('button', { name: 'On a text How do they do' }).click();
    await expect(page.getByText('This panel runs the models as they are')).toBeVisible();
  });

  await test.step('everything removed, the page is as it was', async () => {
    await edits(page).getByRole('button', { name: 'Remove all' }).click();
    await page.getByRole('form', { name: 'Add an edit' }).getByRole('button', { name: 'Close' }).click();
    await expect(edits(page)).toHaveCount(0);
    expect(await numbers(page)).toEqual(before);
  });
});
