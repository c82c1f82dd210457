/** The help and the palette, by keyboard alone: every key in one sheet, every command found by typing. */

import type { Page } from '@playwright/test';
import { command } from './byKeyboard.suite.ts';
import { engineReady, expect, expectAccessible, photograph, settledHash, test } from './helpers.ts';

const palette = (page: Page) => page.getByRole('dialog', { name: 'Commands' });

test('the help and the palette, from the keyboard', async ({ page }) => {
  await page.goto('/');
  await engineReady(page);
  const prompt = page.locator('#prompt');

  await test.step('? shows the keys, but is a letter in a text; Esc goes back to where one was', async () => {
    const help = page.getByRole('dialog', { name: 'Help and keys' });
    const about = page.getByRole('button', { name: 'Help and keys' });
    await about.focus();
    await page.keyboard.press('?');
    await expect(help.getByText('walk from cell to cell; each is read out')).toBeVisible();
    await expectAccessible(page);
    await photograph(page, 'help');
    await page.keyboard.press('Escape');
    await expect(help).toBeHidden();
    await expect(about).toBeFocused();
    await prompt.fill('Why');
    await prompt.press('?');
    await expect(prompt).toHaveValue('Why?');
    await expect(help).toBeHidden();
  });

  await test.step('the palette says what it offers, and arrows walk it round', async () => {
    await prompt.press('Control+k');
    const box = page.getByRole('combobox', { name: 'Find a command' });
    const active = palette(page).getByRole('option', { selected: true });
    await expect(box).toBeFocused();
    await expect(active).toContainText('How exact');
    await page.keyboard.press('ArrowUp');
    await expect(active).toContainText('Go to');
    expect(await box.getAttribute('aria-activedescendant')).toBe(await active.getAttribute('id'));
    await expectAccessible(page);
    await photograph(page, 'palette');
    await box.fill('nothing is called so');
    await expect(palette(page).getByText('No command has all of these words.')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(palette(page)).toBeHidden();
    await expect(prompt).toBeFocused();
  });

  await test.step('it asks examples and goes back, opens panels, changes the theme, finds the forms', async () => {
    const asked = await settledHash(page); // what has been typed changes it no more
    await command(page, 'red car');
    await expect(prompt).toHaveValue('Sam saw a big red car. He wanted the');
    // It can be undone from then on.
    await expect.poll(() => page.evaluate(() => location.hash)).not.toBe(asked);
    await command(page, 'undo');
    await expect(prompt).toHaveValue('Why?');
    await command(page, 'closer attention');
    const tab = page.locator('[aria-controls="closer-panel"][aria-expanded="true"]');
    await expect(tab).toContainText('Attention');
    await expect(tab).toBeFocused({ timeout: 60_000 });
    await command(page, 'dark');
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await command(page, 'add models of your own');
    await expect(page.getByRole('dialog', { name: 'Models' }).getByLabel('Title')).toBeVisible();
    await page.keyboard.press('Escape');
    await command(page, 'go to prompt');
    await expect(prompt).toBeFocused();
  });

  await test.step('at 200 % nothing is wider than the window', async () => {
    await page.setViewportSize({ width: 640, height: 400 });
    for (const open of ['?', 'Control+k']) {
      await page.getByRole('button', { name: 'Help and keys' }).focus();
      await page.keyboard.press(open);
      await expect(page.locator('dialog[open]')).toBeVisible();
      const tooWide = await page.evaluate(
        () =>
          [document.documentElement, ...document.querySelectorAll('dialog[open]')].filter(
            (each) => each.scrollWidth > each.clientWidth,
          ).length,
      );
      expect(tooWide).toBe(0);
      await photograph(page, open === '?' ? 'help-200' : 'palette-200');
      await page.keyboard.press('Escape');
    }
  });
});
