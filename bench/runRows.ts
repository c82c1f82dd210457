/** Runs rows of the suite, one after the other, wherever the half that computes is: in a page or in this process. */

import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { measurePair, type PairFigures, type Sample, type Side } from '../tools/bench/pairs.ts';
import type { Summary } from '../tools/bench/stats.ts';
import { type BenchPage, type CaseInfo, type Environment, type Row, SUITES, type Suite } from './contract.ts';
import { formatTable } from './table.ts';
import { GATE, targetOf } from './targets.ts';

export interface Selection {
  readonly suite: Suite;
  /** What a row's name must hold; '' takes all. */
  readonly filter: string;
}

/** The half that computes, opened, and what its processes have used so far. */
export interface Computer {
  readonly bench: BenchPage;
  readonly environment: Environment;
  /** CPU-seconds of everything that computes; null where nothing tells. */
  cpuSeconds(): number | null;
}

/** Throws where there is no such suite. */
export function suiteNamed(name: string): Suite {
  const suite = SUITES.find((each) => each === name);
  if (!suite) throw new Error(`There is no suite ${name}: say --suite ${SUITES.join(' or ')}.`);
  return suite;
}

/** A count given as an option. Throws where it is none. */
export function countFrom1(option: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`${option} is ${text}: give a whole number from 1.`);
  return count;
}

/** Throws, with the names there are, where nothing is chosen. */
export async function casesOf(bench: BenchPage, { suite, filter }: Selection): Promise<CaseInfo[]> {
  const all = await bench.cases(suite);
  const chosen = all.filter(({ name }) => name.includes(filter));
  if (chosen.length > 0) return chosen;
  throw new Error(
    `No row of the suite ${suite} has "${filter}" in its name. There are: ${all.map(({ name }) => name).join('; ')}.`,
  );
}

/** One row; whatever breaks in it is its failure, and the next row goes on. */
export async function runCase(computer: Computer, info: CaseInfo, rounds: number): Promise<Row> {
  const { bench, environment } = computer;
  const { isFallback } = environment.adapter;
  const { mostRounds, runsPerCall = 1, byClock, ...announced } = info;
  const blank: Row = {
    ...announced,
    adapter: adapterName(environment),
    ours: null,
    theirs: null,
    measure: null,
    ratio: null,
    ci: null,
    target: targetOf(info.row, isFallback),
    pass: false,
    noisy: false,
    err: null,
    gate: GATE,
    dispatches: null,
    submits: null,
    readbackBytes: null,
    gpuBytes: null,
    clocked: null,
    load1: loadavg()[0] ?? Number.NaN,
    failure: null,
  };
  try {
    if (info.kind === 'counted') return await countRow(bench, blank);
    const most = isFallback ? (mostRounds ?? rounds) : rounds;
    return await timeRow(computer, blank, {
      rounds: Math.min(rounds, most),
      byCpu: isFallback && !byClock,
      runsPerCall,
      warm: most === 1 && mostRounds === 1, // the check has run both sides, and once more would take minutes
    });
  } catch (error) {
    return { ...blank, failure: error instanceof Error ? error.message : String(error) };
  } finally {
    await bench.dispose();
  }
}

async function countRow(bench: BenchPage, blank: Row): Promise<Row> {
  const { value, limit, unit = 'count', peer = blank.peer } = await bench.count(blank.name);
  return { ...blank, peer, measure: unit, ratio: value, target: limit, pass: value <= limit };
}

async function timeRow(
  computer: Computer,
  blank: Row,
  {
    rounds,
    byCpu,
    runsPerCall,
    warm,
  }: { rounds: number; byCpu: boolean; runsPerCall: number; warm: boolean },
): Promise<Row> {
  const { bench } = computer;
  const err = await bench.prepare(blank.name);
  if (!(err <= GATE)) {
    const failure = `the two sides differ by ${err.toExponential(1)}, and may by ${GATE}: nothing was timed`;
    return { ...blank, err, failure };
  }
  const measure = (side: Side, repeats: number) => sample(computer, side, repeats);
  const measured = perRun(await measurePair(measure, rounds, byCpu, warm), runsPerCall);
  const usage = await bench.usage();
  const pass = blank.target === null || measured.ratio <= blank.target;
  return { ...blank, ...measured, ...usage, err, pass };
}

/** The figures of one of the runs that a call of our side is. */
function perRun({ ours, ratio, ci, ...rest }: PairFigures, runs: number): PairFigures {
  const shared = (of: Summary): Summary => ({
    median: of.median / runs,
    min: of.min / runs,
    mad: of.mad / runs,
    n: of.n,
  });
  return {
    ...rest,
    ours: { ms: shared(ours.ms), cpuSeconds: ours.cpuSeconds && shared(ours.cpuSeconds) },
    ratio: ratio / runs,
    ci: ci && [ci[0] / runs, ci[1] / runs],
  };
}

/** Times where it computes, CPU time of its processes from here. */
async function sample({ bench, cpuSeconds }: Computer, side: Side, repeats: number): Promise<Sample> {
  const before = cpuSeconds();
  const ms = await bench.call(side, repeats);
  const after = cpuSeconds();
  return {
    ms: ms / repeats,
    cpuSeconds: before === null || after === null ? null : (after - before) / repeats,
  };
}

export function adapterName({ adapter }: Environment): string {
  const { vendor, architecture, isFallback } = adapter;
  return `${vendor} ${architecture}${isFallback ? ' (software)' : ''}`;
}

/** What stands above the rows in a JSON file. */
export interface Head {
  readonly date: string;
  readonly suite: Suite;
  readonly adapter: Environment['adapter'];
  readonly versions: Readonly<Record<string, string>>;
}

/** Prints the table, writes the JSON where asked for. Returns the exit status. */
export function report(rows: readonly Row[], head: Head, json: string | null): number {
  console.log(`\n${formatTable(rows)}`);
  if (json) writeFileSync(json, `${JSON.stringify({ ...head, rows }, null, 2)}\n`);
  const missed = rows.filter(({ pass }) => !pass);
  console.log(
    missed.length === 0
      ? `all ${rows.length} rows within their targets`
      : `${missed.length} of ${rows.length} rows beyond their targets: ${missed.map(({ name }) => name).join('; ')}`,
  );
  return missed.length === 0 ? 0 : 1;
}
