/** The layout: panels that fill the window and come back, columns that are moved and stay so on the next visit. */

import type { Locator, Page } from '@playwright/test';
import {
  answered,
  engineReady,
  expect,
  expectAccessible,
  photograph,
  settledHash,
  sharedTest,
} from './helpers.ts';

const panel = (page: Page, name: RegExp) => page.getByRole('region', { name });
const maximise = (within: Locator) => within.getByRole('button', { name: /^Maximise/ });
const widthOf = async (of: Locator) => (await of.boundingBox())?.width ?? 0;

/** What has the focus outside the panel that fills the window. */
function focusBehind(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const { activeElement: at, body } = document;
    return at === null || at === body || at.closest('[data-maximised]') ? null : at.outerHTML;
  });
}

/** Drags something by so many pixels to the right. */
async function drag(page: Page, what: Locator, by: number): Promise<void> {
  const box = await what.boundingBox();
  if (!box) throw new Error('What is to be dragged is not there.');
  const [x, y] = [box.x + box.width / 2, box.y + 40];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + by, y, { steps: 4 });
  await page.mouse.up();
}

sharedTest.afterEach(({ page }) => page.setViewportSize({ width: 1280, height: 720 })); // as others find it

sharedTest('panels fill the window, and columns move', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const why = panel(page, /^Why/);
  const map = page.getByRole('grid', { name: /^Attribution by layer and head, Original/ });

  await sharedTest.step(
    'a panel fills the window by its button; Esc brings it back and lets go of nothing',
    async () => {
      const pinned = page.getByText('click pins a head');
      await map.click();
      await expect(pinned).toBeHidden();
      const hash = await settledHash(page);
      await maximise(why).focus();
      await page.evaluate(() => scrollTo(0, 150)); // a click could scroll further by itself, the key does not
      const before = { hash, scrolled: 150, map: await map.boundingBox() };
      await page.keyboard.press('Enter');
      await expect(maximise(why)).toHaveAttribute('aria-pressed', 'true');
      await expect(maximise(why)).toBeFocused();
      await expect(page.locator('#prompt')).toBeHidden();
      await expect.poll(() => widthOf(map)).toBeGreaterThan(1.5 * (before.map?.width ?? 0));
      await expect
        .poll(async () => (await map.boundingBox())?.height)
        .toBeGreaterThan(1.5 * (before.map?.height ?? 0));
      await expectAccessible(page);
      await photograph(page, 'maximised');
      for (let stop = 0; stop < 20; stop++) {
        await page.keyboard.press('Tab'); // never behind the panel; out of the page, and in again
        expect(await focusBehind(page)).toBeNull();
      }
      await map.focus();
      await page.keyboard.press('Escape');
      await expect(page.locator('#prompt')).toBeVisible();
      await expect(map).toBeFocused();
      await expect(pinned).toBeHidden();
      await expect.poll(() => map.boundingBox()).toEqual(before.map);
      expect({ hash: await settledHash(page), scrolled: await page.evaluate(() => scrollY) }).toEqual({
        hash: before.hash,
        scrolled: before.scrolled,
      });
      await page.keyboard.press('Escape');
      await expect(pinned).toBeVisible();
    },
  );

  await sharedTest.step('the palette stands above it, and what it leads to is shown', async () => {
    await maximise(panel(page, /^What it predicts/)).click();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Find a command' }).pressSequentially('go to why direct');
    await page.keyboard.press('Enter');
    await expect(page.locator('[data-maximised]')).toHaveCount(0);
    await expect(why.getByRole('heading', { level: 2 })).toBeFocused();
  });

  await sharedTest.step('the strip of tokens takes as many lines as the window needs', async () => {
    const strip = panel(page, /^Tokens/);
    await page.locator('#prompt').fill('The dog saw the ball and the cat. '.repeat(5));
    await expect(strip.getByRole('button', { name: /^40 / })).toBeInViewport({ timeout: 60_000 });
    await answered(page);
    const first = strip.getByRole('button', { name: /^1 / });
    await expect(first).not.toBeInViewport();
    await maximise(strip).click();
    await expect(first).toBeInViewport();
    await expect(strip.getByRole('table')).toHaveCount(2);
    await page.keyboard.press('Escape');
    await expect(strip.getByRole('table')).toHaveCount(1);
  });

  const lines = page.getByRole('separator');
  const first = lines.first();
  const what = panel(page, /^What it predicts/);
  await sharedTest.step(
    'columns move by mouse and by keys, not further than their contents allow',
    async () => {
      const came = await widthOf(what);
      await drag(page, first, 60);
      await expect.poll(() => widthOf(what)).toBeCloseTo(came + 60, -1);
      const moved = await widthOf(what);
      await first.focus();
      await page.keyboard.press('ArrowLeft');
      await expect.poll(() => widthOf(what)).toBeLessThan(moved - 5);
      await page.keyboard.press('Home');
      await expect.poll(() => widthOf(what)).toBeCloseTo(200, 0);
      await expect(first).toHaveAttribute('aria-valuenow', (await first.getAttribute('aria-valuemin')) ?? '');
      await page.keyboard.press('End');
      await expect.poll(() => widthOf(why)).toBeCloseTo(340, 0);
      await expect(first).toHaveAttribute('aria-valuenow', (await first.getAttribute('aria-valuemax')) ?? '');
      await first.dblclick();
      await expect.poll(() => widthOf(what)).toBeCloseTo(came, 0);
    },
  );

  await sharedTest.step(
    'they are where they were left from the first paint of the next visit, until they are reset',
    async () => {
      const came = await widthOf(what);
      await drag(page, first, 80);
      await expect.poll(() => widthOf(what)).toBeGreaterThan(came + 70);
      const left = await widthOf(what);
      await page.reload({ waitUntil: 'commit' });
      await page.waitForFunction(() => performance.getEntriesByType('paint').length > 0);
      expect(await widthOf(page.locator('#pane-predictions'))).toBeCloseTo(left, 0);
      await engineReady(page);
      await expect(first).not.toHaveAttribute('aria-valuenow', '50');
      expect(await widthOf(what)).toBeCloseTo(left, 0);
      await page.keyboard.press('Control+k');
      await page.getByRole('combobox', { name: 'Find a command' }).pressSequentially('reset the layout');
      await page.keyboard.press('Enter');
      await expect.poll(() => widthOf(what)).toBeCloseTo(came, 0);
      expect(await page.evaluate(() => localStorage.getItem('normless.layout'))).toBeNull();
    },
  );

  await sharedTest.step(
    'in a narrow window no column moves, and a panel fills the window all the same',
    async () => {
      await page.setViewportSize({ width: 390, height: 844 });
      await expect(lines).toHaveCount(0);
      await maximise(why).click();
      await expect(page.locator('#prompt')).toBeHidden();
      await expect
        .poll(() => page.evaluate(() => document.querySelector('[data-maximised]')?.scrollWidth))
        .toBe(390);
      await maximise(why).click();
      await expect(page.locator('#prompt')).toBeVisible();
    },
  );
});

sharedTest('in another page’s frame there is no such button', async ({ page }) => {
  const frame = await page.context().newPage();
  await frame.goto('/?embed=attribution');
  await expect(panel(frame, /^Why/)).toBeVisible();
  await expect(frame.getByRole('button', { name: /^Maximise/ })).toHaveCount(0);
  await frame.close();
});
