/** A plot of growth as SVG, readable on a light and on a dark page: both axes logarithmic, measured points and counted lines. */

import { line, scaleLog } from 'd3';

export interface Series {
  readonly name: string;
  /** Series of one hue belong together: what was measured, and its count. */
  readonly hue: number;
  /** `points` are joined and marked, a `bound` is a dashed line. */
  readonly drawn: 'points' | 'bound';
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
}

const [WIDTH, HEIGHT] = [720, 420];
const MARGIN = { top: 40, right: 190, bottom: 48, left: 64 };
/** Told apart by people who see colours differently too, and clear on white and on black (Okabe and Ito). */
const HUES = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00'];
/** A name needs so much room beside the end of its line. */
const NAME_HEIGHT = 14;

export function plotSvg({ title, x, y, series }: Plot): string {
  const points = series.flatMap((each) => each.points);
  const right = WIDTH - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const xs = scaleLog(extent(points.map(([value]) => value)), [MARGIN.left, right]);
  const ys = scaleLog(extent(points.map(([, value]) => value)), [bottom, MARGIN.top]).nice();
  const path = line<readonly [number, number]>(
    ([value]) => xs(value),
    ([, value]) => ys(value),
  );

  const xTicks = [...new Set(points.map(([value]) => value))]
    .filter(spaced(xs, 34))
    .map((value) => tick(xs(value), bottom, 'middle', 18, short(value)));
  const yTicks = ys
    .ticks(5)
    .filter((value) => Number.isInteger(Math.log10(value)))
    .map(
      (value) =>
        `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${px(ys(value))}" y2="${px(ys(value))}"/>` +
        tick(MARGIN.left - 8, ys(value), 'end', 4, short(value)),
    );
  const drawn = series.map(({ hue, drawn, points }) => {
    const colour = HUES[hue % HUES.length];
    const shape = `<path d="${path(points)}" stroke="${colour}" ${drawn === 'bound' ? 'stroke-dasharray="5 4"' : ''}/>`;
    if (drawn === 'bound') return shape;
    const marks = points.map(
      ([u, v]) => `<circle cx="${px(xs(u))}" cy="${px(ys(v))}" r="3.5" fill="${colour}"/>`,
    );
    return shape + marks.join('');
  });
  const names = apart(series.map(({ points }) => ys((points.at(-1) as readonly [number, number])[1]))).map(
    (at, i) => {
      const { name, hue } = series[i] as Series;
      return `<text x="${right + 10}" y="${px(at + 4)}" fill="${HUES[hue % HUES.length]}">${escaped(name)}</text>`;
    },
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    '<style>',
    'text { font: 12px system-ui, sans-serif; } .ink { fill: #57606a; } .title { font-weight: 600; font-size: 14px; }',
    'path { fill: none; stroke-width: 1.8; } .grid { stroke: #8b949e; stroke-opacity: 0.35; }',
    '@media (prefers-color-scheme: dark) { .ink { fill: #b1bac4; } }',
    '</style>',
    `<text class="ink title" x="${MARGIN.left}" y="22">${escaped(title)}</text>`,
    `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>`,
    ...xTicks,
    ...yTicks,
    `<text class="ink" x="${(MARGIN.left + right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escaped(x)}</text>`,
    `<text class="ink" transform="translate(16 ${(MARGIN.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>`,
    ...drawn,
    ...names,
    '</svg>',
    '',
  ].join('\n');
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** Keeps what stands at least so many pixels from the last that was kept. */
function spaced(scale: (value: number) => number, least: number): (value: number) => boolean {
  let last = Number.NEGATIVE_INFINITY;
  return (value) => {
    const at = scale(value);
    if (at - last < least) return false;
    last = at;
    return true;
  };
}

function tick(x: number, y: number, anchor: string, down: number, text: string): string {
  return `<text class="ink" x="${px(x)}" y="${px(y + down)}" text-anchor="${anchor}">${text}</text>`;
}

/** Moves names down until no two of them overlap; in the order given. */
function apart(wanted: readonly number[]): number[] {
  const order = wanted.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at);
  const placed: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { at, i } of order) {
    last = Math.max(at, last + NAME_HEIGHT);
    placed[i] = last;
  }
  return placed;
}

/** `0.001`, `1`, `1024`, `124 M`. */
function short(value: number): string {
  if (value >= 1e9) return `${Number((value / 1e9).toPrecision(3))} G`;
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`;
  return String(Number(value.toPrecision(6)));
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
