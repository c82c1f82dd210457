/**
 * How the cost of a forward pass grows with the prompt and with the model, beside what has to be computed:
 * npm run bench:growth [-- --most 60 --shapes demo,small --out docs/figures]
 *
 * On a software adapter CPU-seconds of the browser, else seconds. Writes growth.csv and three plots; prints for every
 * step how its time and its count grow.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { plotSvg, type Series } from '../tools/bench/plot.ts';
import { childSeconds } from '../tools/bench/proc.ts';
import { exponent, STEPS, type Step, stepOf, total, type Work } from '../tools/bench/work.ts';
import { browserLaunch } from '../tools/chromium.ts';
import { told } from '../tools/told.ts';
import type { GrowthPage } from './page/growth.ts';
import { SHAPE_NAMES, type ShapeName } from './page/weights.ts';
import { serveBench } from './server.ts';

const LENGTHS = [16, 32, 64, 128, 256, 512, 1024];
/** Where models are compared, and the sizes that are. */
const [SIZE_T, SIZES]: [number, readonly ShapeName[]] = [64, ['demo', 'sixth', 'small', 'medium']];
/** A pass is repeated until this much time has been measured: /proc counts in hundredths of a second. */
const LEAST_SECONDS = 0.4;
/** Beyond this one pass serves for everything: nothing is compiled any more, and a pass for each dispatch costs little. */
const LONG_SECONDS = 3;
/** Exponents are taken where a pass is long enough that its launch does not count. */
const FIT_FROM = 64;

type Measure = 'CPU-seconds' | 'seconds';

interface Point {
  readonly T: number;
  readonly work: Work;
  readonly seconds: number;
  /** `seconds` parted by each step's share of the pass by the device's own clock; null where there is none. */
  readonly steps: Readonly<Record<Step, number>> | null;
}

interface Growth {
  readonly shape: ShapeName;
  readonly blockParameters: number;
  readonly points: readonly Point[];
}

export async function main(args: string[]): Promise<void> {
  const given = told(import.meta.filename, args, {
    options: {
      most: { type: 'string', default: '60' },
      shapes: { type: 'string', default: 'demo,sixth,small,medium' },
      out: { type: 'string', default: 'docs/figures' },
    },
  });
  if (!given) return;
  const { values } = given;
  const most = Number(values.most);
  const shapes = values.shapes.split(',').map(shapeNamed);
  const server = await serveBench();
  const browser = await chromium.launch(browserLaunch());
  const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
  page.setDefaultTimeout(0);
  await page.goto(server.url('growth.html'));
  await page.waitForFunction(() => 'growth' in window);
  const { adapter } = await call(page, 'open');
  const measure: Measure = adapter.isFallback && childSeconds() !== null ? 'CPU-seconds' : 'seconds';
  const date = new Date().toISOString();
  console.log(
    `${date.slice(0, 10)}, Chromium ${browser.version()}, ${adapter.vendor} ${adapter.architecture}, ${measure}`,
  );

  const grown: Growth[] = [];
  for (const shape of shapes) {
    const { blockParameters } = await call(page, 'model', shape);
    const lengths = shape === 'demo' || shape === 'small' ? LENGTHS : [SIZE_T];
    const points: Point[] = [];
    for (const T of lengths) {
      const point = await pointAt(page, T, measure, points.at(-1), most);
      if (!point) break;
      points.push(point);
      console.log(`${shape.padEnd(7)} T ${String(T).padStart(4)}  ${describe(point)}`);
    }
    grown.push({ shape, blockParameters, points });
  }
  await browser.close();
  await server.close();

  for (const growth of grown) printExponents(growth);
  mkdirSync(values.out, { recursive: true });
  writeFileSync(join(values.out, 'growth.csv'), csvOf(grown));
  for (const [name, svg] of plots(grown, measure)) writeFileSync(join(values.out, `${name}.svg`), svg);
}

function shapeNamed(name: string): ShapeName {
  const shape = SHAPE_NAMES.find((each) => each === name);
  if (!shape)
    throw new Error(`There is no shape ${name}: say --shapes with some of ${SHAPE_NAMES.join(', ')}.`);
  return shape;
}

/** Null where the pass before tells that this one would take longer than is worth waiting for. */
async function pointAt(
  page: Page,
  T: number,
  measure: Measure,
  before: Point | undefined,
  most: number,
): Promise<Point | null> {
  const work = await call(page, 'work', T);
  const expected = before ? (before.seconds * total(work)) / total(before.work) : 0;
  if (expected > most) return null;
  if (expected > LONG_SECONDS) {
    const { seconds, result: kernels } = await timed(measure, () => call(page, 'kernels', T));
    return { T, work, seconds, steps: kernels && partsOf(seconds, kernels) };
  }
  const once = (await call(page, 'run', T)) / 1000; // compiles
  const repeats = Math.max(1, Math.ceil(LEAST_SECONDS / once));
  const { seconds } = await timed(measure, async () => {
    for (let i = 0; i < repeats; i++) await call(page, 'run', T);
  });
  const kernels = await call(page, 'kernels', T);
  return { T, work, seconds: seconds / repeats, steps: kernels && partsOf(seconds / repeats, kernels) };
}

async function timed<R>(measure: Measure, work: () => Promise<R>): Promise<{ seconds: number; result: R }> {
  const clock = () => (measure === 'seconds' ? performance.now() / 1000 : (childSeconds() ?? Number.NaN));
  const start = clock();
  const result = await work();
  return { seconds: clock() - start, result };
}

