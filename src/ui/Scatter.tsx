/** Points over two axes, one mark per series, walked by arrow keys in the order of x. */

import { scaleLinear, scaleLog } from 'd3';
import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react';
import { axisTicks, linearDomain, logDomain, roomFor } from './axis.ts';
import { DOTS, type DotShape } from './dots.ts';
import type { PlotAxis } from './LinePlot.tsx';
import styles from './Scatter.module.css';
import { useResize } from './useResize.ts';

export interface ScatterPoint {
  key: string;
  x: number;
  y: number;
  /** Its name, e.g. `L5H3`; drawn beside it where `named` has its key. */
  label: string;
}

export interface ScatterSeries {
  key: string;
  label: string;
  /** A CSS colour. */
  colour: string;
  shape?: DotShape;
  /** What is not finite, or not above 0 on a logarithmic axis, is not drawn; the caption must count it. */
  points: readonly ScatterPoint[];
}

interface ScatterProps {
  /** Its accessible name; `caption` is what stands above. */
  label: string;
  caption?: string;
  x: PlotAxis;
  y: PlotAxis;
  series: readonly ScatterSeries[];
  /** Draws y = x, and one domain for both axes. */
  diagonal?: boolean;
  height?: number;
  /** Keys of points spoken about. */
  hovered?: string | null;
  selected?: string | null;
  /** Keys whose labels are drawn. */
  named?: readonly string[];
  /** A point in words, for the keyboard and screen readers. */
  describe: (point: ScatterPoint, series: ScatterSeries) => string;
  /** `anchor` is for a tooltip; there is none where the keyboard walks. */
  onHover: (point: ScatterPoint | null, anchor: DOMRect | null) => void;
  onPick?: (point: ScatterPoint) => void;
}

/** Least room for the numbers of the vertical axis. */
const LEFT = 40;
const RIGHT = 12;
const TOP = 8;
const BOTTOM = 32;
const RADIUS = 2.4;
/** How near a pointer must be, in pixels. */
const REACH = 14;

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 };

interface Placed {
  point: ScatterPoint;
  series: ScatterSeries;
}

