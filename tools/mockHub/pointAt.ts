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
    const [head = '', ...rest] = (await response.text()).split('</head>');
    // Both where it says the Hub is and in the policy of what it may ask.
    const pointed = head.replaceAll('https://huggingface.co', endpoint);
    await route.fulfill({ response, body: [pointed, ...rest].join('</head>') });
  });
}
