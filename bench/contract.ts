/** What the two halves of the suite say to each other: the page, which computes, and Node, which measures and judges. */

import type { Choice } from '../src/gpu/families/choice.ts';
import type { Side, SideFigures } from '../tools/bench/pairs.ts';
import type { Summary } from '../tools/bench/stats.ts';

export const SUITES = ['ci', 'full', 'gpu'] as const;
export type Suite = (typeof SUITES)[number];

/** One thing to measure, as it is announced. */
export interface CaseInfo {
  /** The row of PERF §5 it belongs to: `matmul.shapes`. Its target stands under this name in targets.ts. */
  readonly row: string;
  /** Unique: `matmul.shapes 64x768x2304`. */
  readonly name: string;
  readonly model: string;
  readonly T: number;
  readonly dtype: 'f32';
  /** `timed` has two sides; `counted` is one figure held against a limit. */
  readonly kind: 'timed' | 'counted';
  /** Who stands on the other side, or what the limit is made of. */
  readonly peer: string;
  /** The most pairs worth waiting for on a software adapter, where one side takes very long. */
  readonly mostRounds?: number;
  /** One call of our side is so many runs, and the figures are of one of them. */
  readonly runsPerCall?: number;
  /** Compared in milliseconds everywhere: it waits as much as it computes, so that CPU time would not tell. */
  readonly byClock?: true;
}

/** Our own ledger over one call of our side. */
export interface Usage {
  readonly dispatches: number;
  readonly submits: number;
  readonly readbackBytes: number;
  readonly gpuBytes: number;
  readonly clocked: Clocked;
}

/** Milliseconds of one call, and those of its compute passes by the device's own clock: the rest is launch and wait. */
export interface ClockedCall {
  readonly callMs: number;
  readonly deviceMs: number;
}

/** Null where the device has no clock, and of a peer in software, which may take minutes and tells nothing. */
export type Clocked = Readonly<Record<Side, ClockedCall | null>>;

/** A figure, and the most that it may be. */
export interface Count {
  readonly value: number;
  readonly limit: number;
  /** Default: it is a count. */
  readonly unit?: 'seconds' | 'milliseconds';
  /** What stands on the other side, where only the measurement tells. */
  readonly peer?: string;
}

export interface Environment {
  readonly adapter: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly isFallback: boolean;
  };
  /** Which of our kernels compute, and why those. */
  readonly kernels: Choice;
  readonly onnxruntime: string;
}

/** Whatever computes rows: `window.bench`, the same thing in Node, or the whole app in its page. One case at a time: prepare, call as often as wanted, dispose. */
export interface BenchPage {
  open(): Promise<Environment>;
  cases(suite: Suite): Promise<CaseInfo[]>;
  /** Makes both sides ready and computes both once; the largest difference between them. */
  prepare(name: string): Promise<number>;
  /** So many calls of one side, each until the device is done; milliseconds of all. */
  call(side: Side, repeats: number): Promise<number>;
  /** One more call of our side, by the ledger; null where there is none to be read. */
  usage(): Promise<Usage | null>;
  /** Only for counted cases, in place of all the above. */
  count(name: string): Promise<Count>;
  dispose(): Promise<void>;
}

/** A row of the result. */
export interface Row extends Omit<CaseInfo, 'mostRounds' | 'runsPerCall' | 'byClock'> {
  readonly adapter: string;
  /** Null where the row was not timed: it is counted, its gate failed, or it broke. */
  readonly ours: SideFigures | null;
  readonly theirs: SideFigures | null;
  /** What `ratio` compares. */
  readonly measure: 'CPU-seconds' | 'milliseconds' | 'seconds' | 'count' | null;
  /** Ours / peer, the median over pairs; of a counted row the figure itself. */
  readonly ratio: number | null;
  /** 90 % bootstrap interval of the ratio. */
  readonly ci: readonly [number, number] | null;
  /** The most that `ratio` may be; null where it is only reported. */
  readonly target: number | null;
  readonly pass: boolean;
  /** Pairs were still far apart when measured a second time. */
  readonly noisy: boolean;
  /** Largest difference between the two sides' results, and what it may be. */
  readonly err: number | null;
  readonly gate: number;
  readonly dispatches: number | null;
  readonly submits: number | null;
  readonly readbackBytes: number | null;
  readonly gpuBytes: number | null;
  readonly clocked: Clocked | null;
  /** Peers that were measured apart, by name. */
  readonly others?: readonly OtherPeer[];
  /** One-minute load average of the machine when the row began. */
  readonly load1: number;
  /** Why there is no figure. */
  readonly failure: string | null;
}

/** A peer that was measured apart on the same machine. */
export interface OtherPeer {
  readonly peer: string;
  readonly ms: Summary;
  /** Ours / peer, of medians. */
  readonly ratio: number;
  readonly target: number | null;
  readonly pass: boolean;
}
