/** Lines over one axis: what depends on a depth, a length or an amount, walked by arrow keys along x. */

import { area, line as linePath, scaleLinear, scaleLog } from 'd3';
import { type KeyboardEvent, type PointerEvent, useId, useState } from 'react';
import { axisTicks, linearDomain, logDomain, roomFor, type Tick } from './axis.ts';
import styles from './LinePlot.module.css';
import { useResize } from './useResize.ts';

export interface PlotPoint {
  x: number;
  y: number;
}

export interface PlotLine {
  key: string;
  label: string;
  /** A CSS colour. */
  colour: string;
  dashed?: boolean;
  /** By rising x. What is not finite, or not above 0 on a logarithmic axis, interrupts the line. */
  points: readonly PlotPoint[];
  /** An interval around the line, drawn pale. */
  band?: readonly { x: number; low: number; high: number }[];
}

export interface PlotAxis {
  label: string;
  /** Default: from the points. */
  domain?: readonly [number, number];
  ticks?: readonly Tick[];
  log?: boolean;
  /** Whether the axis must show 0. */
  zero?: boolean;
  format?: (value: number) => string;
}

interface LinePlotProps {
  /** Its accessible name; `caption` is what stands above. */
  label: string;
  caption?: string;
  x: PlotAxis;
  y: PlotAxis;
  lines: readonly PlotLine[];
  /** Named places on x. */
  marks?: readonly { x: number; label: string }[];
  /** The place spoken about. */
  at?: number | null;
  height?: number;
  /** The lines at a place in words, for the keyboard and screen readers. */
  describe: (x: number) => string;
  /** `anchor` is for a tooltip; there is none where the keyboard walks. */
  onHover?: (x: number | null, anchor: DOMRect | null) => void;
  onPick?: (x: number) => void;
}

/** Least room for the numbers of the vertical axis. */
const LEFT = 40;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 32;

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 };

