/** What the page's copy buttons put on the clipboard, which takes its time. */

import type { Locator, Page } from '@playwright/test';
import { must } from '../src/base/assert.ts';
import { expect } from './helpers.ts';

const NOTHING = '(nothing was copied yet)';

/** What pressing copies: never what another press had left there. */
export async function copiedBy(page: Page, press: () => Promise<void>): Promise<string> {
  const read = () => page.evaluate(() => navigator.clipboard.readText());
  await page.evaluate((text) => navigator.clipboard.writeText(text), NOTHING);
  await press();
  await expect.poll(read).not.toBe(NOTHING);
  return read();
}

/** What a button copies that says so, for a second and a half: watched for, since looks now and then could miss it. */
export function copiedAndSaid(button: Locator): Promise<string> {
  return copiedBy(button.page(), async () => {
    const element = must(await button.elementHandle(), 'no button');
    const said = element.evaluate((own) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const watch = new MutationObserver(() => own.textContent === 'copied' && resolve());
      watch.observe(own, { subtree: true, childList: true, characterData: true });
      return promise;
    });
    await button.click();
    await said;
  });
}
