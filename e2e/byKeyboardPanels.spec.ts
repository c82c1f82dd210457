/** Each panel that looks closer, by keys alone: opened, its choices made, its pictures walked, its numbers taken. */

import type { Page } from '@playwright/test';
import { LARGEST, RANKED, STRONGEST } from '../src/state/opening.suite.ts';
import { DEMO, LAST } from '../tools/demo.ts';
import {
  arrowTo,
  chooseOption,
  chooseRadio,
  command,
  enter,
  openCloser,
  retype,
  tabTo,
  walk,
} from './byKeyboard.suite.ts';
import { answered, expect, sharedTest as test } from './helpers.ts';

const BACK = { key: 'Shift+Tab' } as const;
const region = (page: Page, name: string | RegExp) => page.getByRole('region', { name });
const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

test.describe('by keys alone', { tag: '@long' }, () => {
  test.beforeEach(async ({ page }) => {
    await command(page, 'go to the prompt');
    // A moment after its list has closed.
    await expect(page.getByRole('textbox', { name: 'Prompt', exact: true })).toBeFocused();
  });

  test('how exact: a head, all positions, the neurons', async ({ page }) => {
    await openCloser(page, /^How exact/);
    const panel = region(page, /^How exact\?/);
    const inside = panel;
    await expect(panel.getByText(/^Original: attribution is off by/)).toBeVisible({ timeout: 60_000 });
    await answered(page);
    await tabTo(page, 'slider', /^Attribution against/, { inside });
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await tabTo(page, 'grid', /logits by layer and head, Original$/, { inside });
    await walk(page, LAST, 0);
    await page.keyboard.press('Enter');
    await expect(panel.getByRole('table', { name: `L${LAST}H0: why they differ` })).toBeVisible();
    await chooseRadio(page, 'What each position explains', 'the token itself', { inside });
    await enter(page, 'button', 'Measure all positions', { inside });
    await expect(panel.getByRole('table', { name: /^Error of attribution/ })).toContainText(
      'at 19 positions',
      {
        timeout: 60_000,
      },
    );
    await enter(page, 'button', 'Copy exactness as CSV', { ...BACK, inside });
    await expect.poll(() => copied(page)).toContain(`L${LAST}H0`);
    await chooseRadio(page, 'Parts shown', 'last layer’s neurons', { inside });
    await expect(panel.getByText(`Over ${DEMO.dMlp} neurons`)).toBeVisible();
  });

  test('logit lens: its scale, a place, a line', async ({ page }) => {
    await openCloser(page, /^Logit lens/);
    const panel = region(page, 'When does it know? logit lens');
    const inside = panel;
    await expect(panel.getByText(/^Original puts/).first()).toBeVisible();
    await chooseRadio(page, 'Scale each layer is divided by', 'final scale', { inside });
    await expect(panel.getByText(/final σ of its position \(frozen\)/).first()).toBeVisible();
    await answered(page);
    await tabTo(page, 'grid', 'Logit lens by layer and position, Original', { inside });
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('Enter');
    await expect(panel.getByText('at position 18:')).toBeVisible();
    await tabTo(page, 'slider', /^Probability by layer/, { ...BACK, inside }); // it stands above the grids
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
  });

  test('norms: a position, a stage, taken out step by step and cancelled', async ({ page }) => {
    await openCloser(page, /^LayerNorm itself/);
    const panel = region(page, 'What does it divide by? LayerNorm itself');
    const removal = region(page, 'Remove LayerNorm');
    await expect(panel.getByText(/^LN-free divides by nothing/)).toBeVisible();
    await answered(page);
    await tabTo(page, 'grid', 'σ by norm and position, Original', { inside: panel });
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await expect(page.getByText('(position 18,', { exact: false })).toBeVisible();
    await answered(page);
    await tabTo(page, 'slider', 'Length of the residual stream by stage', { inside: panel });
    await page.keyboard.press('Home');
    await expect(panel.getByText('Largest dimensions, token embedding:', { exact: false })).toBeVisible();
    await enter(page, 'button', 'Remove LayerNorm step by step', { inside: removal });
    await expect(removal.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(removal.getByRole('button', { name: 'Cancel' })).toHaveCount(0);
    await chooseRadio(page, 'Order of the removal', 'by kind', { ...BACK, inside: removal });
    await chooseRadio(page, 'What σ is replaced by', 'a number', { inside: removal });
    await tabTo(page, 'textbox', 'σ for every norm', { inside: removal });
    await retype(page, '1.6');
    await enter(page, 'button', 'Remove LayerNorm step by step', { inside: removal });
    const arms = page.getByRole('group', { name: 'Arms on show' });
    const withNorm = arms.getByRole('button', { name: /^(Original|Vanilla FT)$/, pressed: true });
    const ofEachModel = removal.getByRole('row', { name: /^all MLPs 1\.60/ });
    await expect(ofEachModel).toHaveCount(await withNorm.count(), { timeout: 90_000 });
  });

  test('confidence neurons: one followed, the least-read direction, a text read twice', async ({ page }) => {
    await openCloser(page, /^Confidence neurons/);
    const panel = region(page, 'How sure? confidence neurons, switched off');
    const inside = panel;
    await expect(panel.getByText(/^Holding these 10 neurons/)).toBeVisible({ timeout: 60_000 });
    const bars = panel.getByRole('table', { name: 'Mean change of entropy by neuron, Original' });
    await tabTo(page, 'button', /^\d+$/, { inside: bars });
    await arrowTo(page, 'button', `${RANKED[1]}`, 'ArrowDown');
    await page.keyboard.press('Enter');
    await expect(panel.getByText(`neuron ${RANKED[1]} held at its mean: change of entropy`)).toBeVisible();
    await chooseRadio(page, 'What changes', 'loss', { ...BACK, inside });
    await expect(panel.getByText(`neuron ${RANKED[1]} held at its mean: change of loss`)).toBeVisible();
    await tabTo(page, 'slider', 'Amount of the least-read direction', { inside });
    await page.keyboard.press('End');
    await expect(panel.getByText(/^Adding .* of the least-read direction/)).toBeVisible({ timeout: 60_000 });
    const chooser = page.waitForEvent('filechooser');
    await enter(page, 'button', 'Pick a file…', { inside });
    const counts = Array.from({ length: 8192 }, (_, id) => Math.floor(1e6 / (id + 1)));
    const buffer = Buffer.from(JSON.stringify(counts));
    await (await chooser).setFiles({ name: 'counts.json', mimeType: 'application/json', buffer });
    await expect(panel.getByText('Counts from counts.json.')).toBeVisible({ timeout: 60_000 });
    await enter(page, 'button', 'Read it twice', { ...BACK, inside });
    await expect(panel.getByRole('listitem').filter({ hasText: /^Original is/ })).toContainText(
      /the second time/,
      { timeout: 120_000 },
    );
  });

  test('what it writes: a head’s circuit, a part by name, a direction', async ({ page }) => {
    await openCloser(page, /^What it writes/);
    const panel = region(page, /^What it writes/);
    const inside = panel;
    const answer = panel.getByText(/^In Original/);
    await tabTo(page, 'textbox', 'part', { inside });
    await retype(page, ''); // another journey may have left a name there
    const says = (words: string) => expect(answer).toContainText(words, { timeout: 60_000 }); // the engine's answer
    await says(LARGEST);
    await answered(page);
    const offered = panel.getByRole('button', { name: /^L\d+(H\d+|\.mlp)$/ }).nth(1);
    const label = await offered.innerText();
    await enter(page, 'button', label, { inside });
    await says(`${label} pushes up`);
    await enter(page, 'button', 'target − contrast', { inside });
    await says('the direction target − contrast pushes up');
    await tabTo(page, 'textbox', 'part', { ...BACK, inside });
    await retype(page, `L${LAST}H0`);
    await says(`L${LAST}H0`);
    await expect(panel.getByRole('heading', { name: `L${LAST}H0 in its weights alone` })).toBeVisible({
      timeout: 60_000,
    });
    await answered(page);
    await tabTo(page, 'grid', /^OV: .* Original/, { inside });
    await walk(page, 2, 1);
    await expect(panel.getByText(/^Attending to ␣upon/).first()).toBeVisible();
  });

  test('attention: a threshold, the table in another order, a head in full and weighted', async ({
    page,
  }) => {
    await openCloser(page, /^Attention/);
    const panel = region(page, 'Where does each head look? attention');
    const inside = panel;
    await expect(panel.getByRole('row', { name: /^position 0 L\dH\d/ })).toBeVisible();
    await answered(page);
    await tabTo(page, 'textbox', 'ε', { inside });
    await retype(page, '0.9');
    await tabTo(page, 'grid', 'Attention patterns by layer and head, Original', { inside });
    await walk(page, STRONGEST.layer, STRONGEST.head);
    await page.keyboard.press('Enter');
    await expect(panel.getByRole('heading', { name: `${STRONGEST.label} in full` })).toBeVisible();
    await answered(page);
    await chooseRadio(page, 'What a key counts', '× logit share', { inside });
    await expect(panel.getByText(/^Original adds up to/)).toBeVisible({ timeout: 60_000 });
    await answered(page);
    await tabTo(page, 'grid', 'Pattern of the head by query and key, Original', { inside });
    await walk(page, 19, 10);
    const table = panel.locator('summary', { hasText: 'Every head’s scores as a table' });
    for (let i = 0; i < 20 && !(await table.evaluate((each) => each === document.activeElement)); i++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect(panel.getByRole('button', { name: 'induction', exact: true }).first()).toBeVisible();
    await enter(page, 'button', 'induction', { inside });
    await enter(page, 'button', 'Copy attention as CSV', { ...BACK, inside });
    await expect.poll(() => copied(page)).toContain('original induction');
  });

  test('patching: two prompts, a map, a cell’s run, the shortcut, kept as an edit', async ({ page }) => {
    await openCloser(page, /^Patching/);
    const panel = region(page, /^Where is it carried\?/);
    const inside = panel;
    await chooseOption(page, 'What is patched', 'heads (z)', { inside });
    await tabTo(page, 'textbox', 'Clean prompt', { inside });
    await retype(page, 'There was a girl in the park. One day,');
    await tabTo(page, 'textbox', 'Corrupted prompt', { inside });
    await retype(page, 'There was a boy in the park. One day,');
    await expect(panel.getByRole('button', { name: /^Patch every part/ })).toBeEnabled();
    await enter(page, 'button', /^Patch every part/, { inside });
    await expect(panel.getByRole('button', { name: 'Measure again' })).toBeVisible({ timeout: 90_000 });
    await tabTo(page, 'grid', /^Effect of patching by layer ↓ · head →, Original/, { inside });
    await walk(page, STRONGEST.layer, STRONGEST.head);
    await page.keyboard.press('Enter');
    const cell = panel.getByRole('region', { name: `Patch of ${STRONGEST.label}` });
    await enter(page, 'button', 'See the patched run', { inside: cell });
    await expect(cell.getByText(/^✓ this run and the map agree within/)).toBeVisible({ timeout: 60_000 });
    await enter(page, 'button', 'Compare estimate and measurement', { inside });
    await expect(
      panel
        .getByRole('table', { name: 'Estimate against measurement' })
        .getByRole('row', { name: /^LN-free/ }),
    ).toBeVisible({ timeout: 60_000 });
    await enter(page, 'button', 'Keep it as an edit of the page', { ...BACK, inside });
    await expect(page.getByText(`${STRONGEST.label} z → as in “There was a girl`).first()).toBeVisible();
    await answered(page);
    await enter(page, 'button', new RegExp(`^Remove ${STRONGEST.label} z`), BACK);
    await answered(page);
  });

  test('a text of one’s own read, a place of it opened, the sample cancelled', async ({ page }) => {
    await openCloser(page, /^On a text/);
    const panel = region(page, /^How do they do on a whole text\?/);
    const inside = panel;
    await chooseRadio(page, 'Text', 'my own', { inside });
    await tabTo(page, 'textbox', 'Text to read', { inside });
    await page.keyboard.type(
      'Once upon a time there was a cat named Milo. One day the dog ran to the big tree and saw Milo.',
    );
    await chooseOption(page, 'Tokens at a time', '32', { inside });
    await enter(page, 'button', /^Read it with/, { inside });
    await expect(panel.getByRole('button', { name: 'Read it again' })).toBeVisible({ timeout: 90_000 });
    const before = await page.getByRole('textbox', { name: 'Prompt', exact: true }).inputValue();
    await tabTo(page, 'button', /./, {
      inside: panel.getByRole('region', { name: 'Disagreements' }).locator('table'),
    });
    await page.keyboard.press('Enter');
    await expect(page.getByRole('textbox', { name: 'Prompt', exact: true })).not.toHaveValue(
      before, // it is split into tokens first
    );
    await chooseRadio(page, 'Text', 'the sample', { ...BACK, inside });
    await chooseRadio(page, 'Overlap of windows', '⅞', { inside }); // so that there is time to cancel
    await enter(page, 'button', /^Read it with/, { inside });
    await expect(panel).toContainText('So far, of', { timeout: 90_000 });
    await expect(panel.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(panel.getByText('part of the text')).toBeVisible();
  });

  test('the paper: a claim measured, one cancelled or done, taken as files', async ({ page }) => {
    await openCloser(page, /^The paper/);
    const panel = region(page, /^The paper claim by claim/);
    const inside = panel;
    await expect(panel.getByText('30 claims, none measured yet.')).toBeVisible();
    await enter(page, 'button', 'Measure claim 1', { inside });
    await expect(
      panel.getByRole('article', { name: '1 Norm sites are linear without LayerNorm' }),
    ).toContainText('✓ holds', { timeout: 60_000 });
    const coming = page.waitForEvent('download');
    await enter(page, 'button', 'Download JSON', { inside }); // it stands below the claims
    expect((await coming).suggestedFilename()).toBe('normless-claims.json');
    await command(page, 'close the panel');
  });
});
