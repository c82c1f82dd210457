/** How a timed pair is measured: warmed up, interleaved, each side long enough for the clock, repeated once where it scatters. */

import { median, medianInterval, type Summary, spread, summarize } from './stats.ts';

export type Side = 'ours' | 'peer';

/** One side of a timed row: milliseconds per call, and CPU-seconds per call where /proc tells them. */
export interface SideFigures {
  readonly ms: Summary;
  readonly cpuSeconds: Summary | null;
}

/** One measurement of one side: per call, over some calls in a row. */
export interface Sample {
  readonly ms: number;
  /** Null where /proc does not tell. */
  readonly cpuSeconds: number | null;
}

/** Calls one side so many times in a row. */
export type Measure = (side: Side, repeats: number) => Promise<Sample>;

export interface PairFigures {
  readonly ours: SideFigures;
  readonly theirs: SideFigures;
  readonly measure: 'CPU-seconds' | 'milliseconds';
  readonly ratio: number;
  /** Null of a single pair, which says nothing of how sure it is. */
  readonly ci: readonly [number, number] | null;
  readonly noisy: boolean;
}

/** A side is called until this much has passed: /proc counts in hundredths of a second, a clock far finer. */
const LEAST_MS = { byCpu: 400, byClock: 100 };
const MOST_REPEATS = 256;
/** A first call beyond this is long even without what it compiled. */
const COMPILING_MS = 1000;
/** MAD ÷ median of the ratios beyond which the whole is measured again, and then marked. */
const NOISY = 0.15;

/**
 * Ratios are ours ÷ peer within a pair; `byCpu` compares CPU-seconds, which other work on the machine disturbs less.
 * `warm`: both sides have run before and take long, so that one call is a measurement.
 */
export async function measurePair(
  measure: Measure,
  rounds: number,
  byCpu: boolean,
  warm = false,
): Promise<PairFigures> {
  const repeats = warm
    ? { ours: 1, peer: 1 }
    : { ours: await warmUp(measure, 'ours', byCpu), peer: await warmUp(measure, 'peer', byCpu) };
  const first = await measureRounds(measure, rounds, repeats, byCpu);
  if (!first.noisy) return first;
  return measureRounds(measure, rounds, repeats, byCpu);
}

/** The first call may still compile; a second one, where that was not long, tells how many make a measurement. */
async function warmUp(measure: Measure, side: Side, byCpu: boolean): Promise<number> {
  const least = byCpu ? LEAST_MS.byCpu : LEAST_MS.byClock;
  let { ms } = await measure(side, 1);
  if (ms < COMPILING_MS) ({ ms } = await measure(side, 1));
  return Math.min(MOST_REPEATS, Math.max(1, Math.ceil(least / ms)));
}

async function measureRounds(
  measure: Measure,
  rounds: number,
  repeats: Readonly<Record<Side, number>>,
  byCpu: boolean,
): Promise<PairFigures> {
  const samples: Record<Side, Sample[]> = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round++) {
    // A B, B A, A B, …: what drifts meets both sides alike.
    const order: Side[] = round % 2 === 0 ? ['ours', 'peer'] : ['peer', 'ours'];
    for (const side of order) samples[side].push(await measure(side, repeats[side]));
  }
  const cpu = { ours: cpuOf(samples.ours), peer: cpuOf(samples.peer) };
  const [ours, peer] =
    byCpu && cpu.ours && cpu.peer ? [cpu.ours, cpu.peer] : [msOf(samples.ours), msOf(samples.peer)];
  const ratios = ours.map((value, i) => value / (peer[i] as number));
  return {
    ours: figures(samples.ours),
    theirs: figures(samples.peer),
    measure: byCpu && cpu.ours && cpu.peer ? 'CPU-seconds' : 'milliseconds',
    ratio: median(ratios),
    ci: ratios.length > 1 ? medianInterval(ratios) : null,
    noisy: spread(ratios) > NOISY,
  };
}

function figures(samples: readonly Sample[]): SideFigures {
  const cpu = cpuOf(samples);
  return { ms: summarize(msOf(samples)), cpuSeconds: cpu && summarize(cpu) };
}

function msOf(samples: readonly Sample[]): number[] {
  return samples.map(({ ms }) => ms);
}

/** Null where a sample has none. */
function cpuOf(samples: readonly Sample[]): number[] | null {
  const seconds = samples.flatMap(({ cpuSeconds }) => cpuSeconds ?? []);
  return seconds.length === samples.length ? seconds : null;
}
