/**
 * The benchmark suite: npm run bench [-- --suite ci|full --filter matmul --json out.json --rounds 5]
 *
 * Ours and a peer on one device in one page, interleaved, after a check that both compute the same; README.md says how
 * to read it. Ends with status 1 where a check or a counter fails, or a ratio misses its target.
 */

import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { chromium, type Page } from '@playwright/test';
import { measurePair, type Sample, type Side } from '../tools/bench/pairs.ts';
import { childSeconds } from '../tools/bench/proc.ts';
import { browserLaunch } from '../tools/chromium.ts';
import { type BenchPage, type CaseInfo, type Environment, type Row, SUITES, type Suite } from './contract.ts';
import { serveBench } from './server.ts';
import { formatTable } from './table.ts';
import { GATE, NOT_BUILT, targetOf } from './targets.ts';

type BenchWindow = Window & { bench: BenchPage };

interface Options {
  readonly suite: Suite;
  readonly filter: string;
  readonly rounds: number;
  readonly json: string | null;
}

/** Returns the exit status. */
export async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  const server = await serveBench();
  const browser = await chromium.launch(browserLaunch());
  try {
    const page = await (await browser.newContext()).newPage();
    page.on('pageerror', (error) => console.error(`page: ${error.message}`));
    await page.goto(server.url);
    await page.waitForFunction(() => 'bench' in window);
    const environment = await page.evaluate(() => (window as unknown as BenchWindow).bench.open());
    const date = new Date().toISOString();
    const versions = {
      chromium: browser.version(),
      onnxruntime: environment.onnxruntime,
      node: process.versions.node,
    };
    console.log(
      `${date.slice(0, 10)}, suite ${options.suite}, Chromium ${versions.chromium}, onnxruntime-web ${versions.onnxruntime}, ${adapterName(environment)}`,
    );

    const rows: Row[] = [];
    for (const info of await casesOf(page, options)) {
      const row = await runCase(page, environment, info, options.rounds);
      rows.push(row);
      console.log(`${formatTable([row]).split('\n')[1]}`);
    }
    console.log(`\n${formatTable(rows)}`);
    console.log(`\nnot built yet: ${NOT_BUILT.join(', ')}`);
    if (options.json)
      writeFileSync(
        options.json,
        `${JSON.stringify({ date, suite: options.suite, adapter: environment.adapter, versions, rows, notBuilt: NOT_BUILT }, null, 2)}\n`,
      );
    const missed = rows.filter(({ pass }) => !pass);
    console.log(
      missed.length === 0
        ? `all ${rows.length} rows within their targets`
        : `${missed.length} of ${rows.length} rows beyond their targets: ${missed.map(({ name }) => name).join('; ')}`,
    );
    return missed.length === 0 ? 0 : 1;
  } finally {
    await browser.close();
    await server.close();
  }
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      suite: { type: 'string', default: 'ci' },
      filter: { type: 'string', default: '' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'string' },
    },
  });
  const suite = SUITES.find((name) => name === values.suite);
  if (!suite) throw new Error(`There is no suite ${values.suite}: say --suite ${SUITES.join(' or ')}.`);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds is ${values.rounds}: give a whole number from 1.`);
  return { suite, rounds, filter: values.filter, json: values.json ?? null };
}

async function casesOf(page: Page, { suite, filter }: Options): Promise<CaseInfo[]> {
  const all = await page.evaluate((suite) => (window as unknown as BenchWindow).bench.cases(suite), suite);
  const chosen = all.filter(({ name }) => name.includes(filter));
  if (chosen.length > 0) return chosen;
  throw new Error(
    `No row of the suite ${suite} has "${filter}" in its name. There are: ${all.map(({ name }) => name).join('; ')}.`,
  );
}

/** One row; whatever breaks in it is its failure, and the next row goes on. */
async function runCase(page: Page, environment: Environment, info: CaseInfo, rounds: number): Promise<Row> {
  const { mostRounds, ...announced } = info;
  const blank: Row = {
    ...announced,
    adapter: adapterName(environment),
    ours: null,
    theirs: null,
    measure: null,
    ratio: null,
    ci: null,
    target: targetOf(info.row, environment.adapter.isFallback),
    pass: false,
    noisy: false,
    err: null,
    gate: GATE,
    dispatches: null,
    submits: null,
    readbackBytes: null,
    gpuBytes: null,
    load1: loadavg()[0] ?? Number.NaN,
    failure: null,
  };
  try {
    if (info.kind === 'counted') return await countRow(page, blank);
    return await timeRow(page, blank, environment, Math.min(rounds, mostRounds ?? rounds));
  } catch (error) {
    return { ...blank, failure: error instanceof Error ? error.message : String(error) };
  } finally {
    await page.evaluate(() => (window as unknown as BenchWindow).bench.dispose());
  }
}

async function countRow(page: Page, blank: Row): Promise<Row> {
  const { value, limit } = await page.evaluate(
    (name) => (window as unknown as BenchWindow).bench.count(name),
    blank.name,
  );
  return { ...blank, measure: 'count', ratio: value, target: limit, pass: value <= limit };
}

async function timeRow(page: Page, blank: Row, environment: Environment, rounds: number): Promise<Row> {
  const err = await page.evaluate(
    (name) => (window as unknown as BenchWindow).bench.prepare(name),
    blank.name,
  );
  if (!(err <= GATE)) {
    const failure = `the two sides differ by ${err.toExponential(1)}, and may by ${GATE}: nothing was timed`;
    return { ...blank, err, failure };
  }
  const measured = await measurePair(
    (side, repeats) => sample(page, side, repeats),
    rounds,
    environment.adapter.isFallback,
  );
  const usage = await page.evaluate(() => (window as unknown as BenchWindow).bench.usage());
  const pass = blank.target === null || measured.ratio <= blank.target;
  return { ...blank, ...measured, ...usage, err, pass };
}

/** Times in the page, CPU time of the browser's processes from here. */
async function sample(page: Page, side: Side, repeats: number): Promise<Sample> {
  const before = childSeconds();
  const ms = await page.evaluate(
    ([side, repeats]) => (window as unknown as BenchWindow).bench.call(side, repeats),
    [side, repeats] as const,
  );
  const after = childSeconds();
  const cpuSeconds = before === null || after === null ? null : (after - before) / repeats;
  return { ms: ms / repeats, cpuSeconds };
}

function adapterName({ adapter }: Environment): string {
  const { vendor, architecture, isFallback } = adapter;
  return `${vendor} ${architecture}${isFallback ? ' (software)' : ''}`;
}
