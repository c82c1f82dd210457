/** Points over two axes, one mark per series, walked by arrow keys in the order of x. */

import { useMemo } from 'react';
import { DOTS, type DotShape } from './dots.ts';
import { isOnAxis, Plot, type PlotAxis, usePlotSpace } from './Plot.tsx';
import styles from './Scatter.module.css';

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

const RADIUS = 2.4;
/** How near a pointer must be, in pixels. */
const REACH = 14;

interface Placed {
  point: ScatterPoint;
  series: ScatterSeries;
}

export function Scatter(props: ScatterProps) {
  const { series, diagonal, height = 240, named = [], onHover, onPick } = props;
  const { log: logX } = props.x;
  const { log: logY } = props.y;
  const points = useMemo(() => placedByX(series, { log: logX }, { log: logY }), [series, logX, logY]);
  const xs = points.map(({ point }) => point.x);
  const ys = points.map(({ point }) => point.y);
  const both = diagonal ? [...xs, ...ys] : null;
  const space = usePlotSpace(props.x, props.y, both ?? xs, both ?? ys, height);
  const { x, y, width } = space;
  const [low, high] = x.domain() as [number, number];

  const nearest = (across: number, down: number): ScatterPoint | null => {
    let best: ScatterPoint | null = null;
    let least = REACH ** 2;
    for (const { point } of points) {
      const distance = (x(point.x) - across) ** 2 + (y(point.y) - down) ** 2;
      if (distance < least) [best, least] = [point, distance];
    }
    return best;
  };

  return (
    <Plot
      space={space}
      label={props.label}
      caption={props.caption}
      xLabel={props.x.label}
      yLabel={props.y.label}
      keys={series.map((each) => ({
        key: each.key,
        label: each.label,
        mark: <Dot colour={each.colour} shape={each.shape} />,
      }))}
      grid
      places={points.length}
      describe={(place) => {
        const { point, series: own } = points[place] as Placed;
        return props.describe(point, own);
      }}
      onWalk={(place) => onHover(points[place]?.point ?? null, null)}
      onPick={(place) => {
        const placed = points[place];
        if (placed) onPick?.(placed.point);
      }}
      onLeave={() => onHover(null, null)}
      onPoint={(across, down, bounds) => {
        const point = nearest(across, down);
        if (!point) return onHover(null, null);
        onHover(point, new DOMRect(bounds.x + x(point.x) - 3, bounds.y + y(point.y) - 3, 6, 6));
      }}
      onClick={(across, down) => {
        const point = nearest(across, down);
        if (point) onPick?.(point);
      }}
    >
      {diagonal && <line className={styles.diagonal} x1={x(low)} y1={y(low)} x2={x(high)} y2={y(high)} />}
      {series.map(({ key, colour, shape = 'circle', points: own }) => (
        <path
          key={key}
          className={styles.dots}
          fill={colour}
          d={own
            .filter((point) => isOnAxis(point.x, props.x) && isOnAxis(point.y, props.y))
            .map((point) => DOTS[shape](x(point.x), y(point.y), RADIUS))
            .join('')}
        />
      ))}
      {apart(
        points
          .filter(({ point }) => named.includes(point.key))
          .map(({ point, series: { key } }) => ({
            key: `${key} ${point.key}`,
            text: point.label,
            ...beside(x(point.x), y(point.y), width),
          })),
      ).map(({ key, text, ...place }) => (
        <text key={key} className={styles.label} {...place}>
          {text}
        </text>
      ))}
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
    </Plot>
  );
}

type Logarithmic = Pick<PlotAxis, 'log'>;

function placedByX(series: readonly ScatterSeries[], x: Logarithmic, y: Logarithmic): Placed[] {
  return series
    .flatMap((each) => each.points.map((point) => ({ point, series: each })))
    .filter(({ point }) => isOnAxis(point.x, x) && isOnAxis(point.y, y))
    .sort((a, b) => a.point.x - b.point.x);
}

/** Right of a point, or left of one near the right edge. */
function beside(x: number, y: number, width: number) {
  const right = x < width - 60;
  return { x: right ? x + 6 : x - 6, y: y - 4, textAnchor: right ? ('start' as const) : ('end' as const) };
}

/** What a name takes, in pixels: no other may begin closer. */
const NAME = { width: 44, height: 11 };

/** Names one below the other where they would lie upon each other. */
function apart<N extends { x: number; y: number }>(names: readonly N[]): N[] {
  const placed: N[] = [];
  for (const name of [...names].sort((a, b) => a.y - b.y)) {
    const above = placed.filter(
      (other) => Math.abs(other.x - name.x) < NAME.width && name.y - other.y < NAME.height,
    );
    placed.push({ ...name, y: Math.max(name.y, ...above.map(({ y }) => y + NAME.height)) });
  }
  return placed;
}

/** A series' key. */
function Dot({ colour, shape = 'circle' }: Pick<ScatterSeries, 'colour' | 'shape'>) {
  return (
    <svg width="10" height="10" aria-hidden="true">
      <path fill={colour} d={DOTS[shape](5, 5, 3.2)} />
    </svg>
  );
}
