/** The built page's Content-Security-Policy lets it do its work and stops what is not its own, in the worker too where a server sends it. */

import { test as base } from '@playwright/test';
import { engineReady, expect } from './helpers.ts';

base(
  'the policy of the page is enough for its work, and code or addresses from elsewhere are refused',
  async ({ page }) => {
    const refused: string[] = [];
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) refused.push(message.text());
    });
    let policy = '';
    await page.route('http://localhost:4173/', async (route) => {
      const response = await route.fetch();
      policy =
        /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(await response.text())?.[1] ?? '';
      policy = policy.replaceAll('&#39;', "'");
      await route.fulfill({ response });
    });
    // A worker has the policy that its own file is served with.
    await page.route(/\/assets\/worker-[^/]*\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({
        response,
        headers: { ...response.headers(), 'content-security-policy': policy },
      });
    });
    await page.goto('/');
    await engineReady(page);
    expect(policy).toContain("default-src 'none'");
    const engines = await page.evaluate(() => {
      const { route } = window.normless.status();
      return window.normless
        .analyze('predictions', { text: 'The dog', k: 1 })
        .then((result) => [route?.engine, result.engine]);
    });
    expect(engines[1]).toBe(engines[0]);
    expect(refused).toEqual([]);

    const outcome = await page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.hacked = true';
      document.body.append(script);
      const picture = document.createElement('div');
      picture.innerHTML = '<img src="x" onerror="window.hacked = true">';
      document.body.append(picture);
      // Later, because what a debugger evaluates itself may do what the page may not.
      const evaluated = await new Promise((resolve) =>
        setTimeout(() => {
          try {
            resolve(new Function('return 1')());
          } catch (error) {
            resolve((error as Error).name);
          }
        }),
      );
      const fetched = await fetch('https://example.com/').then(
        () => 'answered',
        () => 'refused',
      );
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { hacked: 'hacked' in window, evaluated, fetched };
    });
    expect(outcome).toEqual({ hacked: false, evaluated: 'EvalError', fetched: 'refused' });
    await expect.poll(() => refused.length).toBeGreaterThanOrEqual(3); // the console tells of it in its own time
  },
);
