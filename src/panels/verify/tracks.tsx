/** The chart: per model the relative differences of every two engines along the forward pass, and one place in words. */

import { useMemo, useState } from 'react';
import type { VerifiedEngine } from '../../engine/api.ts';
import { armTitle } from '../../state/selectors.ts';
import type { ResultOf } from '../../state/types.ts';
import { DOTS, type DotShape } from '../../ui/dots.ts';
import { magnitude } from '../../ui/format.ts';
import { LogDots } from '../../ui/LogDots.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { type Track, tracksOf } from './rows.ts';
import styles from './tracks.module.css';

const DOMAIN = [1e-9, 1] as const;
const TICKS = [
  { value: 1, label: '≥1' },
  { value: 1e-3, label: '1e-3' },
  { value: 1e-6, label: '1e-6' },
  { value: 1e-9, label: '≤1e-9' },
];

/** Two engines have one mark, wherever they are compared. */
const MARKS: Record<string, { shape: DotShape; colour: string }> = {
  'wgsl,ort': { shape: 'circle', colour: 'var(--positive)' },
  'wgsl,cpu': { shape: 'triangle', colour: 'var(--heat)' },
  'ort,cpu': { shape: 'square', colour: 'var(--muted)' },
};

const SHORT: Record<VerifiedEngine, string> = { wgsl: 'WebGPU', ort: 'ONNX Runtime', cpu: 'CPU twin' };

type Engines = readonly [VerifiedEngine, VerifiedEngine];
const pairName = ([first, second]: Engines) => `${SHORT[first]} and ${SHORT[second]}`;
const markOf = (engines: Engines) => MARKS[engines.join()] ?? { shape: 'circle', colour: 'var(--ink)' };

export function Tracks({ result }: { result: ResultOf<'verify'> }) {
  const tooltip = useTooltip();
  const tracks = useMemo(() => tracksOf(result), [result]);
  const [at, setAt] = useState<{ track: Track; place: number } | null>(null);
  const pairs = tracks[0]?.pairs ?? [];

  const onHover = (track: Track) => (place: number | null, anchor: DOMRect | null) => {
    setAt(place === null ? null : { track, place });
    if (place !== null && anchor) tooltip.show(anchor, linesAt(track, place).join('\n'));
    else tooltip.hide();
  };
  return (
    <div className={styles.tracks}>
      <div className={styles.row}>
        {tracks.map((track) => (
          <LogDots
            key={track.arm}
            caption={armTitle(track.arm)}
            label={`Relative difference by hook, ${armTitle(track.arm)}`}
            groups={track.groups}
            series={track.pairs.map(({ engines, rows }) => ({
              key: engines.join(),
              ...markOf(engines),
              values: rows.map(({ relative }) => relative),
            }))}
            domain={DOMAIN}
            ticks={TICKS}
            limit={result.tolerance}
            at={at?.place ?? null}
            describe={(place) => linesAt(track, place).join(', ').replace(', ', ': ')}
            onHover={onHover(track)}
          />
        ))}
      </div>
      <div className={styles.foot}>
        <span className={styles.readout}>
          {at
            ? `${armTitle(at.track.arm)}, ${linesAt(at.track, at.place).join(', ').replace(', ', ': ')}`
            : 'hooks in the order of the forward pass, by layer → · largest relative difference ↑'}
        </span>
        {pairs.map(({ engines }) => (
          <Mark key={engines.join()} {...markOf(engines)} label={pairName(engines)} />
        ))}
        <span className={styles.key}>
          <svg width="18" height="10" aria-hidden="true">
            <line className={styles.limit} x1="0" x2="18" y1="5" y2="5" />
          </svg>
          allowed
        </span>
      </div>
    </div>
  );
}

/** The hook, then how far apart every two engines are at it. */
function linesAt({ hooks, pairs }: Track, place: number): string[] {
  const sizes = pairs.flatMap(({ engines, rows }) => {
    const row = rows[place];
    return row ? [`${pairName(engines)} ${magnitude(row.relative, 1)}${row.ok ? '' : ' ✗'}`] : [];
  });
  return [hooks[place] ?? '', ...sizes];
}

function Mark({ shape, colour, label }: { shape: DotShape; colour: string; label: string }) {
  return (
    <span className={styles.key}>
      <svg width="10" height="10" aria-hidden="true">
        <path d={DOTS[shape](5, 5, 3.2)} fill={colour} />
      </svg>
      {label}
    </span>
  );
}
