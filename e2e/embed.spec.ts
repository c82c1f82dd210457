/** A panel in the frame of somebody else's page: still and silent until a click, then live, steered by messages, as high as it needs. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page, Request } from '@playwright/test';
import { encodeLink } from '../src/share/codec.ts';
import { test as base, expect, expectAccessible } from './helpers.ts';

const NORMLESS = 'http://localhost:4173/';

/** Another site: a page with the HTML that docs/embedding.md gives, which keeps what the frame says. */
function host(src: string): string {
  const [, html = ''] = /```html\n([\s\S]*?)```/.exec(readFileSync('docs/embedding.md', 'utf8')) ?? [];
  expect(html).toContain('https://normless.example/?embed=predictions');
  const own = html
    .replace('https://normless.example/?embed=predictions', NORMLESS + src.replaceAll('<', '&lt;'))
    .replaceAll('https://normless.example', new URL(NORMLESS).origin);
  return `<!doctype html><html lang="en"><title>A course</title><main><h1>A course</h1>
    <script>const said = []; window.addEventListener('message', ({ data }) => said.push(data));</script>${own}</main></html>`;
}

const test = base.extend<{ frame: (address: string) => Promise<void> }>({
  frame: async ({ page }, use) => {
    let body = '';
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    await use(async (address) => {
      body = host(address);
      await page.goto(`http://127.0.0.1:${port}/`);
    });
    server.close();
  },
});

interface Said {
  type: string;
  height?: number;
  link?: string;
  live?: boolean;
  message?: string;
}
/** Of the framing page. */
declare const said: Said[];
declare const say: (message: unknown) => void;

const tell = (page: Page, message: unknown) => page.evaluate((data) => say(data), message);
const lastSaid = (page: Page, type: string) =>
  page.evaluate((wanted) => said.findLast((each) => each.type === wanted), type);

test('a still that loads no model, then live, steered by messages', async ({ page, frame }) => {
  const asked: string[] = [];
  page.on('request', (request: Request) => asked.push(request.url()));
  await frame('?embed=predictions');
  const panel = page.frameLocator('#normless');

  await test.step('still: the committed result, nothing else of the page, no engine and no model', async () => {
    await expect(panel.getByRole('heading', { name: /it predicts/ })).toBeVisible();
    await expect(panel.getByRole('row', { name: /␣she/ }).first()).toBeVisible();
    await expect(panel.getByRole('textbox')).toHaveCount(0);
    await expect.poll(async () => (await lastSaid(page, 'normless:size'))?.height).toBeGreaterThan(200);
    await expect(async () => {
      const height = (await lastSaid(page, 'normless:size'))?.height; // it may say another before long
      await expect(page.locator('#normless')).toHaveCSS('height', `${height}px`, { timeout: 500 });
    }).toPass({ timeout: 30_000 });
    await tell(page, { type: 'normless:set-theme', theme: 'dark' });
    await expect.poll(async () => (await lastSaid(page, 'normless:state'))?.live).toBe(false);
    await expect(panel.locator('html')).toHaveAttribute('data-theme', 'dark');
    await page.evaluate(() => {
      const frame = document.body.appendChild(document.createElement('iframe'));
      frame.title = 'Somebody else';
      const other = frame.contentWindow as typeof window;
      const says = { type: 'normless:set-theme', theme: 'light' };
      other.eval(`parent.frames[0].postMessage(${JSON.stringify(says)}, '*')`); // not the page that frames it
    });
    await tell(page, { type: 'normless:load', pair: 'gpt2-xl' });
    await expect
      .poll(async () => (await lastSaid(page, 'normless:error'))?.message)
      .toMatch(/not understood/);
    await expect(panel.locator('html')).toHaveAttribute('data-theme', 'dark');
    expect(asked.filter((url) => /worker|models\/|\.wasm|huggingface/.test(url))).toEqual([]);
    await expectAccessible(page);
  });

  await test.step('another prompt has no still: its question is shown, not the numbers of another', async () => {
    await tell(page, { type: 'normless:set-prompt', text: 'Sam saw a big red ball. He wanted the' });
    await expect(panel.getByText('Sam saw a big red ball. He wanted the')).toBeVisible();
    await expect(panel.getByRole('table')).toHaveCount(0);
  });

  await test.step('live on a click; messages change the prompt and the selection', async () => {
    await panel.getByRole('button', { name: 'Compute it here' }).click();
    await expect(panel.getByRole('row', { name: /actual next|entropy/ }).first()).toBeVisible({
      timeout: 60_000,
    });
    await expect(panel.getByRole('row', { name: /␣ball/ }).first()).toBeVisible({ timeout: 60_000 });
    await tell(page, { type: 'normless:set-selection', position: 1 });
    await expect.poll(async () => (await lastSaid(page, 'normless:state'))?.live).toBe(true);
    await expect(panel.getByRole('row', { name: /actual next/ }).first()).toBeVisible({ timeout: 60_000 });
    const link = (await lastSaid(page, 'normless:state'))?.link ?? '';
    expect(link).toMatch(/^http:\/\/localhost:4173\/#v1\./);
    await expect(panel.getByRole('link', { name: 'Open in Normless' })).toHaveAttribute('href', /#v1\./);
  });

  await test.step('a panel that looks closer, on a link: its question and its author’s numbers', async () => {
    const fingerprint = { original: { top: 673, prob: 0.25, value: 1.5 } };
    await frame(`?embed=logit-lens#${await encodeLink({ text: 'The dog', fingerprint })}`);
    await expect(panel.getByRole('row', { name: 'Original ␣she 25.0 % 1.50' })).toBeVisible();
    await expect(panel.getByRole('button', { name: 'Compute it here' })).toBeVisible();
    await expectAccessible(page);
  });

  await test.step('a damaged link and an unknown panel say so and show nothing in their place', async () => {
    await frame('?embed=attribution#v1.q1YqSa0oUbJSKs.AAAAAAAA');
    await expect(panel.getByRole('alert')).toContainText('cannot be read');
    await expect(panel.getByRole('table')).toHaveCount(0);
    await frame('?embed=<script>alert(1)</script>');
    await expect(panel.getByRole('alert')).toContainText('no panel “<script>alert(1)</script>”');
  });
});