function partsOf(seconds: number, kernels: Readonly<Record<string, number>>): Record<Step, number> {
  const steps = Object.fromEntries(STEPS.map((step) => [step, 0])) as Record<Step, number>;
  const all = Object.values(kernels).reduce((sum, ms) => sum + ms, 0);
  for (const [kernel, ms] of Object.entries(kernels)) steps[stepOf(kernel)] += (seconds * ms) / all;
  return steps;
}

/** A method of `window.growth`, called from here. */
function call<K extends keyof GrowthPage>(
  page: Page,
  method: K,
  ...args: Parameters<GrowthPage[K]>
): ReturnType<GrowthPage[K]> {
  return page.evaluate(
    ([method, args]) => {
      const { growth } = window as unknown as { growth: Record<string, (...args: unknown[]) => unknown> };
      return growth[method]?.(...args);
    },
    [method, args] as [string, unknown[]],
  ) as ReturnType<GrowthPage[K]>;
}

function describe({ work, seconds, steps }: Point): string {
  const rate = total(work) / seconds / 1e9;
  const shares = steps
    ? STEPS.map((step) => `${step} ${steps[step].toPrecision(3)} s`).join(', ')
    : 'the device has no clock';
  return `${seconds.toPrecision(3)} s, ${rate.toPrecision(3)} G multiply-adds/s; ${shares}`;
}

/** How time and count grow with the prompt, as exponents. */
function printExponents({ shape, points }: Growth): void {
  const long = points.filter(({ T }) => T >= FIT_FROM);
  if (long.length < 2) return;
  const of = (value: (point: Point) => number) =>
    exponent(long.map((point) => [point.T, value(point)] as const)).toFixed(2);
  console.log(`\n${shape}, T = ${long[0]?.T} to ${long.at(-1)?.T}: time grows as T to the power of …`);
  console.log(`  whole         ${of(({ seconds }) => seconds)}, its count ${of(({ work }) => total(work))}`);
  for (const step of STEPS) {
    if (long.some(({ steps }) => !steps?.[step])) continue;
    console.log(
      `  ${step.padEnd(13)} ${of(({ steps }) => steps?.[step] ?? Number.NaN)}, its count ${of(({ work }) => work[step])}`,
    );
  }
}

/** A line per point: seconds and multiply-adds, of the whole pass and of every step. */
function csvOf(grown: readonly Growth[]): string {
  const head = ['shape', 'block parameters', 'T', 'seconds', 'multiply-adds'];
  const lines = grown.flatMap(({ shape, blockParameters, points }) =>
    points.map(({ T, seconds, work, steps }) => [
      shape,
      blockParameters,
      T,
      seconds.toPrecision(4),
      total(work),
      ...STEPS.flatMap((step) => [steps?.[step].toPrecision(4) ?? '', work[step]]),
    ]),
  );
  const ofSteps = STEPS.flatMap((step) => [`${step} seconds`, `${step} multiply-adds`]);
  return [[...head, ...ofSteps], ...lines].map((line) => `${line.join()}\n`).join('');
}

function plots(grown: readonly Growth[], measure: string): [name: string, svg: string][] {
  const lengths = grown.filter(({ points }) => points.length > 1);
  const sizes = grown.filter(({ shape }) => SIZES.includes(shape));
  const small = grown.find(({ shape, points }) => shape === 'small' && points.length > 1);
  return [
    [
      'growth-length',
      plotSvg({
        title: 'A forward pass against the length of the prompt',
        x: 'tokens',
        y: measure,
        series: lengths.flatMap(({ shape, points }, hue) =>
          withBound(
            shape,
            hue,
            points.map(({ T, seconds, work }) => ({ x: T, y: seconds, count: total(work) })),
          ),
        ),
      }),
    ],
    [
      'growth-size',
      plotSvg({
        title: `A forward pass of ${SIZE_T} tokens against the size of the model`,
        x: 'parameters of the blocks',
        y: measure,
        series: withBound(
          'a pass',
          0,
          sizes.flatMap(({ blockParameters, points }) =>
            points
              .filter(({ T }) => T === SIZE_T)
              .map(({ seconds, work }) => ({ x: blockParameters, y: seconds, count: total(work) })),
          ),
        ),
      }),
    ],
    ...(small
      ? [
          [
            'growth-steps',
            plotSvg({
              title: 'The steps of GPT-2 small’s forward pass against the length of the prompt',
              x: 'tokens',
              y: measure,
              series: STEPS.flatMap((step, hue) =>
                withBound(
                  step,
                  hue,
                  small.points.map(({ T, steps, work }) => ({
                    x: T,
                    y: steps?.[step] ?? Number.NaN,
                    count: work[step],
                  })),
                ),
              ),
            }),
          ] as [string, string],
        ]
      : []),
  ];
}

/** What was measured, and the count at the best rate that any of its points reached: no point lies below that line. */
function withBound(
  name: string,
  hue: number,
  measured: readonly { x: number; y: number; count: number }[],
): Series[] {
  const usable = measured.filter(({ y }) => y > 0);
  if (usable.length === 0) return [];
  const perCount = Math.min(...usable.map(({ y, count }) => y / count));
  return [
    { name, hue, drawn: 'points', points: usable.map(({ x, y }) => [x, y]) },
    {
      name: `${name}, counted`,
      hue,
      drawn: 'bound',
      points: usable.map(({ x, count }) => [x, count * perCount]),
    },
  ];
}
