/**
 * The benchmark suite: npm run bench [-- --suite ci|full|gpu --filter matmul --rounds 9 --json out.json --history]
 *
 * Ours and a peer on one device in one page, interleaved, after a check that both compute the same; README.md says how
 * to read it. Ends with status 1 where a check or a counter fails, or a ratio misses its target.
 */

import { chromium, type Page } from '@playwright/test';
import { childSeconds } from '../tools/bench/proc.ts';
import { browserLaunch } from '../tools/chromium.ts';
import { told } from '../tools/told.ts';
import { AppBench, withApp } from './app/appBench.ts';
import type { BenchPage, Row, Suite } from './contract.ts';
import { appendHistory } from './history.ts';
import { adapterName, type Computer, casesOf, countFrom1, report, runCase, suiteNamed } from './runRows.ts';
import { serveBench } from './server.ts';
import { formatTable } from './table.ts';

/** Pairs of a row where nobody says how many: `ci` is to be done in a minute and a half. */
const ROUNDS: Readonly<Record<Suite, number>> = { ci: 3, full: 5, gpu: 5 };

/** Returns the exit status. */
export async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (!options) return 0;
  const { suite, filter, rounds, json, history } = options;
  const server = await serveBench();
  const browser = await chromium.launch(browserLaunch());
  const app = new AppBench(browser);
  try {
    const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
    page.on('pageerror', (error) => console.error(`page: ${error.message}`));
    await page.goto(server.url('index.html'));
    await page.waitForFunction(() => 'bench' in window);
    const inPage = benchIn(page);
    const environment = await inPage.open();
    const bench = withApp(inPage, app);
    const computer: Computer = { bench, environment, cpuSeconds: childSeconds };
    const date = new Date().toISOString();
    const versions = {
      chromium: browser.version(),
      onnxruntime: environment.onnxruntime,
      node: process.versions.node,
    };
    console.log(
      `${date.slice(0, 10)}, suite ${suite}, Chromium ${versions.chromium}, onnxruntime-web ${versions.onnxruntime}, ${adapterName(environment)}`,
    );

    const rows: Row[] = [];
    for (const info of await casesOf(bench, { suite, filter })) {
      const row = await runCase(computer, info, rounds);
      rows.push(row);
      console.log(`${formatTable([row]).split('\n')[1]}`);
    }
    const used = childSeconds();
    console.log(
      `\n${((Date.now() - Date.parse(date)) / 1000).toFixed(0)} s${used === null ? '' : `, ${used.toFixed(0)} CPU-seconds of the browser`}`,
    );
    const head = { date, suite, adapter: environment.adapter, versions };
    if (history) appendHistory(rows, head);
    return report(rows, head, json);
  } finally {
    await app.close();
    await browser.close();
    await server.close();
  }
}

/** Null where only help was asked for. */
function readOptions(args: string[]) {
  const given = told(import.meta.filename, args, {
    options: {
      suite: { type: 'string', default: 'ci' },
      filter: { type: 'string', default: '' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      history: { type: 'boolean', default: false },
    },
  });
  if (!given) return null;
  const { values } = given;
  const { filter, json = null, history } = values;
  const suite = suiteNamed(values.suite);
  const rounds = values.rounds === undefined ? ROUNDS[suite] : countFrom1('--rounds', values.rounds);
  return { suite, rounds, filter, json, history };
}

/** `window.bench`, called from here. */
function benchIn(page: Page): BenchPage {
  const call = <K extends keyof BenchPage>(method: K, ...args: Parameters<BenchPage[K]>) =>
    page.evaluate(
      ([method, args]) => {
        const { bench } = window as unknown as { bench: Record<string, (...args: unknown[]) => unknown> };
        return bench[method]?.(...args);
      },
      [method, args] as [string, unknown[]],
    ) as ReturnType<BenchPage[K]>;
  return {
    open: () => call('open'),
    cases: (suite) => call('cases', suite),
    prepare: (name) => call('prepare', name),
    call: (side, repeats) => call('call', side, repeats),
    usage: () => call('usage'),
    count: (name) => call('count', name),
    dispose: () => call('dispose'),
  };
}
