/** Lines over one axis: what depends on a depth, a length or an amount, walked by arrow keys along x. */

import { area, line as linePath } from 'd3';
import { useId } from 'react';
import styles from './LinePlot.module.css';
import { isOnAxis, Plot, type PlotAxis, usePlotSpace } from './Plot.tsx';

export interface PlotPoint {
  x: number;
  y: number;
}

interface Interval {
  x: number;
  low: number;
  high: number;
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
  band?: readonly Interval[];
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
  /** A stretch of x drawn on a tinted ground, named at its top. */
  ground?: { from: number; to: number; label: string };
  /** The place spoken about. */
  at?: number | null;
  height?: number;
  /** The lines at a place in words, for the keyboard and screen readers. */
  describe: (x: number) => string;
  /** `anchor` is for a tooltip; there is none where the keyboard walks. */
  onHover?: (x: number | null, anchor: DOMRect | null) => void;
  onPick?: (x: number) => void;
}

export function LinePlot(props: LinePlotProps) {
  const { lines, marks = [], ground, at = null, height = 180, onHover } = props;
  const clip = useId();
  const places = [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))].sort((a, b) => a - b);
  const values = lines.flatMap(({ points, band = [] }) => [
    ...points.map(({ y }) => y),
    ...band.flatMap(({ low, high }) => [low, high]),
  ]);
  const space = usePlotSpace(props.x, props.y, places, values, height);
  const { x, y, left, right, top, bottom } = space;

  const path = linePath<PlotPoint>(
    (point) => x(point.x),
    (point) => y(point.y),
  ).defined((point) => isOnAxis(point.x, props.x) && isOnAxis(point.y, props.y));
  const shade = area<Interval>()
    .x((interval) => x(interval.x))
    .y0((interval) => y(interval.low))
    .y1((interval) => y(interval.high))
    .defined(({ low, high }) => isOnAxis(low, props.y) && isOnAxis(high, props.y));

  const nearest = (across: number): number | undefined => {
    const distance = (value: number) => Math.abs(x(value) - across);
    return places.reduce<number | undefined>(
      (best, value) => (best === undefined || distance(value) < distance(best) ? value : best),
      undefined,
    );
  };
  const pick = (value: number | undefined) => {
    if (value !== undefined) props.onPick?.(value);
  };

  return (
    <Plot
      space={space}
      label={props.label}
      caption={props.caption}
      xLabel={props.x.label}
      yLabel={props.y.label}
      keys={lines.map((line) => ({
        key: line.key,
        label: line.label,
        mark: <Stroke colour={line.colour} dashed={line.dashed} />,
      }))}
      places={places.length}
      describe={(place) => props.describe(places[place] as number)}
      onWalk={(place) => onHover?.(places[place] ?? null, null)}
      onPick={(place) => pick(places[place])}
      onLeave={() => onHover?.(null, null)}
      onPoint={(across, _, bounds) => {
        const value = nearest(across);
        if (value !== undefined)
          onHover?.(value, new DOMRect(bounds.x + x(value), bounds.y, 0, bounds.height));
      }}
      onClick={(across) => pick(nearest(across))}
    >
      <clipPath id={clip}>
        <rect x={left} y={0} width={Math.max(0, right - left)} height={bottom + 1} />
      </clipPath>
      {ground && (
        <>
          <rect
            className={styles.ground}
            x={x(ground.from)}
            y={top}
            width={Math.max(0, x(ground.to) - x(ground.from))}
            height={bottom - top}
          />
          <text className={styles.markName} x={x(ground.from) + 4} y={top + 9}>
            {ground.label}
          </text>
        </>
      )}
      {marks.map((mark) => (
        <g key={mark.label}>
          <line className={styles.mark} x1={x(mark.x)} x2={x(mark.x)} y1={top} y2={bottom} />
          <text className={styles.markName} x={x(mark.x) + 4} y={top + 9}>
            {mark.label}
          </text>
        </g>
      ))}
      {at !== null && <line className={styles.cursor} x1={x(at)} x2={x(at)} y1={top} y2={bottom} />}
      <g clipPath={`url(#${clip})`}>
        {lines.map(({ key, colour, band }) =>
          band ? <path key={key} d={shade(band) ?? ''} fill={colour} className={styles.band} /> : null,
        )}
        {lines.map(({ key, colour, dashed, points }) => (
          <path key={key} d={path(points) ?? ''} stroke={colour} className={strokeOf(dashed)} />
        ))}
        {lines.flatMap(({ key, colour, points }) =>
          points.length > 2
            ? []
            : points
                .filter((point) => isOnAxis(point.y, props.y))
                .map((point) => (
                  <circle key={`${key} ${point.x}`} cx={x(point.x)} cy={y(point.y)} r={2.5} fill={colour} />
                )),
        )}
      </g>
    </Plot>
  );
}

/** A line's key. */
function Stroke({ colour, dashed }: Pick<PlotLine, 'colour' | 'dashed'>) {
  return (
    <svg width="18" height="8" aria-hidden="true">
      <line x1="0" x2="18" y1="4" y2="4" stroke={colour} className={strokeOf(dashed)} />
    </svg>
  );
}

function strokeOf(dashed = false): string | undefined {
  return dashed ? `${styles.line} ${styles.dashed}` : styles.line;
}
