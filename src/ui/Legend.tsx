/** What the colours of a picture mean: the ends of the scale, and zero. */

import { cellColour, type ScaleKind } from './colour.ts';
import styles from './Legend.module.css';

interface LegendProps {
  kind: ScaleKind;
  limit: number;
  format: (value: number) => string;
  unit?: string;
}

const DIVERGING = [-1, -0.5, 0, 0.5, 1];
const SEQUENTIAL = [0, 0.25, 0.5, 0.75, 1];

export function Legend({ kind, limit, format, unit }: LegendProps) {
  const stops = kind === 'diverging' ? DIVERGING : SEQUENTIAL;
  return (
    <span className={styles.legend}>
      <span>{format(kind === 'diverging' ? -limit : 0)}</span>
      <span className={styles.swatches} aria-hidden="true">
        {stops.map((stop) => (
          <span key={stop} style={{ background: cellColour(stop, 1, kind) }} />
        ))}
      </span>
      <span>
        {format(limit)}
        {unit && ` ${unit}`}
      </span>
    </span>
  );
}
