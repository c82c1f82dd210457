/** What line plots and scatters share: two axes with room for their numbers, a caption, keys, and places walked by arrow keys. */

import { type ScaleLinear, type ScaleLogarithmic, scaleLinear, scaleLog } from 'd3';
import { type KeyboardEvent, type MouseEvent, type ReactNode, type RefObject, useState } from 'react';
import { axisTicks, linearDomain, logDomain, roomFor, type Tick } from './axis.ts';
import { useGrown } from './Maximise.tsx';
import styles from './Plot.module.css';
import { useResize } from './useResize.ts';

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

type Scale = ScaleLinear<number, number> | ScaleLogarithmic<number, number>;

/** Where values stand, in pixels of a picture of `width` × `height`. */
export interface PlotSpace {
  box: RefObject<HTMLDivElement | null>;
  width: number;
  height: number;
  /** Where the axes begin and end. */
  left: number;
  right: number;
  top: number;
  bottom: number;
  x: Scale;
  y: Scale;
  xTicks: readonly Tick[];
  yTicks: readonly Tick[];
}

/** Least room for the numbers of the vertical axis. */
const LEFT = 40;
const RIGHT = 12;
const TOP = 8;
const BOTTOM = 32;
/** What a number below needs. */
const TICK_WIDTH = 75;

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 };

/** The scales of two axes that show these values, in as much room as there is. */
export function usePlotSpace(
  xAxis: PlotAxis,
  yAxis: PlotAxis,
  xs: readonly number[],
  ys: readonly number[],
  pageHeight: number,
): PlotSpace {
  const height = useGrown(pageHeight);
  const [width, setWidth] = useState(360);
  const box = useResize<HTMLDivElement>((wide) => setWidth(Math.max(wide, 2 * LEFT))); // 0 while it is hidden
  const bottom = height - BOTTOM;
  const y = scaleOf(yAxis, ys, [bottom, TOP]);
  const yTicks = axisTicks(y, yAxis, 5);
  const left = Math.max(LEFT, roomFor(yTicks));
  const right = width - RIGHT;
  const x = scaleOf(xAxis, xs, [left, right]);
  const xTicks = axisTicks(x, xAxis, Math.max(2, Math.floor(width / TICK_WIDTH)));
  return { box, width, height, left, right, top: TOP, bottom, x, y, xTicks, yTicks };
}

function scaleOf(axis: PlotAxis, values: readonly number[], range: [number, number]): Scale {
  if (axis.log) return scaleLog([...(axis.domain ?? logDomain(values))], range).clamp(true);
  return scaleLinear([...(axis.domain ?? linearDomain(values, axis.zero ?? false))], range);
}

/** Whether an axis has a place for this. */
export function isOnAxis(value: number, { log = false }: Pick<PlotAxis, 'log'>): boolean {
  return Number.isFinite(value) && (!log || value > 0);
}

interface PlotProps {
  space: PlotSpace;
  /** Its accessible name; `caption` is what stands above. */
  label: string;
  caption?: string;
  xLabel: string;
  yLabel: string;
  /** Which mark is whose; left out where there is only one. */
  keys: readonly { key: string; label: string; mark: ReactNode }[];
  /** Lines across at the ticks of x too. */
  grid?: boolean;
  /** How many places the arrow keys walk. */
  places: number;
  /** A place in words, for the keyboard and screen readers. */
  describe: (place: number) => string;
  onWalk: (place: number) => void;
  onPick: (place: number) => void;
  onLeave: () => void;
  /** In pixels from the picture's corner; `bounds` are the picture's own. */
  onPoint: (across: number, down: number, bounds: DOMRect) => void;
  onClick: (across: number, down: number) => void;
  children: ReactNode;
}

export function Plot(props: PlotProps) {
  const { space, label, caption, keys, places, grid = false } = props;
  const { box, width, height, left, right, top, bottom, x, y } = space;
  const [walked, setWalked] = useState(0);
  const place = Math.min(walked, places - 1);

  const within = (event: MouseEvent<HTMLElement>) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return { bounds, across: event.clientX - bounds.x, down: event.clientY - bounds.y };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && place >= 0) return props.onPick(place);
    const ends: Record<string, number> = { Home: 0, End: places - 1 };
    const step = STEPS[event.key];
    const next = ends[event.key] ?? (step === undefined ? undefined : place + step);
    if (next === undefined || places === 0) return;
    event.preventDefault();
    const inside = Math.min(places - 1, Math.max(0, next));
    setWalked(inside);
    props.onWalk(inside);
  };

  return (
    <figure className={styles.figure}>
      {caption && <figcaption className={styles.caption}>{caption}</figcaption>}
      {keys.length > 1 && (
        <ul className={styles.keys}>
          {keys.map((each) => (
            <li key={each.key}>
              {each.mark}
              {each.label}
            </li>
          ))}
        </ul>
      )}
      <div
        ref={box}
        className={styles.plot}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, places - 1)}
        aria-valuenow={Math.max(0, place)}
        aria-valuetext={place < 0 ? 'nothing to show' : props.describe(place)}
        onKeyDown={onKeyDown}
        onBlur={props.onLeave}
        onPointerMove={(event) => {
          const { across, down, bounds } = within(event);
          props.onPoint(across, down, bounds);
        }}
        onPointerLeave={props.onLeave}
        onClick={(event) => {
          const { across, down, bounds } = within(event);
          props.onPoint(across, down, bounds); // a finger that taps does not move
          props.onClick(across, down);
        }}
      >
        <svg width={width} height={height} className={styles.picture} aria-hidden="true">
          {space.yTicks.map(({ value, label: text }) => (
            <g key={value}>
              <line className={styles.tick} x1={left} x2={right} y1={y(value)} y2={y(value)} />
              <text className={styles.left} x={left - 5} y={y(value)}>
                {text}
              </text>
            </g>
          ))}
          {space.xTicks.map(({ value, label: text }) => (
            <g key={value}>
              {grid && <line className={styles.tick} x1={x(value)} x2={x(value)} y1={top} y2={bottom} />}
              <text className={styles.below} x={x(value)} y={bottom + 13}>
                {text}
              </text>
            </g>
          ))}
          <text className={styles.below} x={(left + right) / 2} y={height - 4}>
            {props.xLabel}
          </text>
          <text className={styles.below} transform={`translate(9 ${(top + bottom) / 2}) rotate(-90)`}>
            {props.yLabel}
          </text>
          {props.children}
        </svg>
      </div>
    </figure>
  );
}
