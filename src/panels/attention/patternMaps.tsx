/** One head's patterns, query by key, per arm and their difference; a cell picked can be cut. */

import { type CSSProperties, useMemo, useRef, useState } from 'react';
import type { HeadPattern } from '../../analysis/types/index.ts';
import { setHover, setPosition } from '../../state/actions.ts';
import type { Weighting } from '../../state/closer/attention.ts';
import { armTitle, comparison, positionOf } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { CopyButtons } from '../../ui/CopyButtons.tsx';
import { largest } from '../../ui/colour.ts';
import { toCsv } from '../../ui/csv.ts';
import { number, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { type Cell, Heatmap } from '../../ui/Heatmap.tsx';
import { Legend } from '../../ui/Legend.tsx';
import { useGrown } from '../../ui/Maximise.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { useRevealed } from '../../ui/useRevealed.ts';
import { Ablate, AblateArea } from '../ablate.tsx';
import styles from './body.module.css';
import { weightedBy, weightingInWords } from './weighting.ts';

export interface ArmHead {
  arm: string;
  own: HeadPattern;
}

/** So many tokens are in sight at once; more scroll, beside and below labels of about this size in CSS pixels. */
const FITS = 36;
const LABELS = 100;

interface MapsProps {
  arms: readonly ArmHead[];
  pieces: readonly string[];
  weighting: Weighting;
}

export function PatternMaps({ arms, pieces, weighting }: MapsProps) {
  const state = useWorkbench();
  const tooltip = useTooltip();
  const compared = comparison(state);
  const maps = useMemo(() => mapsOf(arms, compared, weighting), [arms, compared, weighting]);
  const T = pieces.length;
  const side = useGrown(cellSide(T), T, T);
  const { layer = 0, head = 0 } = arms[0]?.own ?? {};
  const [picked, setPicked] = useState<Cell | null>(null);
  const walked = useRef<Cell | null>(null);
  const placeOf = (cell: Cell | null) => cell && { layer, head, query: cell.row, key: cell.column };
  const chosen = placeOf(picked);
  const tokens = useMemo(() => pieces.map((piece, p) => `${p} ${glyphs(piece)}`), [pieces]);
  const position = Math.min(positionOf(state), T - 1);
  const hovered = state.hover?.position;
  const place = T > FITS ? (position + 0.5) * side + LABELS : null;
  const box = useRevealed<HTMLElement>(place, place);
  const own = maps.filter(({ key }) => key !== 'difference');
  const limit = weighting === 'pattern' ? 1 : largest(own.flatMap(({ values }) => [...values]));
  const differenceLimit = largest(maps.find(({ key }) => key === 'difference')?.values ?? []);
  const isSigned = weighting === 'dla';
  const format = (value: number) => (isSigned ? signed(value, 3) : number(value, 3));
  const valueAt = (values: Float32Array, { row, column }: Cell) => values[row * T + column] as number;
  const inWords = (key: string, value: number) => (key === 'difference' ? signed(value, 3) : format(value));
  const lines = (cell: Cell) =>
    cell.column > cell.row
      ? [`${tokens[cell.row]} cannot see ${tokens[cell.column]}, which comes later`]
      : [
          `from ${tokens[cell.row]} to ${tokens[cell.column]}`,
          ...maps.map(({ key, short, values }) => `${short} ${inWords(key, valueAt(values, cell))}`),
        ];
  const onHover = (cell: Cell | null, anchor: DOMRect | null) => {
    setHover(cell && { position: cell.column });
    walked.current = cell;
    if (cell && anchor) tooltip.show(anchor, lines(cell).join('\n'));
    else tooltip.hide();
  };
  const csv = () =>
    toCsv(
      ['query', 'key', 'query_piece', 'key_piece', ...maps.map(({ key }) => key)],
      pieces.flatMap((query, row) =>
        pieces
          .slice(0, row + 1)
          .map((key, column) => [
            row,
            column,
            query,
            key,
            ...maps.map(({ values }) => valueAt(values, { row, column })),
          ]),
      ),
    );
  return (
    <>
      <p className={styles.note}>
        {weightingInWords(weighting, state.target, state.contrast)} Query ↓, key →; the framed row is the
        pinned position.{' '}
        {weighting !== 'pattern' &&
          own.map(({ key, short, values }) => (
            <span key={key}>
              {short} adds up to {format(rowSum(values, position, T))} there.{' '}
            </span>
          ))}
      </p>
      <div className={styles.legends}>
        <Legend kind={isSigned ? 'diverging' : 'sequential'} limit={limit} format={format} />
        {compared && maps.length > own.length && (
          <span>
            Δ <Legend kind="diverging" limit={differenceLimit} format={(value) => signed(value, 3)} />
          </span>
        )}
        <CopyButtons name={`pattern-${weighting}`} csv={csv} />
        {chosen && (
          <Ablate place={chosen} name={`attention ${tokens[chosen.query]} → ${tokens[chosen.key]}`} />
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section ref={box} className={styles.tall} aria-label="The head's patterns" tabIndex={0}>
        <AblateArea place={() => placeOf(walked.current ?? picked)}>
          <div className={styles.patterns} style={{ '--tokens': T, '--cell': `${side}px` } as CSSProperties}>
            {maps.map(({ key, title, values }) => (
              <Heatmap
                key={key}
                caption={title}
                label={`Pattern of the head by query and key, ${title}`}
                rows={tokens}
                columns={tokens}
                values={values}
                kind={key === 'difference' || isSigned ? 'diverging' : 'sequential'}
                limit={key === 'difference' ? differenceLimit : limit}
                cellHeight={cellSide(T)}
                square
                uprightColumns
                selected={{ row: position, column: -1 }}
                hovered={hovered === undefined ? null : { row: -1, column: hovered }}
                describe={(cell) => lines(cell).join(', ')}
                onHover={onHover}
                onPick={(cell) => {
                  setPicked(cell);
                  void setPosition(cell.row);
                }}
              />
            ))}
          </div>
        </AblateArea>
      </section>
    </>
  );
}

interface PatternMap {
  key: string;
  title: string;
  short: string;
  values: Float32Array;
}

function mapsOf(
  arms: readonly ArmHead[],
  compared: readonly [string, string] | null,
  weighting: Weighting,
): PatternMap[] {
  const maps = arms.flatMap(({ arm, own }): PatternMap[] => {
    const values = weightedBy(own, weighting);
    return values ? [{ key: arm, title: armTitle(arm), short: armTitle(arm), values }] : [];
  });
  const [first, second] = (compared ?? []).map((arm) => maps.find(({ key }) => key === arm));
  if (!first || !second) return maps;
  const values = second.values.map((value, i) => value - (first.values[i] as number));
  return [...maps, { key: 'difference', title: `Δ ${second.title} − ${first.title}`, short: 'Δ', values }];
}

function rowSum(values: Float32Array, row: number, width: number): number {
  return values.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value, 0);
}

/** CSS pixels of a cell's side: tokens stay readable up to a point, then the map scrolls. */
function cellSide(tokens: number): number {
  return tokens <= 64 ? 14 : 11;
}
