/** First half of the statistics of scaled logits: every lane's sums, of some directions at a time. */

import wgsl from '../../../shaders/scaledLogitStats.wgsl?raw';
import {
  type Dispatch,
  flatDispatch,
  flatKernel,
  type Kernel,
  lanesFor,
  NAN_BITS,
  remembered,
} from '../kernel.ts';
import { unroll } from '../unroll.ts';

/** What is done to each row of logits. */
export interface ScaledUpdates {
  readonly directions: number;
  /** Whether each direction is added by itself, too. */
  readonly each: boolean;
  /** Whether the sum of the first, of the first two, … is added, or only that of all. */
  readonly prefixes: boolean;
  readonly biased: boolean;
  /** The first row of x that is meant. */
  readonly start: number;
}

/** Updates of a row, and the first of them that is a sum. */
export function updatesOfRow({ directions, each, prefixes }: Omit<ScaledUpdates, 'biased' | 'start'>) {
  const summed = each ? directions : 0;
  return { updates: summed + (prefixes ? directions : 1), summed };
}

/**
 * How many directions an invocation takes at once, as even as can be: 10 exponentials of each kind share a read of x, and
 * more would take longer to compile than sharing saves.
 */
export function blockOf(directions: number): number {
  return Math.ceil(directions / Math.ceil(directions / 10));
}

/** Rows that share a read of the directions: a third gains 3 % on a software adapter and takes twice as long to compile. */
const ROWS = 2;

/** Lanes of a row: enough to fill a GPU from few rows, fewer where there are many updates, each with a share per lane. */
export function scaledLanes(n: number, entries: number): number {
  return lanesFor(n, Math.min(256, Math.max(32, Math.floor(6144 / entries))));
}

const kernelOf = remembered(
  (block: number, each: boolean, prefixes: boolean, biased: boolean, carried: boolean): Kernel => {
    const times = { d: block, e: each ? block : 0, p: prefixes ? block : 0, j: prefixes ? 0 : 1, r: ROWS };
    const body = Object.entries(times).reduce((text, [mark, count]) => unroll(text, mark, count), wgsl);
    const name = `scaledLogitStats ${block}${each ? ' each' : ''}${prefixes ? ' prefixes' : ''}`;
    const kernel = flatKernel(name, body.replaceAll('ROWS', `${ROWS}u`), [
      ...Array(5).fill('read' as const),
      'write',
      'write',
    ]);
    const constants = { ...kernel.constants, BIASED: Number(biased), CARRIED: Number(carried) };
    return { ...kernel, constants };
  },
);

/**
 * Tensors: x [rows of x, n], b, m [directions, n], alpha [rows, updates], beta [rows, directions], sums [rows, n] where there
 * are more than a block of directions, shares [rows, 1 + 2·updates, lanes, 4]. A dispatch for the block of directions that
 * begins with `first`; in order, since each goes on with the sums of the one before.
 */
export function scaledLogitStats(
  rows: number,
  n: number,
  lanes: number,
  how: ScaledUpdates,
  first: number,
): Dispatch {
  const { directions, each, prefixes, biased, start } = how;
  const block = blockOf(directions);
  const { updates, summed } = updatesOfRow(how);
  return flatDispatch(
    kernelOf(block, each, prefixes, biased, block < directions),
    Math.ceil(rows / ROWS) * lanes,
    [rows, start, n, lanes, directions, first, updates, summed, NAN_BITS],
    12 * rows * n * (1 + updatesOfRow({ directions: block, each, prefixes }).updates),
  );
}
