/** Row 13: how evenly the page draws while the engine works in its worker, by the frames a person would see. */

import type { Page } from '@playwright/test';
import { must } from '../../src/base/assert.ts';
import type { CaseInfo, Count } from '../contract.ts';
import { LIMITS } from '../targets.ts';
import type { AppWindow, Visit } from './app.ts';
import { ONE_ARM } from './loadRow.ts';
import { loadPair, PAIR } from './pair.ts';

/** What the engine does meanwhile. */
const WORKS = ['forward', 'load', 'typing'] as const;
type Work = (typeof WORKS)[number];

const T_FORWARD = 256;
const WATCH_MS = 3000;
const KEY_MS = 60;
const TYPED = ' The keys to the cabinet are on the table, and the table is in the kitchen';

interface Frames {
  /** Milliseconds between frames: the 95th percentile and the largest. */
  readonly p95: number;
  readonly max: number;
  /** Tasks of the page that took more than 50 ms. */
  readonly longTasks: number;
}

export type FrameFigures = Readonly<Record<Work | 'idle', Frames>>;

const FIGURES: readonly { figure: keyof Frames; name: string; limit: number; unit?: 'milliseconds' }[] = [
  { figure: 'p95', name: 'frame p95', limit: LIMITS.frameP95Ms, unit: 'milliseconds' },
  { figure: 'max', name: 'longest frame', limit: LIMITS.frameMaxMs, unit: 'milliseconds' },
  { figure: 'longTasks', name: 'long tasks', limit: LIMITS.longTasks },
];

const nameOf = (work: Work, what: string) => `ui: ${what}, ${work}`;

export const UI_CASES: readonly CaseInfo[] = WORKS.flatMap((work) =>
  FIGURES.map(({ name }) => ({
    row: 'ui',
    name: nameOf(work, name),
    model: '2 layers of d_model 256, random; typing: the demo',
    T: T_FORWARD,
    dtype: 'f32' as const,
    kind: 'counted' as const,
    peer: 'idle',
  })),
);

export function countFrames(frames: FrameFigures, wanted: string): Count {
  const all = WORKS.flatMap((work) => FIGURES.map((each) => ({ ...each, work })));
  const { work, figure, limit, unit } = must(
    all.find(({ work, name }) => nameOf(work, name) === wanted),
    `there is no row ${wanted}`,
  );
  const idle = frames.idle[figure];
  return {
    value: frames[work][figure],
    limit,
    peer: `idle: ${unit ? `${idle.toFixed(1)} ms` : idle}`,
    ...(unit && { unit }),
  };
}

/** At rest, while an arm loads, while it runs on our kernels, and while a prompt is typed. */
export async function framesOf({ page }: Visit): Promise<FrameFigures> {
  const idle = await watched(page, () => page.waitForTimeout(WATCH_MS));
  const load = await watched(page, () => loadPair(page, ONE_ARM, 'f32'));
  const forward = await watched(page, () => runFor(page, WATCH_MS));
  const typing = await watched(page, () =>
    page.getByRole('textbox').first().pressSequentially(TYPED, { delay: KEY_MS }),
  );
  return { idle, load, forward, typing };
}

/** Forward passes one after the other, until so many milliseconds have passed. */
async function runFor(page: Page, ms: number): Promise<void> {
  await page.evaluate(
    async ({ pair, T, ms }) => {
      const { normless } = window as unknown as AppWindow;
      const tokens = Array.from({ length: T }, (_, i) => (i * 7919 + 11) % 8192);
      const end = performance.now() + ms;
      while (performance.now() < end) {
        const run = await normless.run({ pair, tokens, hooks: ['ln_final.hook_scale'], engine: 'wgsl' });
        await normless.dispose(run);
      }
    },
    { pair: PAIR, T: T_FORWARD, ms },
  );
}

/** The frames and long tasks of the page while something goes on. */
async function watched(page: Page, work: () => Promise<unknown>): Promise<Frames> {
  await page.evaluate(() => {
    const [steps, tasks]: [number[], number[]] = [[], []];
    let last: number | null = null;
    let watching = true;
    const frame = (now: number) => {
      if (last !== null) steps.push(now - last);
      last = now;
      if (watching) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    const observer = new PerformanceObserver((list) => {
      tasks.push(...list.getEntries().map(({ duration }) => duration));
    });
    observer.observe({ type: 'longtask' });
    const stop = () => {
      watching = false;
      tasks.push(...observer.takeRecords().map(({ duration }) => duration));
      observer.disconnect();
      return { steps, longTasks: tasks.length };
    };
    Object.assign(window, { stopWatching: stop });
  });
  await work();
  const { steps, longTasks } = await page.evaluate(() =>
    (window as unknown as { stopWatching(): { steps: number[]; longTasks: number } }).stopWatching(),
  );
  const sorted = steps.sort((a, b) => a - b);
  const p95 = must(sorted[Math.ceil(0.95 * sorted.length) - 1], 'the page drew no frame');
  return { p95, max: must(sorted.at(-1), 'the page drew no frame'), longTasks };
}
