/** How soon the built page shows something and is ready: npm run build && npm run bench:start [visits] [wgsl | ort] */

import { chromium } from '@playwright/test';
import { preview } from 'vite';
import type { Normless } from '../src/engine/api.ts';
import { browserLaunch } from '../tools/chromium.ts';
import { told } from '../tools/told.ts';

const PORT = 4175;

interface Visit {
  firstPaint: number;
  ready: number;
  engine: string;
  selfCheck: number;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Every visit is a new browser profile: nothing is cached. Prints medians and ranges in milliseconds. */
export async function main(args: string[]): Promise<void> {
  const given = told(import.meta.filename, args, { allowPositionals: true });
  if (!given) return;
  const [visits = '5', engine = 'auto'] = given.positionals;
  const server = await preview({ preview: { port: PORT, strictPort: true }, logLevel: 'warn' });
  const browser = await chromium.launch(browserLaunch());
  const seen: Visit[] = [];
  for (let i = 0; i < Number(visits); i++) {
    const context = await browser.newContext({ serviceWorkers: 'block' });
    await context.addInitScript((id) => localStorage.setItem('normless.engine', id), engine);
    const page = await context.newPage();
    await page.goto(`http://localhost:${PORT}/`);
    seen.push(
      await page.evaluate(async (): Promise<Visit> => {
        const { normless } = window as unknown as { normless: Normless };
        await normless.ready;
        const { route, engines, selfCheck } = normless.status();
        return {
          firstPaint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
          ready: performance.now(),
          engine: route ? `${route.engine} on ${engines[route.engine].device}` : 'none',
          selfCheck: selfCheck?.maxAbs ?? Number.NaN,
        };
      }),
    );
    await context.close();
  }
  const line = (name: string, values: number[]) =>
    console.log(
      `${name}: median ${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)}, ${values.length} visits)`,
    );
  console.log(`${new Date().toISOString().slice(0, 10)}, Chromium ${browser.version()}, ${seen[0]?.engine}`);
  line(
    'first contentful paint',
    seen.map((visit) => visit.firstPaint),
  );
  line(
    'engine ready, self-checked',
    seen.map((visit) => visit.ready),
  );
  console.log(
    `self-check: largest difference ${Math.max(...seen.map((visit) => visit.selfCheck)).toExponential(1)}`,
  );
  await browser.close();
  await server.close();
}
