/** A link about a pair that somebody put together: on a fresh browser nothing is asked of the Hub before consent, then it reproduces. */

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { pointAtHub } from '../tools/mockHub/pointAt.ts';
import { answered, engineReady, settledHash } from './helpers.ts';
import { expect, load, open, test } from './hub.suite.ts';

const demo = (arm: string) =>
  new Map(
    ['config.json', 'model.safetensors', 'tokenizer.json'].map((name) => [
      name,
      new Uint8Array(readFileSync(`public/models/demo/${arm}/${name}`)),
    ]),
  );
const prompt = (page: Page) => page.getByRole('textbox', { name: /prompt/i }).first();

test('made, sent, added, loaded, reproduced', { tag: '@long' }, async ({ page, browser, hub }) => {
  hub.add('test/one', { files: demo('original') });
  hub.add('test/two', { files: demo('lnfree') });
  await open(page);
  expect(await load(page, 'ours', { original: 'test/one', lnfree: 'test/two' })).toMatchObject({ ok: true });
  // The page learns of a pair that a script added when its dialog is opened.
  await page.getByRole('button', { name: 'Models', exact: true }).click();
  await page.keyboard.press('Escape');
  const pair = page.getByRole('combobox', { name: 'Pair of models' });
  await pair.selectOption('ours');
  await expect(pair).toHaveValue('ours', { timeout: 60_000 });
  await prompt(page).fill('Sam saw a big red ball. He wanted the');
  await answered(page);
  const link = `http://localhost:4173/${await settledHash(page)}`;
  expect(link).toContain('#v1.');

  hub.forget();
  const context = await browser.newContext();
  await pointAtHub(context, 'http://localhost:4173/', hub.endpoint);
  const other = await context.newPage();
  await other.goto(link);
  await engineReady(other);
  const waiting = other.getByRole('alert').filter({ hasText: 'This link is about the pair “ours”' });
  await expect(waiting).toContainText('test/one (Original) and test/two (LN-free)');
  await expect(prompt(other)).toHaveValue(/Once upon a time/);
  expect(hub.requests).toEqual([]);

  await waiting.getByRole('button', { name: 'Add and choose what to load' }).click();
  const dialog = other.getByRole('dialog', { name: 'Models' });
  await expect(dialog.getByRole('button', { name: /^Load ·/ })).toBeEnabled({ timeout: 60_000 });
  // Headers and tokenizers are small; no weights have come.
  expect(hub.bytesServed('model.safetensors')).toBeLessThan(1e6);
  await expect(other.getByText('It would download')).toContainText(/[\d.]+ MB \(Original/);
  await dialog.getByRole('button', { name: /^Load ·/ }).click();
  await expect(other.getByText('Reproduced.')).toBeVisible({ timeout: 90_000 });
  await other.keyboard.press('Escape');
  await expect(prompt(other)).toHaveValue('Sam saw a big red ball. He wanted the');
  await expect(other.getByRole('combobox', { name: 'Pair of models' })).toHaveValue('ours');
  await context.close();
});
