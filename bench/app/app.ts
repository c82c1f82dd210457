/** The app as people get it, for what only the whole page can tell: built afresh, served, and asking a Hub of made-up checkpoints. */

import { execFileSync } from 'node:child_process';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { preview } from 'vite';
import type { Normless } from '../../src/engine/api.ts';
import { type GeneratedOptions, generateGpt2 } from '../../tools/mockHub/gpt2.ts';
import { pointAtHub } from '../../tools/mockHub/pointAt.ts';
import { type MockHub, startMockHub } from '../../tools/mockHub.ts';

/** Apart from dist/, which may be somebody's. */
const OUT = 'node_modules/.bench-app';
const WEIGHTS = 'model.safetensors';

/** The repositories of the Hub: two arms of one shape. */
export const ARMS = { original: { repo: 'bench/original' }, lnfree: { repo: 'bench/lnfree' } };

export type AppWindow = Window & { normless: Normless };

export interface App {
  readonly hub: MockHub;
  /** The weights of one arm. */
  readonly weights: { readonly url: string; readonly bytes: number };
  /** The page with a ready engine in a new profile: nothing is kept from before. */
  visit(browser: Browser): Promise<Visit>;
  close(): Promise<void>;
}

export interface Visit {
  readonly context: BrowserContext;
  readonly page: Page;
  /** Opens the page once more in the same profile. */
  again(): Promise<void>;
}

export async function openApp(size: GeneratedOptions['size']): Promise<App> {
  buildApp();
  const server = await preview({
    build: { outDir: OUT },
    preview: { port: 0, strictPort: false },
    logLevel: 'warn',
  });
  const [url] = server.resolvedUrls?.local ?? [];
  if (!url) throw new Error('The server of the built page found no address. Run it again.');
  const original = generateGpt2({ size });
  const hub = await startMockHub({
    repos: {
      [ARMS.original.repo]: { files: original },
      [ARMS.lnfree.repo]: { files: generateGpt2({ size, lnfree: true, seed: 2 }) },
    },
  });
  await warmAddresses(hub);
  return {
    hub,
    weights: {
      url: `${hub.endpoint}/${ARMS.original.repo}/resolve/main/${WEIGHTS}`,
      bytes: original.get(WEIGHTS)?.size ?? 0,
    },
    visit: async (browser) => {
      const context = await browser.newContext({ serviceWorkers: 'block' });
      await pointAtHub(context, url, hub.endpoint);
      const page = await context.newPage();
      page.setDefaultTimeout(0);
      const again = async () => {
        await page.goto(url);
        await page.evaluate(() => (window as unknown as AppWindow).normless.ready);
      };
      await again();
      return { context, page, again };
    },
    close: async () => {
      await server.close();
      await hub.close();
    },
  };
}

/** In a process of its own: Vite has made this one's a development environment, and React would be built for that. */
function buildApp(): void {
  const args = ['build', '--outDir', OUT, '--emptyOutDir', '--logLevel', 'error'];
  const env = { ...process.env, NODE_ENV: 'production' };
  execFileSync(process.execPath, ['node_modules/vite/bin/vite.js', ...args], { env, stdio: 'inherit' });
}

/** The Hub computes a file's SHA-256 when it is first asked for: not in what is measured. */
async function warmAddresses({ endpoint }: MockHub): Promise<void> {
  for (const { repo } of Object.values(ARMS))
    await (await fetch(`${endpoint}/api/models/${repo}/tree/main?recursive=false`)).text();
}