export function Scatter(props: ScatterProps) {
  const { label, caption, series, diagonal, height = 240, named = [] } = props;
  const [width, setWidth] = useState(360);
  const [walked, setWalked] = useState(0);
  const box = useResize<HTMLDivElement>((wide) => setWidth(Math.max(wide, 2 * LEFT))); // 0 while it is hidden

  const points = useMemo(
    () => placedByX(series, props.x.log, props.y.log),
    [series, props.x.log, props.y.log],
  );
  const xs = points.map(({ point }) => point.x);
  const ys = points.map(({ point }) => point.y);
  const shared = diagonal ? [...xs, ...ys] : null;
  const y = scaleOf(props.y, shared ?? ys, [height - BOTTOM, TOP]);
  const yTicks = axisTicks(y, props.y, 5);
  const left = Math.max(LEFT, roomFor(yTicks));
  const x = scaleOf(props.x, shared ?? xs, [left, width - RIGHT]);
  const at = Math.min(walked, points.length - 1);

  const nearest = (event: PointerEvent<HTMLElement>): Placed | null => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const [across, down] = [event.clientX - bounds.x, event.clientY - bounds.y];
    let best: Placed | null = null;
    let least = REACH ** 2;
    for (const placed of points) {
      const distance = (x(placed.point.x) - across) ** 2 + (y(placed.point.y) - down) ** 2;
      if (distance < least) [best, least] = [placed, distance];
    }
    return best;
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const placed = nearest(event);
    if (!placed) return props.onHover(null, null);
    const bounds = event.currentTarget.getBoundingClientRect();
    const { point } = placed;
    props.onHover(point, new DOMRect(bounds.x + x(point.x) - 3, bounds.y + y(point.y) - 3, 6, 6));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const here = points[at];
    if (event.key === 'Enter' && here) return props.onPick?.(here.point);
    const ends: Record<string, number> = { Home: 0, End: points.length - 1 };
    const step = STEPS[event.key];
    const next = ends[event.key] ?? (step === undefined ? undefined : at + step);
    if (next === undefined) return;
    event.preventDefault();
    const inside = Math.min(points.length - 1, Math.max(0, next));
    setWalked(inside);
    props.onHover(points[inside]?.point ?? null, null);
  };

  const [low, high] = x.domain() as [number, number];
  const active = points[at];
  return (
    <figure className={styles.figure}>
      {caption && <figcaption className={styles.caption}>{caption}</figcaption>}
      {series.length > 1 && <Keys series={series} />}
      <div
        ref={box}
        className={styles.plot}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, points.length - 1)}
        aria-valuenow={Math.max(0, at)}
        aria-valuetext={active ? props.describe(active.point, active.series) : 'nothing to show'}
        onKeyDown={onKeyDown}
        onBlur={() => props.onHover(null, null)}
        onPointerMove={onPointerMove}
        onPointerLeave={() => props.onHover(null, null)}
        onClick={(event) => {
          const placed = nearest(event as unknown as PointerEvent<HTMLElement>);
          if (placed) props.onPick?.(placed.point);
        }}
      >
        <svg width={width} height={height} className={styles.picture} aria-hidden="true">
          {yTicks.map((tick) => (
            <g key={tick.value}>
              <line
                className={styles.tick}
                x1={left}
                x2={width - RIGHT}
                y1={y(tick.value)}
                y2={y(tick.value)}
              />
              <text className={styles.left} x={left - 5} y={y(tick.value)}>
                {tick.label}
              </text>
            </g>
          ))}
          {axisTicks(x, props.x, Math.max(2, Math.floor(width / 80))).map((tick) => (
            <g key={tick.value}>
              <line
                className={styles.tick}
                x1={x(tick.value)}
                x2={x(tick.value)}
                y1={TOP}
                y2={height - BOTTOM}
              />
              <text className={styles.below} x={x(tick.value)} y={height - BOTTOM + 13}>
                {tick.label}
              </text>
            </g>
          ))}
          <text className={styles.name} x={(left + width - RIGHT) / 2} y={height - 4}>
            {props.x.label}
          </text>
          <text className={styles.name} transform={`translate(9 ${(TOP + height - BOTTOM) / 2}) rotate(-90)`}>
            {props.y.label}
          </text>
          {diagonal && <line className={styles.diagonal} x1={x(low)} y1={y(low)} x2={x(high)} y2={y(high)} />}
          {series.map(({ key, colour, shape = 'circle', points: own }) => (
            <path
              key={key}
              className={styles.dots}
              fill={colour}
              d={own
                .filter(({ x: a, y: b }) => isDrawn(a, props.x.log) && isDrawn(b, props.y.log))
                .map((point) => DOTS[shape](x(point.x), y(point.y), RADIUS))
                .join('')}
            />
          ))}
          {points.map(({ point }) =>
            named.includes(point.key) ? (
              <text key={point.key} className={styles.label} {...beside(x(point.x), y(point.y), width)}>
                {point.label}
              </text>
            ) : null,
          )}
          {points.map(({ point, series: { key } }) =>
            point.key === props.hovered || point.key === props.selected ? (
              <circle
                key={`${key} ${point.key}`}
                className={point.key === props.selected ? styles.selected : styles.hovered}
                cx={x(point.x)}
                cy={y(point.y)}
                r={5.5}
              />
            ) : null,
          )}
        </svg>
      </div>
    </figure>
  );
}

function placedByX(series: readonly ScatterSeries[], logX = false, logY = false): Placed[] {
  return series
    .flatMap((each) => each.points.map((point) => ({ point, series: each })))
    .filter(({ point }) => isDrawn(point.x, logX) && isDrawn(point.y, logY))
    .sort((a, b) => a.point.x - b.point.x);
}

function isDrawn(value: number, log = false): boolean {
  return Number.isFinite(value) && (!log || value > 0);
}

function scaleOf(axis: PlotAxis, values: readonly number[], range: [number, number]) {
  if (axis.log) return scaleLog([...(axis.domain ?? logDomain(values))], range).clamp(true);
  return scaleLinear([...(axis.domain ?? linearDomain(values, axis.zero ?? false))], range);
}

/** Right of a point, or left of one near the right edge. */
function beside(x: number, y: number, width: number) {
  const right = x < width - 60;
  return { x: right ? x + 6 : x - 6, y: y - 4, textAnchor: right ? ('start' as const) : ('end' as const) };
}

/** Which mark is whose. */
function Keys({ series }: { series: readonly ScatterSeries[] }) {
  return (
    <ul className={styles.keys}>
      {series.map(({ key, label, colour, shape = 'circle' }) => (
        <li key={key}>
          <svg width="10" height="10" aria-hidden="true">
            <path fill={colour} d={DOTS[shape](5, 5, 3.2)} />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}
