/**
 * How far the engines are apart, per storage: every hook of the demo pair and of GPT-2's shapes with random weights, in
 * real Chromium on the built page: `npm run build && npm run numerics [-- --size small --tokens 16,64 --dtypes f32,f16,q8]`
 * prints the table of docs/science.md. `--size none` leaves GPT-2's shapes out.
 */

import { readFileSync } from 'node:fs';
import { chromium, type Page } from '@playwright/test';
import { preview } from 'vite';
import type { Normless, VerifyReport, VerifyRow } from '../src/engine/api.ts';
import type { StorageDType } from '../src/tensor/params.ts';
import { browserLaunch } from './chromium.ts';
import { type Gpt2Size, generateGpt2 } from './mockHub/gpt2.ts';
import { pointAtHub } from './mockHub/pointAt.ts';
import { startMockHub } from './mockHub.ts';
import { told } from './told.ts';

const PORT = 4179;

/** What one model said of one prompt. */
interface Finding {
  model: string;
  tokens: number;
  dtype: StorageDType;
  report: Pick<VerifyReport, 'hooks' | 'firstDivergence' | 'leftOut' | 'engines' | 'environment'>;
  ms: number;
}

interface Question {
  pair: string;
  arms: string[];
  tokens: number[];
}

/** Returns the exit status: 1 where an engine differs beyond tolerance. */
export async function main(args: string[]): Promise<number> {
  const given = told(import.meta.filename, args, {
    options: {
      size: { type: 'string', default: 'small' },
      tokens: { type: 'string', default: '16,64' },
      dtypes: { type: 'string', default: 'f32,f16,q8' },
    },
  });
  if (!given) return 0;
  const { values } = given;
  const dtypes = values.dtypes.split(',') as StorageDType[];
  const lengths = values.tokens.split(',').map(Number);
  const hub = await startMockHub();
  const server = await preview({ preview: { port: PORT, strictPort: true }, logLevel: 'warn' });
  const browser = await chromium.launch(browserLaunch());
  const findings: Finding[] = [];
  try {
    const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
    page.setDefaultTimeout(0);
    await pointAtHub(page, `http://localhost:${PORT}/`, hub.endpoint);
    await page.goto(`http://localhost:${PORT}/`);
    await page.evaluate(() => (window as unknown as { normless: Normless }).normless.ready);

    for (const dtype of dtypes) {
      await load(page, 'demo', dtype);
      for (const arm of ['original', 'vanilla', 'lnfree'])
        for (const tokens of demoPrompts()) {
          const question = { pair: 'demo', arms: [arm], tokens };
          findings.push(await ask(page, `demo, ${arm}`, dtype, question));
        }
    }
    if (values.size !== 'none') {
      for (const lnfree of [false, true]) {
        const repo = `random/${lnfree ? 'lnfree' : 'original'}`;
        hub.add(repo, {
          files: generateGpt2({ size: values.size as Gpt2Size, lnfree, seed: lnfree ? 2 : 1 }),
        });
        await page.evaluate((repo) => {
          const { normless } = window as unknown as { normless: Normless };
          return normless.add({ id: repo, arms: { model: { repo } } });
        }, repo);
        for (const dtype of dtypes) {
          await load(page, repo, dtype);
          for (const length of lengths) {
            const tokens = Array.from({ length }, (_, i) => (i * 7919 + 11) % 50257);
            const name = `GPT-2 ${values.size}, random, ${lnfree ? 'LN-free' : 'LayerNorm'}`;
            findings.push(await ask(page, name, dtype, { pair: repo, arms: ['model'], tokens }));
          }
          await page.evaluate(
            (pair) => (window as unknown as { normless: Normless }).normless.unload({ pair }),
            repo,
          );
        }
      }
    }
    print(findings, browser.version());
  } finally {
    await browser.close();
    await server.close();
    await hub.close();
  }
  return findings.some(({ report }) => report.firstDivergence !== null) ? 1 : 0;
}

/** The opening prompt, and one of every length that is odd for a kernel. */
function demoPrompts(): number[][] {
  const { results } = JSON.parse(readFileSync('src/state/firstResult.json', 'utf8'));
  const opening = results['token-stats'].tokens as number[];
  const odd = [1, 7, 65].map((length) => Array.from({ length }, (_, i) => (i * 1223 + 5) % 8191));
  return [opening, ...odd];
}

function load(page: Page, pair: string, dtype: StorageDType): Promise<unknown> {
  return page.evaluate(
    ([pair, dtype]) => {
      const { normless } = window as unknown as { normless: Normless };
      return normless.load({ pair, dtype, residency: 'all', engine: 'wgsl' });
    },
    [pair, dtype] as const,
  );
}

async function ask(page: Page, model: string, dtype: StorageDType, question: Question): Promise<Finding> {
  const { report, ms } = await page.evaluate(async (question) => {
    const { normless } = window as unknown as { normless: Normless };
    const start = performance.now();
    const { hooks, firstDivergence, leftOut, engines, environment } = await normless.analyze(
      'verify',
      question,
    );
    return {
      report: { hooks, firstDivergence, leftOut, engines, environment },
      ms: performance.now() - start,
    };
  }, question);
  const first = report.firstDivergence ?? 'none';
  console.log(
    `${model}, ${dtype}, ${question.tokens.length} tokens: ${(ms / 1000).toFixed(1)} s, first beyond tolerance: ${first}`,
  );
  return { model, tokens: question.tokens.length, dtype, report, ms };
}

/** One row per model, storage and two engines: the largest over every prompt of it. */
function print(findings: readonly Finding[], version: string): void {
  const environment = findings[0]?.report.environment;
  const adapter = environment?.adapter;
  const devices = new Map(
    findings.flatMap(({ report }) => report.engines).map(({ engine, device }) => [engine, device]),
  );
  console.log(
    `\n${environment?.date.slice(0, 10)}, Chromium ${version}, ${adapter?.vendor} ${adapter?.architecture}`,
  );
  for (const [engine, device] of devices) console.log(`${engine}: ${device}`);
  console.log(
    '\n| model | tokens | kept as | engines | max abs, any hook | at | max abs, logits | relative |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (const group of groupBy(findings, ({ model, dtype }) => `${model}|${dtype}`).values()) {
    const rows = group.flatMap(({ report }) => report.hooks);
    for (const [engines, own] of groupBy(rows, ({ engines }) => engines.join(' – '))) {
      const largest = own.reduce((a, b) => (b.maxAbs > a.maxAbs ? b : a));
      const logits = own.filter(({ hook }) => hook === 'logits');
      const of = (list: readonly VerifyRow[], key: 'maxAbs' | 'relative') =>
        Math.max(...list.map((row) => row[key])).toExponential(1);
      const { model, dtype } = group[0] as Finding;
      const tokens = group.map((finding) => finding.tokens).join(', ');
      const cells = [
        model,
        tokens,
        dtype,
        engines,
        of(own, 'maxAbs'),
        largest.hook,
        of(logits, 'maxAbs'),
        of(own, 'relative'),
      ];
      console.log(`| ${cells.join(' | ')} |`);
    }
  }
  for (const reason of new Set(findings.flatMap(({ report }) => report.leftOut)))
    console.log(`left out: ${reason}`);
}

/** In the order of first appearance. */
function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
