/** Models as a person loads them: published ones from the Hub, their own from disk, and what is kept of them. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { makeTinyCheckpoint } from '../src/weights/testing.ts';
import { answered, expectAccessible, photograph } from './helpers.ts';
import { expect, open, test } from './hub.suite.ts';

const dialog = (page: Page) => page.getByRole('dialog', { name: 'Models' });
const tokens = (page: Page) =>
  page.getByRole('table', { name: 'Tokens of the prompt, one column each' }).getByRole('button');

/** The demo models stand in for the published ones. */
const demo = (arm: string) =>
  new Map(
    ['config.json', 'model.safetensors', 'tokenizer.json'].map((name) => [
      name,
      new Uint8Array(readFileSync(`public/models/demo/${arm}/${name}`)),
    ]),
  );

test('a published pair from the Hub: the budget first, then the load, then the very same questions', async ({
  page,
  hub,
}) => {
  hub.add('openai-community/gpt2', {
    files: demo('original'),
    revision: '607a30d783dfa663caf39e06633721c8d4cfcd7e',
  });
  hub.add('schaeff/gpt2-small_LNFree300', { files: demo('lnfree') });
  await open(page);
  await page.getByRole('combobox', { name: 'Pair of models' }).selectOption('gpt2-small');
  await expect(dialog(page).getByRole('heading', { name: /GPT-2 small/ })).toBeVisible();
  await expect(dialog(page).getByText(/Fits/).first()).toBeVisible();
  expect(hub.requests).toEqual([]); // looking costs nothing
  const vanilla = dialog(page).getByRole('checkbox', { name: 'Vanilla FT' });
  if (await vanilla.isChecked()) await vanilla.click();
  await photograph(page, 'models-budget');
  await expectAccessible(page);

  await dialog(page)
    .getByRole('button', { name: /^Load ·/ })
    .click();
  await expect(dialog(page).getByRole('row', { name: /^Original/ })).toContainText('checked', {
    timeout: 60_000,
  });
  await photograph(page, 'models-loaded');
  await page.keyboard.press('Escape');
  // The other model may still be on its way.
  await expect(page.getByRole('combobox', { name: 'Pair of models' })).toHaveValue('gpt2-small', {
    timeout: 60_000,
  });
  await answered(page);
  await expect(tokens(page)).toHaveCount(20);
  await expect(page.getByText('outdated')).toHaveCount(0);

  await page.getByRole('button', { name: 'Models', exact: true }).click();
  await dialog(page).getByText('Storage', { exact: true }).click();
  const kept = dialog(page).getByRole('region', { name: 'openai-community/gpt2' });
  await expect(kept.getByText('verified').first()).toBeVisible();
  await photograph(page, 'models-storage');
  await expectAccessible(page);
});

test('a pair of one’s own from disk: picked, budgeted, loaded, asked by token ids, removed', async ({
  page,
}, info) => {
  const folders = (['original', 'lnfree'] as const).map((arm, i) => {
    const folder = info.outputPath(arm);
    mkdirSync(folder, { recursive: true });
    const files = makeTinyCheckpoint({ form: i === 0 ? 'layer' : 'lnfree-2025', seed: i + 1 });
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    return [...files.keys()].map((name) => join(folder, name));
  });
  await open(page);
  await page.getByRole('button', { name: 'Models', exact: true }).click();
  await dialog(page).getByText('Add your own', { exact: true }).click();
  await dialog(page).getByRole('textbox', { name: 'Title' }).fill('Tiny pair');
  for (const [i, files] of folders.entries())
    await dialog(page)
      .getByLabel(`Pick files (Files of model ${i + 1})`)
      .setInputFiles(files);
  await photograph(page, 'models-own');
  await expectAccessible(page);
  await dialog(page).getByRole('button', { name: 'Add the pair' }).click();
  await expect(dialog(page).getByRole('heading', { name: 'Tiny pair' })).toBeVisible();
  await dialog(page).getByRole('button', { name: /^Load/ }).click();
  await expect(dialog(page).getByRole('button', { name: /back to the page/ })).toBeVisible({
    timeout: 60_000,
  });
  await page.keyboard.press('Escape');

  const prompt = page.getByRole('textbox', { name: 'Prompt, as token ids' });
  await prompt.fill('1 2 3 28');
  await expect(tokens(page)).toHaveCount(4, { timeout: 60_000 });
  await prompt.fill('1 2 29');
  await expect(page.getByText(/no token 29.*ends at 28/).first()).toBeVisible();
  await expect(tokens(page)).toHaveCount(4); // what was shown stays
  await photograph(page, 'models-ids');

  await page.getByRole('combobox', { name: 'Pair of models' }).selectOption('demo');
  await expect(page.getByRole('textbox').first()).toHaveValue(/Once upon a time/, { timeout: 60_000 });
  await expect(tokens(page)).toHaveCount(20, { timeout: 60_000 });
});

test('files that are no GPT-2 are refused beside their field, the page stays as it was, and a phone has room for it', async ({
  page,
}, info) => {
  const folder = info.outputPath('llama');
  mkdirSync(folder, { recursive: true });
  const files = makeTinyCheckpoint({});
  const config = { ...JSON.parse(new TextDecoder().decode(files.get('config.json'))), model_type: 'llama' };
  files.set('config.json', new TextEncoder().encode(JSON.stringify(config)));
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  await open(page);
  await page.getByRole('button', { name: 'Models', exact: true }).click();
  await dialog(page).getByText('Add your own', { exact: true }).click();
  await dialog(page).getByRole('textbox', { name: 'Title' }).fill('Not ours');
  await dialog(page).getByRole('button', { name: 'Remove model 2 from the form' }).click();
  const paths = [...files.keys()].map((name) => join(folder, name));
  await dialog(page).getByLabel('Pick files (Files of model 1)').setInputFiles(paths);
  await dialog(page).getByRole('button', { name: 'Add the pair' }).click();
  await expect(dialog(page).getByText(/llama checkpoint; Normless reads GPT-2 only/)).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(tokens(page)).toHaveCount(20);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByRole('button', { name: 'Models', exact: true }).click();
  await expect(dialog(page)).toBeVisible();
  for (const tab of ['Add your own', 'Storage']) {
    const overflow = await dialog(page).evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(overflow, `before ${tab}`).toBeLessThanOrEqual(0);
    await dialog(page).getByText(tab, { exact: true }).click();
  }
  await photograph(page, 'models-phone');
});
