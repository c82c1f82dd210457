/** What the page itself does, by keys alone: arms and theme, tokens asked about, edits, texts that go on, the way back, exports. */

import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { RANKED, STRONGEST } from '../src/state/opening.suite.ts';
import {
  arrowTo,
  chooseOption,
  chooseRadio,
  command,
  enter,
  retype,
  tabTo,
  walk,
} from './byKeyboard.suite.ts';
import { copiedBy } from './clipboard.suite.ts';
import { answered, expect, settledHash, sharedTest as test } from './helpers.ts';

const BACK = { key: 'Shift+Tab' } as const;
const prompt = (page: Page) => page.getByRole('textbox', { name: 'Prompt', exact: true });
const region = (page: Page, name: string | RegExp) => page.getByRole('region', { name });
const tokens = (page: Page) =>
  page.getByRole('table', { name: 'Tokens of the prompt, one column each' }).getByRole('button');

test.describe('by keys alone', { tag: '@long' }, () => {
  test.beforeEach(async ({ page }) => {
    await command(page, 'go to the prompt');
    await expect(prompt(page)).toBeFocused(); // a moment after its list has closed
  });

  test('theme, arms, difference, BOS, an example', async ({ page }) => {
    await tabTo(page, 'button', /Theme: auto/, BACK);
    await page.keyboard.press('Enter');
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'light');
    await page.keyboard.press('Enter');
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await page.keyboard.press('Enter');

    await tabTo(page, 'button', 'Vanilla FT', BACK);
    await page.keyboard.press('Space');
    const predictions = region(page, 'What it predicts');
    await expect(predictions.getByRole('columnheader', { name: 'Vanilla FT' }).first()).toBeVisible({
      timeout: 60_000,
    });
    await page.keyboard.press('Space');
    await expect(predictions.getByRole('columnheader', { name: 'Vanilla FT' })).toHaveCount(0);
    await chooseOption(page, 'Difference shown', 'Vanilla FT − Original');
    await expect(region(page, 'Why direct logit attribution')).toContainText('Δ Vanilla FT − Original', {
      timeout: 60_000,
    });
    await page.keyboard.press('l');
    await expect(region(page, 'Why direct logit attribution')).toContainText('Δ LN-free − Original', {
      timeout: 60_000,
    });

    await tabTo(page, 'checkbox', 'BOS');
    await page.keyboard.press('Space');
    await expect(tokens(page)).toHaveCount(19, { timeout: 60_000 });
    await page.keyboard.press('Space');
    await expect(tokens(page)).toHaveCount(20, { timeout: 60_000 });
    await enter(page, 'button', 'Examples');
    await enter(page, 'button', /A red ball/);
    await expect(prompt(page)).toHaveValue(/big red/);
    await expect(page.getByRole('button', { name: 'Examples' })).toBeFocused();
  });

  test('tokens asked about: off, on, added, swapped, looked up', async ({ page }) => {
    const sentence = region(page, 'What is explained');
    await enter(page, 'button', 'Remove ␣he');
    await expect(sentence.getByRole('button', { name: 'Remove ␣he' })).toHaveCount(0);
    await expect(page.getByRole('textbox', { name: 'Contrast token' })).toBeFocused();
    await page.keyboard.type('he');
    await expect(sentence.getByRole('button', { name: 'Use he' })).toBeVisible();
    await enter(page, 'button', 'Use ␣he', { within: 4 });
    await expect(page.getByRole('textbox', { name: 'Contrast token' })).toBeFocused();
    await page.keyboard.type(' it');
    await page.keyboard.press('Shift+Enter');
    await expect(sentence.getByRole('button', { name: 'Remove ␣it' })).toBeVisible();
    await enter(page, 'button', 'Swap target and contrast', BACK);
    await expect(region(page, 'Why direct logit attribution')).toContainText('over ␣she', {
      timeout: 60_000,
    });
    await tabTo(page, 'textbox', 'Target token', BACK);
    await page.keyboard.type(' extraordinary');
    await expect(sentence).toContainText(/␣extraordinary is \d tokens/);
    await page.keyboard.press('Escape');
    await expect(sentence).not.toContainText('extraordinary');
  });

  test('pins by map, bar, prediction and token, let go, undo and redo', async ({ page }) => {
    const attribution = region(page, 'Why direct logit attribution');
    await tabTo(page, 'grid', 'Attribution by layer and head, LN-free');
    await walk(page, STRONGEST.layer, STRONGEST.head);
    await page.keyboard.press('Enter');
    await expect(attribution).toContainText(`${STRONGEST.label}: Original`);
    await written(page, () => chooseRadio(page, 'Terms shown', 'a head’s sources', { inside: attribution }));
    await expect(attribution.getByRole('row', { name: /10 ␣girl/ })).toBeVisible({ timeout: 60_000 });
    await written(page, async () => {
      await page.keyboard.press('Escape');
      await expect(attribution).toContainText('Click a head in a map above.');
    });
    await page.keyboard.press('Control+z');
    await expect(attribution.getByRole('row', { name: /10 ␣girl/ })).toBeVisible({ timeout: 60_000 });
    await page.keyboard.press('Control+Shift+z');
    await expect(attribution).toContainText('Click a head in a map above.');
    await enter(page, 'button', 'Undo', BACK);
    await expect(attribution.getByRole('row', { name: /10 ␣girl/ })).toBeVisible({ timeout: 60_000 });
    await page.keyboard.press('Escape');

    await tabTo(page, 'grid', 'Activation by token and neuron, Original');
    await walk(page, 2, 2);
    await page.keyboard.press('Enter');
    await expect(page.getByText(/^activation of neuron \d+ of the last layer/)).toBeVisible();
    await tabTo(page, 'button', /^\d+$/, { inside: region(page, /^How sure/) });
    await arrowTo(page, 'button', `${RANKED[1]}`, 'ArrowDown');
    await page.keyboard.press('Enter');
    await expect(page.getByText(`activation of neuron ${RANKED[1]} of the last layer`)).toBeVisible();
    await page.keyboard.press('Escape');
  });

  test('edits: by X on a map, by the form, switched, moved, removed', async ({ page }) => {
    const edits = region(page, 'Edits');
    const chip = (name: string | RegExp) => edits.getByRole('listitem').getByRole('button', { name }).first();
    await tabTo(page, 'grid', 'Attribution by layer and head, LN-free');
    await walk(page, STRONGEST.layer, STRONGEST.head);
    await page.keyboard.press('x');
    await expect(chip(`${STRONGEST.label} z → 0`)).toBeVisible();
    await answered(page);
    await page.keyboard.press('Shift+X');
    await expect(chip(`${STRONGEST.label} z → its mean`)).toBeVisible();
    await answered(page);

    await enter(page, 'button', '+ Edit', BACK);
    const form = page.getByRole('form', { name: 'Add an edit' });
    await expect(form).toBeVisible();
    await chooseOption(page, 'what', 'add a direction', { inside: form });
    await retypeIn(page, 'layer', '3');
    await tabTo(page, 'textbox', 'Token of the direction', { inside: form });
    await page.keyboard.type(' he');
    await page.keyboard.press('Enter');
    await expect(form.getByRole('button', { name: 'Remove ␣he' })).toBeVisible();
    await enter(page, 'button', 'Add', { inside: form });
    const steer = chip(/^L3 resid_pre \+ 4 × ␣he/);
    await expect(steer).toBeVisible();
    await answered(page);
    await tabTo(page, 'button', /^L3 resid_pre/, { ...BACK, inside: edits });
    await page.keyboard.press('Alt+ArrowLeft');
    await expect(edits.getByRole('listitem').first()).toContainText('␣he');
    await expect(steer).toBeFocused();
    await page.keyboard.press('Space');
    await expect(steer).toHaveAttribute('aria-pressed', 'false');
    await answered(page);
    await chooseRadio(page, 'What the panels show', 'edited − base');
    await answered(page);
    await enter(page, 'button', 'Close', { inside: form });
    await expect(form).toHaveCount(0);
    await enter(page, 'button', '+ another', BACK);
    await expect(form).toBeVisible();
    await enter(page, 'button', 'Close', { inside: form });
    await tabTo(page, 'button', /^L3 resid_pre/, { ...BACK, inside: edits });
    await page.keyboard.press('Delete');
    await expect(edits.getByRole('listitem')).toHaveCount(1);
    await page.keyboard.press('Delete');
    await expect(edits).toHaveCount(0);
    await tabTo(page, 'button', /^19 /);
    await answered(page);
  });

  test('texts that go on: started, stopped, asked about, taken as the prompt', async ({ page }) => {
    const generation = region(page, 'How it goes on');
    const text = (arm: string) => generation.getByRole('region', { name: arm });
    // So many that it is not done before it is stopped.
    await tabTo(page, 'spinbutton', 'tokens');
    await retype(page, '200');
    await enter(page, 'button', 'Generate', BACK);
    await expect
      .poll(() => text('LN-free').getByRole('button').count(), { timeout: 60_000 })
      .toBeGreaterThan(1);
    await expect(generation.getByRole('button', { name: 'Stop' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(text('LN-free')).toContainText('stopped');
    await chooseRadio(page, 'Who writes', 'one for all');
    await tabTo(page, 'spinbutton', 'tokens');
    await retype(page, '4');
    await enter(page, 'button', 'Generate', BACK);
    await expect(generation).toContainText(/LN-free finds \d of 4 tokens likeliest too/, { timeout: 60_000 });
    await tabTo(page, 'button', /rank \d+/, { inside: text('Original') });
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect(generation).toContainText('outdated');
    const before = (await prompt(page).inputValue()).length;
    await enter(page, 'button', 'Use as prompt', { ...BACK, inside: text('Original') });
    await expect.poll(async () => (await prompt(page).inputValue()).length).toBeGreaterThan(before);
    await answered(page);
    await chooseRadio(page, 'Who writes', 'each its own', BACK);
  });

  test('history: two states side by side, one of them again; the link and the HTML of a frame', async ({
    page,
  }) => {
    await retype(page, 'Sam saw a big red ball. He wanted the');
    await expect(tokens(page)).toHaveCount(12, { timeout: 60_000 });
    await settledHash(page); // with the address the history is written
    const history = page.getByRole('dialog', { name: 'History of this visit' });
    await enter(page, 'button', 'History', BACK);
    const newest = history.getByRole('listitem').first();
    await expect(newest).toContainText('He wanted the'); // not half of it, nor an older state
    await tabTo(page, 'checkbox', /./, { inside: newest });
    await page.keyboard.press('Space');
    await tabTo(page, 'checkbox', /^Compare Once upon/, { inside: history });
    await page.keyboard.press('Space');
    await expect(history.getByRole('row', { name: /^Original 1 ␣ball .*%/ })).toBeVisible();
    await enter(page, 'button', /^Restore Once upon/, { inside: history });
    await expect(prompt(page)).toHaveValue(/Once upon a time/);
    await expect(history).toBeHidden();
    await answered(page);
    await enter(page, 'button', 'Share');
    await tabTo(page, 'textbox', 'Link');
    await enter(page, 'button', 'Copy link');
    await enter(page, 'button', 'Save as a file');
    await page.keyboard.press('Escape');
  });

  test('exports: the menu’s files, activations, a panel’s picture and copies', async ({ page }) => {
    const saved = async (name: string, inside = page.getByRole('dialog')) => {
      const coming = page.waitForEvent('download');
      await enter(page, 'button', name, { inside });
      return (await coming).path();
    };
    await enter(page, 'button', 'Export', BACK);
    const menu = page.getByRole('dialog', { name: 'Export what is on show' });
    await expect(menu.getByRole('button', { name: 'Notebook', exact: true })).toBeVisible();
    expect(await readFile(await saved('Notebook', menu), 'utf8')).toContain('"nbformat"');
    expect(await readFile(await saved('Citation', menu), 'utf8')).toContain('@');
    await chooseOption(page, 'Arm', 'LN-free', { inside: menu });
    await tabTo(page, 'checkbox', /./, { inside: menu });
    await tabTo(page, 'checkbox', /./, { inside: menu });
    await page.keyboard.press('Space');
    expect((await readFile(await saved('Save activations', menu))).length).toBeGreaterThan(1000);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'Export', exact: true })).toBeFocused();

    expect(await copiedBy(page, () => enter(page, 'button', 'Copy attribution as CSV'))).toMatch(/^term,/);
    await enter(page, 'button', 'Save attribution as a picture or by tabs');
    expect(await readFile(await saved('SVG'), 'utf8')).toMatch(/^<svg/);
    await page.keyboard.press('Escape');
    await enter(page, 'button', 'About direct logit attribution');
    await expect(page.getByRole('dialog', { name: 'About direct logit attribution' })).toContainText(
      'What it does not show.',
    );
    await page.keyboard.press('Escape');
  });
});

async function retypeIn(page: Page, field: string, text: string): Promise<void> {
  await tabTo(page, 'textbox', field);
  await retype(page, text);
}

/** Does something once the address has all that was before, and waits until it, and so undo, has that too. */
async function written(page: Page, act: () => Promise<void>): Promise<void> {
  const before = await settledHash(page);
  await act();
  await expect.poll(() => settledHash(page), { timeout: 60_000 }).not.toBe(before);
}
