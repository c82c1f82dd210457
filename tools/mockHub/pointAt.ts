/** Makes a served page ask a mock Hub instead of the real one: the address stands in index.html. */

import type { BrowserContext, Page } from '@playwright/test';

/** `url` is the page's; call it before the page is opened. */
export async function pointAtHub(
  target: BrowserContext | Page,
  url: string,
  endpoint: string,
): Promise<void> {
  await target.route(url, async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    await route.fulfill({ response, body: html.replace('https://huggingface.co', endpoint) });
  });
}
