/** Dots on a logarithmic axis along a row of places in groups, with the line they must stay below; walked by arrow keys. */

import { scaleLog } from 'd3';
import { type KeyboardEvent, type MouseEvent, useState } from 'react';
import { DOTS, type DotShape } from './dots.ts';
import styles from './LogDots.module.css';
import { useResize } from './useResize.ts';

export interface DotSeries {
  key: string;
  shape: DotShape;
  /** A CSS colour. */
  colour: string;
  /** One per place, not negative. What lies outside the axis stands at its ends. */
  values: readonly number[];
}

interface LogDotsProps {
  caption: string;
  /** Its accessible name. */
  label: string;
  series: readonly DotSeries[];
  /** Successive places under one name, in order. */
  groups: readonly { key: string; label: string; count: number }[];
  domain: readonly [number, number];
  ticks: readonly { value: number; label: string }[];
  /** Dots above it are drawn as faults. */
  limit: number;
  /** The place spoken about. */
  at: number | null;
  /** A place in words, for the keyboard. */
  describe: (place: number) => string;
  /** `anchor` is null where the keyboard walks: a tooltip would hide what is looked at. */
  onHover: (place: number | null, anchor: DOMRect | null) => void;
}

const HEIGHT = 126;
const BOTTOM = 16;
const LEFT = 42;
const EDGE = 5;
const RADIUS = 1.9;
/** A group's name and the air around it. */
const LABEL_WIDTH = 20;

const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 };

export function LogDots(props: LogDotsProps) {
  const { caption, label, series, groups, limit, at } = props;
  const [width, setWidth] = useState(360);
  const [walked, setWalked] = useState(0);
  const box = useResize<HTMLDivElement>((wide) => setWidth(Math.max(wide, LEFT + 1))); // 0 while it is hidden
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const place = Math.min(walked, count - 1);
  const y = scaleLog([...props.domain], [HEIGHT - BOTTOM - EDGE, EDGE]).clamp(true);
  const x = (index: number) => LEFT + ((index + 0.5) / count) * (width - LEFT);

  const placeAt = (event: MouseEvent<HTMLElement>): number => {
    const offset = event.clientX - event.currentTarget.getBoundingClientRect().x - LEFT;
    return Math.min(count - 1, Math.max(0, Math.floor((offset / (width - LEFT)) * count)));
  };
  const point = (event: MouseEvent<HTMLElement>) => {
    const bounds = event.currentTarget.getBoundingClientRect();
    const index = placeAt(event);
    props.onHover(index, new DOMRect(bounds.x + x(index), bounds.y, 0, bounds.height));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const ends: Record<string, number> = { Home: 0, End: count - 1 };
    const step = STEPS[event.key];
    const next = ends[event.key] ?? (step === undefined ? undefined : place + step);
    if (next === undefined) return;
    event.preventDefault();
    const inside = Math.min(count - 1, Math.max(0, next));
    setWalked(inside);
    props.onHover(inside, null);
  };

  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>{caption}</figcaption>
      <div
        ref={box}
        className={styles.plot}
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={count - 1}
        aria-valuenow={place}
        aria-valuetext={props.describe(place)}
        onKeyDown={onKeyDown}
        onFocus={() => box.current?.matches(':focus-visible') && props.onHover(place, null)}
        onBlur={() => props.onHover(null, null)}
        onPointerMove={point}
        onClick={point} // a finger that taps does not move
        onPointerLeave={() => props.onHover(null, null)}
      >
        <svg width={width} height={HEIGHT} className={styles.picture} aria-hidden="true">
          <Groups groups={groups} x={(index) => LEFT + (index / count) * (width - LEFT)} />
          {props.ticks.map((tick) => (
            <g key={tick.value}>
              <line className={styles.tick} x1={LEFT} x2={width} y1={y(tick.value)} y2={y(tick.value)} />
              <text className={styles.number} x={LEFT - 5} y={y(tick.value)}>
                {tick.label}
              </text>
            </g>
          ))}
          <line className={styles.limit} x1={LEFT} x2={width} y1={y(limit)} y2={y(limit)} />
          {at !== null && at < count && (
            <line className={styles.cursor} x1={x(at)} x2={x(at)} y1={0} y2={HEIGHT - BOTTOM} />
          )}
          {series.map(({ key, shape, colour, values }) => (
            <g key={key}>
              <path fill={colour} d={dots(values, (value) => value <= limit, shape, RADIUS)} />
              <path
                className={styles.fault}
                d={dots(values, (value) => !(value <= limit), shape, RADIUS + 0.6)}
              />
            </g>
          ))}
        </svg>
      </div>
    </figure>
  );

  /** One path for all: a thousand dots are no thousand elements. */
  function dots(
    values: readonly number[],
    drawn: (value: number) => boolean,
    shape: DotShape,
    radius: number,
  ): string {
    const height = (value: number) => y(Number.isNaN(value) ? Infinity : value);
    return values.map((value, i) => (drawn(value) ? DOTS[shape](x(i), height(value), radius) : '')).join('');
  }
}

/** Bands with their names below, as many as there is room for. */
function Groups({ groups, x }: { groups: LogDotsProps['groups']; x: (index: number) => number }) {
  let from = 0;
  const placed = groups.map((group) => {
    const [left, right] = [x(from), x(from + group.count)];
    from += group.count;
    return { ...group, left, right };
  });
  const widest = Math.max(...placed.map(({ left, right }) => right - left));
  const stride = Math.max(1, Math.ceil(LABEL_WIDTH / widest));
  return placed.map(({ key, label, left, right }, i) => (
    <g key={key}>
      {i % 2 === 1 && (
        <rect className={styles.band} x={left} width={right - left} y={0} height={HEIGHT - BOTTOM} />
      )}
      {(right - left >= LABEL_WIDTH || (i % stride === 0 && stride > 1)) && (
        <text className={styles.group} x={(left + right) / 2} y={HEIGHT - 3}>
          {label}
        </text>
      )}
    </g>
  ));
}
