/** What needs a page of its own, by keys alone: who computes, engines compared, a lesson, a panel in a frame, models from the Hub. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { encodeLink } from '../src/share/codec.ts';
import { openingParts, STRONGEST } from '../src/state/opening.suite.ts';
import { makeTinyCheckpoint } from '../src/weights/testing.ts';
import { arrowTo, chooseRadio, enter, retype, tabTo, walk } from './byKeyboard.suite.ts';
import { answered, engineReady, expect, test } from './helpers.ts';
import { open as openWithHub, test as testWithHub } from './hub.suite.ts';

const LONG = { tag: '@long' } as const;
const FRESH = { fresh: true } as const;
const BACK = { key: 'Shift+Tab' } as const;
const engineOf = (page: Page) => page.evaluate(() => normless.status());

test(
  'who computes is chosen by keys; engines are compared, and that is cancelled',
  LONG,
  async ({ page }) => {
    test.setTimeout(400_000); // our kernels compile, in software here
    await page.goto('/');
    await engineReady(page);
    await enter(page, 'button', /^Engine/, FRESH);
    const box = page.getByRole('dialog', { name: /^Engine/ });
    await expect(box.getByRole('radio', { name: /^Automatic/ })).toBeVisible();
    await tabTo(page, 'radio', /^Automatic/, { inside: box });
    await arrowTo(page, 'radio', /^WebGPU kernels/, 'ArrowDown');
    await expect.poll(async () => (await engineOf(page)).route?.engine, { timeout: 90_000 }).toBe('wgsl');
    await expect(page.getByRole('radio', { name: /^WebGPU kernels/ })).toBeFocused();
    await arrowTo(page, 'radio', /^Automatic/, 'ArrowUp');
    await expect.poll(async () => (await engineOf(page)).route?.choice, { timeout: 90_000 }).toBe('auto');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: /^Engine/ })).toBeFocused();

    const verify = page.getByRole('region', { name: 'Verify do independent engines agree?' });
    const again = verify.getByRole('button', { name: 'Compare on this prompt' });
    await expect(again).toBeEnabled({ timeout: 60_000 }); // the engine checks itself first
    await answered(page);
    await enter(page, 'button', 'Compare on this prompt', { inside: verify });
    await expect(verify.getByRole('button', { name: 'Cancel' })).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(again).toBeFocused({ timeout: 60_000 });
    await page.keyboard.press('Enter');
    await expect(verify.getByText(/^✓ All \d+ hooks/)).toBeVisible({ timeout: 180_000 });
    const coming = page.waitForEvent('download');
    await enter(page, 'button', 'Download report', { inside: verify });
    expect((await coming).suggestedFilename()).toMatch(/^normless-verify-/);
  },
);

test('a lesson whole, answered right, by keys', LONG, async ({ page }) => {
  await page.goto('/');
  await engineReady(page);
  await answered(page);
  const card = page.getByRole('region', { name: 'Lessons' });
  const goOn = async () => {
    await expect(card.getByRole('button', { name: /^(Go on|Finish)$/ })).toBeEnabled({ timeout: 60_000 });
    await enter(page, 'button', /^(Go on|Finish)$/, { inside: card, within: 120 });
  };
  await enter(page, 'button', 'Lessons', FRESH);
  await expect(card.getByRole('heading', { name: 'Lessons' })).toBeFocused();
  await enter(page, 'button', /^What a logit is made of/, { inside: card });
  await enter(page, 'button', 'Begin', { inside: card });
  await expect(card.getByText(/step 1 of/)).toBeVisible();

  await enter(page, 'button', 'Show me where', { inside: card });
  await tabTo(page, 'button', /^L\d|^embed/, {
    inside: page.getByRole('table', { name: 'Terms of the attribution' }),
  });
  await arrowTo(page, 'button', openingParts()[0]?.label ?? '', 'ArrowDown');
  await page.keyboard.press('Enter');
  await goOn();
  await enter(page, 'button', 'Show me where', { inside: card });
  await tabTo(page, 'grid', 'Attribution by layer and head, Original');
  await walk(page, STRONGEST.layer, STRONGEST.head);
  await page.keyboard.press('Enter');
  await goOn();
  await enter(page, 'button', 'Show me where', { inside: card });
  await enter(page, 'button', 'Swap target and contrast');
  await goOn();
  await enter(page, 'button', 'Show me where', { inside: card });
  await enter(page, 'button', 'Remove ␣she', {
    inside: page.getByRole('region', { name: 'What is explained' }),
  });
  await goOn();
  const right = await page.evaluate(async () => {
    const text = 'Once upon a time, there was a little girl who liked to play. One day,';
    const asked = { text, target: ' he', arms: ['lnfree'], unit: 'component' } as const;
    const { sum = 0, terms = [] } =
      (await normless.analyze('dla', { ...asked, arms: ['lnfree'] })).arms.lnfree ?? {};
    const sizes = terms.map(({ value }) => value).sort((a, b) => Math.abs(b) - Math.abs(a));
    return sum - (sizes[0] ?? 0);
  });
  await tabTo(page, 'textbox', /./, { inside: card });
  await page.keyboard.type(right.toFixed(3));
  await page.keyboard.press('Enter');
  await goOn();
  await enter(page, 'button', 'Go on by myself', { inside: card });
  await expect(card).toHaveCount(0);
});

test(
  'a panel in a frame: from still to live by Enter, and a link that asks first',
  LONG,
  async ({ page }) => {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      const src = 'http://localhost:4173/?embed=predictions';
      response.end(`<!doctype html><html lang="en"><title>A course</title><main><h1>A course</h1>
      <a href="#before">Before</a><iframe title="Normless" width="900" height="600" src="${src}"></iframe></main></html>`);
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const panel = page.frameLocator('iframe');
    await expect(panel.getByRole('heading', { name: /it predicts/ })).toBeVisible();
    const frame = page.frames().find((each) => each.url().includes('embed'));
    if (!frame) throw new Error('there is no frame');
    await tabTo(page, 'button', /Click to compute here/, { frame, ...FRESH });
    await page.keyboard.press('Enter');
    await expect(panel.getByRole('row', { name: /␣she/ }).first()).toBeVisible();
    await expect(panel.getByRole('button', { name: /Click to compute here/ })).toHaveCount(0, {
      timeout: 60_000,
    });
    await tabTo(page, 'radio', 'probability', { frame });
    await page.keyboard.press('ArrowRight');
    await expect(panel.getByRole('radio', { name: 'logit' })).toBeChecked({ timeout: 60_000 });
    await tabTo(page, 'link', 'Open in Normless', { frame });
    server.close();

    await page.goto(`/#${await encodeLink({ pair: 'gpt2-small', text: 'The dog' })}`);
    await engineReady(page);
    const choose = page.getByRole('button', { name: 'Choose what to load' });
    await expect(choose).toBeVisible();
    await enter(page, 'button', 'Choose what to load', FRESH);
    await expect(page.getByRole('dialog', { name: 'Models' })).toContainText('GPT-2 small');
    await page.keyboard.press('Escape');
    await expect(choose).toBeFocused();
  },
);

testWithHub(
  'models: a pair added from the Hub, loaded, asked, switched away from; another from files',
  LONG,
  async ({ page, hub }) => {
    testWithHub.setTimeout(300_000);
    for (const [i, form] of (['layer', 'lnfree-2025'] as const).entries())
      hub.add(`test/tiny-${i + 1}`, { files: makeTinyCheckpoint({ form, seed: i + 1 }) });
    await openWithHub(page);
    const dialog = page.getByRole('dialog', { name: 'Models' });
    const inside = dialog;
    await enter(page, 'button', 'Models', FRESH);
    await expect(dialog.getByRole('button', { name: '+ Add your own' })).toBeVisible();
    await enter(page, 'button', '+ Add your own', { inside });
    await tabTo(page, 'textbox', 'Title', { inside });
    await page.keyboard.type('Tiny pair');
    for (const ordinal of [1, 2]) {
      await chooseRadio(page, `Where model ${ordinal} is`, 'on the Hub', { inside });
      await tabTo(page, 'textbox', `Repository of model ${ordinal}`, { inside });
      await page.keyboard.type(`test/tiny-${ordinal}`);
    }
    await enter(page, 'button', 'Add the pair', { inside });
    await expect(dialog.getByRole('heading', { name: 'Tiny pair' })).toBeVisible();
    await expect(dialog.getByRole('button', { name: /^Load ·/ })).toBeEnabled({ timeout: 60_000 });
    await enter(page, 'button', /^Load ·/, { inside });
    await expect(dialog.getByRole('button', { name: /back to the page|use it/ }).first()).toBeVisible({
      timeout: 90_000,
    });
    await enter(page, 'button', /back to the page|use it/, { inside, within: 60 });
    await expect(dialog).toBeHidden();
    await tabTo(page, 'textbox', /^Prompt, as token ids/);
    await retype(page, '1 2 3 28');
    const tokens = page
      .getByRole('table', { name: 'Tokens of the prompt, one column each' })
      .getByRole('button');
    await expect(tokens).toHaveCount(4, { timeout: 60_000 });
    await answered(page);
    await tabTo(page, 'combobox', 'Pair of models', BACK);
    await page.keyboard.press('Home');
    await expect(page.getByRole('textbox').first()).toHaveValue(/Once upon a time/, { timeout: 60_000 });

    await enter(page, 'button', 'Models');
    await enter(page, 'button', '+ Add your own', { inside });
    await tabTo(page, 'textbox', 'Title', { inside });
    await page.keyboard.type('From files');
    await enter(page, 'button', 'Remove model 2 from the form', { inside });
    const coming = page.waitForEvent('filechooser');
    await enter(page, 'button', 'Pick files…', { ...BACK, inside });
    const files = [...makeTinyCheckpoint({})].map(([name, bytes]) => ({
      ...{ name, mimeType: 'application/octet-stream' },
      buffer: Buffer.from(bytes),
    }));
    await (await coming).setFiles(files);
    await enter(page, 'button', 'Add the pair', { inside });
    await expect(dialog.getByRole('heading', { name: 'From files' })).toBeVisible();
  },
);
