/** The main job by keys alone: a prompt, a target, a token, a panel that looks closer, and the link of it. */

import { decodeLink } from '../src/share/codec.ts';
import { enter, retype, tabTo } from './byKeyboard.suite.ts';
import { answered, engineReady, expect, test } from './helpers.ts';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('the main job by keys alone: from the first Tab to the copied link', async ({ page }) => {
  const text = 'Sam saw a big red ball. He wanted the';
  await page.goto('/');
  await engineReady(page);

  await test.step('past the head to the prompt, and type', async () => {
    await enter(page, 'link', 'Skip to the prompt', { within: 1, fresh: true });
    await expect(page.getByRole('textbox', { name: 'Prompt', exact: true })).toBeFocused();
    expect(new URL(page.url()).hash).not.toBe('#prompt');
    await retype(page, text);
    await expect(page.getByText('12 of 256 tokens')).toBeVisible({ timeout: 60_000 });
    await answered(page);
  });

  await test.step('a token of the strip, which is one stop; arrows go along it', async () => {
    await tabTo(page, 'button', /^11 /, { within: 10 });
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await expect(page.getByRole('button', { name: /^9 / })).toBeFocused();
    await expect(page.getByRole('button', { name: /^9 / })).toHaveAttribute('aria-pressed', 'true');
    await expect(page.getByText('(position 9,', { exact: false })).toBeVisible();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
  });

  await test.step('a target and a contrast', async () => {
    await tabTo(page, 'textbox', 'Target token', { within: 4 });
    await page.keyboard.type(' ball');
    await page.keyboard.press('Enter');
    // Until its token is known, the stops are those of the letters before.
    await expect(page.getByRole('button', { name: 'Remove ␣ball' })).toBeVisible({ timeout: 60_000 });
    await tabTo(page, 'textbox', 'Contrast token', { within: 4 });
    await page.keyboard.type(' dog');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('region', { name: 'Why direct logit attribution' })).toContainText(
      '␣ball over ␣dog',
      { timeout: 60_000 },
    );
    await answered(page);
  });

  await test.step('a panel that looks closer, past every answer in few stops', async () => {
    const stops = await tabTo(page, 'button', /^Logit lens/);
    expect(stops).toBeLessThan(45); // pictures, bars and rankings are one each
    await page.keyboard.press('Enter');
    await expect(page.getByRole('region', { name: 'When does it know? logit lens' })).toContainText(
      'Original puts',
      { timeout: 60_000 },
    );
  });

  await test.step('back to Share, copy the link, and be where one was', async () => {
    await enter(page, 'button', 'Share', { key: 'Shift+Tab' });
    await expect(page.getByRole('button', { name: 'Copy link' })).toBeVisible();
    await enter(page, 'button', 'Copy link', { within: 4 });
    await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('button', { name: 'Share', exact: true })).toBeFocused();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(await decodeLink(new URL(copied).hash)).toMatchObject({
      text,
      position: 10,
      view: { open: 'logit-lens' },
      target: [{ piece: ' ball' }],
      contrast: [{ piece: ' dog' }],
    });
  });
});