export function LinePlot(props: LinePlotProps) {
  const { label, caption, lines, marks = [], at = null, height = 180 } = props;
  const [width, setWidth] = useState(360);
  const [walked, setWalked] = useState(0);
  const clip = useId();
  const box = useResize<HTMLDivElement>((wide) => setWidth(Math.max(wide, 2 * LEFT))); // 0 while it is hidden

  const places = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const place = Math.min(walked, places.length - 1);
  const values = lines.flatMap(({ points, band = [] }) => [
    ...points.map(({ y }) => y),
    ...band.flatMap(({ low, high }) => [low, high]),
  ]);
  const y = scaleOf(props.y, values, [height - BOTTOM, TOP]);
  const yTicks = axisTicks(y, props.y, 4);
  const left = Math.max(LEFT, roomFor(yTicks));
  const x = scaleOf(props.x, places, [left, width - RIGHT]);
  const drawn = (value: number, axis: PlotAxis) => Number.isFinite(value) && (!axis.log || value > 0);

  const path = linePath<PlotPoint>(
    (point) => x(point.x),
    (point) => y(point.y),
  ).defined((point) => drawn(point.y, props.y) && drawn(point.x, props.x));
  const shade = area<{ x: number; low: number; high: number }>()
    .x((point) => x(point.x))
    .y0((point) => y(point.low))
    .y1((point) => y(point.high))
    .defined(({ low, high }) => drawn(low, props.y) && drawn(high, props.y));

  const nearest = (event: PointerEvent<HTMLElement>): number | null => {
    const offset = event.clientX - event.currentTarget.getBoundingClientRect().x;
    const distance = (value: number) => Math.abs(x(value) - offset);
    return places.reduce<number | null>(
      (best, value) => (best === null || distance(value) < distance(best) ? value : best),
      null,
    );
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    const value = nearest(event);
    if (value === null) return;
    const bounds = event.currentTarget.getBoundingClientRect();
    props.onHover?.(value, new DOMRect(bounds.x + x(value), bounds.y, 0, bounds.height));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && places[place] !== undefined) {
      props.onPick?.(places[place]);
      return;
    }
    const ends: Record<string, number> = { Home: 0, End: places.length - 1 };
    const step = STEPS[event.key];
    const next = ends[event.key] ?? (step === undefined ? undefined : place + step);
    if (next === undefined) return;
    event.preventDefault();
    const inside = Math.min(places.length - 1, Math.max(0, next));
    setWalked(inside);
    props.onHover?.(places[inside] ?? null, null);
  };

  const cursor = at ?? null;
  return (
    <figure className={styles.figure}>
      {caption && <figcaption className={styles.caption}>{caption}</figcaption>}
      {lines.length > 1 && <Keys lines={lines} />}
      <div
        ref={box}
        className={styles.plot}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, places.length - 1)}
        aria-valuenow={Math.max(0, place)}
        aria-valuetext={places[place] === undefined ? 'nothing to show' : props.describe(places[place])}
        onKeyDown={onKeyDown}
        onBlur={() => props.onHover?.(null, null)}
        onPointerMove={onPointerMove}
        onPointerLeave={() => props.onHover?.(null, null)}
        onClick={(event) => {
          const value = nearest(event as unknown as PointerEvent<HTMLElement>);
          if (value !== null) props.onPick?.(value);
        }}
      >
        <svg width={width} height={height} className={styles.picture} aria-hidden="true">
          <clipPath id={clip}>
            <rect x={left} y={0} width={Math.max(0, width - left - RIGHT)} height={height - BOTTOM + 1} />
          </clipPath>
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
          {axisTicks(x, props.x, Math.max(2, Math.floor(width / 70))).map((tick) => (
            <text key={tick.value} className={styles.below} x={x(tick.value)} y={height - BOTTOM + 13}>
              {tick.label}
            </text>
          ))}
          <text className={styles.name} x={(left + width - RIGHT) / 2} y={height - 4}>
            {props.x.label}
          </text>
          <text className={styles.name} transform={`translate(9 ${(TOP + height - BOTTOM) / 2}) rotate(-90)`}>
            {props.y.label}
          </text>
          {marks.map((mark) => (
            <g key={mark.label}>
              <line className={styles.mark} x1={x(mark.x)} x2={x(mark.x)} y1={TOP} y2={height - BOTTOM} />
              <text className={styles.markName} x={x(mark.x) + 4} y={TOP + 9}>
                {mark.label}
              </text>
            </g>
          ))}
          {cursor !== null && (
            <line className={styles.cursor} x1={x(cursor)} x2={x(cursor)} y1={TOP} y2={height - BOTTOM} />
          )}
          <g clipPath={`url(#${clip})`}>
            {lines.map(({ key, colour, band }) =>
              band ? <path key={key} d={shade(band) ?? ''} fill={colour} className={styles.band} /> : null,
            )}
            {lines.map(({ key, colour, dashed, points }) => (
              <path
                key={key}
                d={path(points) ?? ''}
                stroke={colour}
                className={dashed ? `${styles.line} ${styles.dashed}` : styles.line}
              />
            ))}
            {lines.flatMap(({ key, colour, points }) =>
              points.length <= 2
                ? points
                    .filter((point) => drawn(point.y, props.y))
                    .map((point) => (
                      <circle
                        key={`${key} ${point.x}`}
                        cx={x(point.x)}
                        cy={y(point.y)}
                        r={2.5}
                        fill={colour}
                      />
                    ))
                : [],
            )}
          </g>
        </svg>
      </div>
    </figure>
  );
}

function scaleOf(axis: PlotAxis, values: readonly number[], range: [number, number]) {
  if (axis.log) return scaleLog([...(axis.domain ?? logDomain(values))], range).clamp(true);
  return scaleLinear([...(axis.domain ?? linearDomain(values, axis.zero ?? false))], range);
}

/** Which line is whose. */
function Keys({ lines }: { lines: readonly PlotLine[] }) {
  return (
    <ul className={styles.keys}>
      {lines.map(({ key, label, colour, dashed }) => (
        <li key={key}>
          <svg width="18" height="8" aria-hidden="true">
            <line
              x1="0"
              x2="18"
              y1="4"
              y2="4"
              stroke={colour}
              className={dashed ? `${styles.line} ${styles.dashed}` : styles.line}
            />
          </svg>
          {label}
        </li>
      ))}
    </ul>
  );
}
