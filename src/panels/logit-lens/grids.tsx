/** One grid of layers × positions per arm and their difference; wide prompts scroll. */

import { type CSSProperties, useMemo } from 'react';
import { setHover, setPosition } from '../../state/actions.ts';
import type { LensColour } from '../../state/closer/logitLens.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { ResultOf } from '../../state/types.ts';
import { largest } from '../../ui/colour.ts';
import { number, percent, points, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { type Cell, Heatmap } from '../../ui/Heatmap.tsx';
import { Legend } from '../../ui/Legend.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { useRevealed } from '../../ui/useRevealed.ts';
import styles from './body.module.css';
import { type Grid, gridBetween, gridOf, hasNone, topAt } from './lens.ts';
import { type ArmLens, differenceInWords, placeInWords, valueInWords } from './words.ts';

interface GridsProps {
  result: ResultOf<'logit-lens'>;
  lenses: readonly ArmLens[];
  compared: readonly [string, string] | null;
  colour: LensColour;
  position: number;
}

/** CSS pixels of a cell at least, and of the layers' numbers beside the grid; as in the style sheet. */
const CELL_WIDTH = 46;
const ROW_NAMES = 24;

/** Longer tokens are cut in a cell; the words have them whole. */
const CELL_LETTERS = 8;

/** What stands below the arms' own grids: how far two of them are apart. */
interface Apart {
  title: string;
  values: Grid;
  kind: 'diverging' | 'sequential';
  limit: number;
  legend: (value: number) => string;
  unit: string | undefined;
  inWords: (value: number) => string;
}

export function Grids({ result, lenses, compared, colour, position }: GridsProps) {
  const tooltip = useTooltip();
  const hovered = useWorkbench((state) => state.hover?.position);
  const grids = useMemo(
    () => new Map(lenses.map(({ arm, lens }) => [arm, gridOf(lens, colour)])),
    [lenses, colour],
  );
  const apart = useMemo(() => apartOf(result, grids, compared, colour), [result, grids, compared, colour]);
  const count = result.tokens.length;
  const box = useRevealed<HTMLElement>((position + 0.5) * CELL_WIDTH + ROW_NAMES, null);
  const columns = useMemo(() => result.pieces.map((piece, p) => `${p} ${glyphs(piece)}`), [result]);
  const isShare = colour !== 'entropy';
  const limit = isShare ? 1 : largest([...grids.values()].flatMap((grid) => [...grid]));
  const format = (value: number) => (isShare && colour !== 'rank' ? percent(value) : number(value, 2));

  const valueAt = (values: Grid, { row, column }: Cell) => values[row * count + column] ?? Number.NaN;
  const placeOf = ({ row, column }: Cell) => `after layer ${row} at ${columns[column] ?? ''}`;
  const isNone = (column: number) => lenses.some(({ lens }) => hasNone(lens, colour, column));
  const apartAt = (cell: Cell) =>
    apart && !isNone(cell.column) ? [`${apart.title}: ${apart.inWords(valueAt(apart.values, cell))}`] : [];
  const onHover = (cell: Cell | null, anchor: DOMRect | null) => {
    setHover(cell && { position: cell.column });
    if (!cell || !anchor) return tooltip.hide();
    const arms = lenses
      .filter(({ lens }) => cell.row < lens.hooks.length)
      .flatMap((own) => [
        armTitle(own.arm),
        ...placeInWords(own, cell.row, cell.column).map((line) => `  ${line}`),
      ]);
    tooltip.show(anchor, [placeOf(cell), ...arms, ...apartAt(cell)].join('\n'));
  };
  const shared = {
    columns,
    cellHeight: 17,
    uprightColumns: true,
    selected: { row: -1, column: position },
    hovered: hovered === undefined ? null : { row: -1, column: hovered },
    onHover,
    onPick: (cell: Cell) => void setPosition(cell.column),
  };
  /** Where there is nothing to show there is no colour; a number that is none stays, to stand out. */
  const drawn = (values: Grid) => values.map((value, i) => (isNone(i % count) ? 0 : value));
  const armGrid = (own: ArmLens) => {
    const values = grids.get(own.arm) as Grid;
    const title = armTitle(own.arm);
    return (
      <Heatmap
        {...shared}
        key={own.arm}
        caption={title}
        label={`Logit lens by layer and position, ${title}`}
        rows={names(own.lens.hooks.length)}
        values={drawn(values)}
        kind="sequential"
        limit={limit}
        print={(_, row, column) => cellText(own, row, column)}
        describe={(cell) => {
          const value = isNone(cell.column) ? 'none' : valueInWords(valueAt(values, cell), colour);
          return `${placeOf(cell)}: ${title} ${value}, ${placeInWords(own, cell.row, cell.column).join(', ')}`;
        }}
      />
    );
  };
  return (
    <>
      <div className={styles.legends}>
        <Legend
          kind="sequential"
          limit={limit}
          format={format}
          unit={colour === 'entropy' ? 'nats' : undefined}
        />
        {apart && (
          <span className={styles.choice}>
            {apart.kind === 'diverging' ? 'Δ' : 'JSD'}
            <Legend kind={apart.kind} limit={apart.limit} format={apart.legend} unit={apart.unit} />
          </span>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section ref={box} className={styles.scroll} aria-label="Logit lens grids" tabIndex={0}>
        <div className={styles.grids} style={{ '--columns': count } as CSSProperties}>
          {lenses.map(armGrid)}
          {apart && (
            <Heatmap
              {...shared}
              caption={apart.title}
              label={`Logit lens by layer and position, ${apart.title}`}
              rows={names(apart.values.length / count)}
              values={drawn(apart.values)}
              kind={apart.kind}
              limit={apart.limit}
              describe={(cell) => [placeOf(cell), ...apartAt(cell)].join(': ')}
            />
          )}
        </div>
      </section>
    </>
  );
}

const names = (count: number) => Array.from({ length: count }, (_, i) => String(i));

/**
 * Of the likeliest tokens, which may differ, the divergence of both predictions where it could be had; else the difference
 * of what the grids are coloured by. Null for arms of different depth, and where fewer than two are compared.
 */
function apartOf(
  { between = {} }: ResultOf<'logit-lens'>,
  grids: ReadonlyMap<string, Grid>,
  compared: readonly [string, string] | null,
  colour: LensColour,
): Apart | null {
  const [first, second] = (compared ?? []).map((arm) => grids.get(arm));
  if (!compared || !first || !second || first.length !== second.length) return null;
  const [a, b] = compared;
  const jsd = (between[`${a}|${b}`] ?? between[`${b}|${a}`])?.jsd;
  if (colour === 'top' && jsd) {
    const nats = (value: number) => `${number(value, 3)} nats`;
    return {
      title: `How far ${armTitle(a)} and ${armTitle(b)} are apart (Jensen–Shannon)`,
      values: jsd.data,
      kind: 'sequential',
      limit: largest(jsd.data),
      legend: (value) => number(value, 3),
      unit: 'nats',
      inWords: nats,
    };
  }
  const values = gridBetween(first, second);
  const inPoints = colour === 'top' || colour === 'next' || colour === 'target';
  return {
    title: `Δ ${armTitle(b)} − ${armTitle(a)}`,
    values,
    kind: 'diverging',
    limit: largest(values),
    legend: inPoints ? points : (value) => signed(value, 2),
    unit: inPoints ? 'points' : undefined,
    inWords: (value) => differenceInWords(value, colour),
  };
}

/** The likeliest token, as much of it as a cell holds. */
function cellText({ lens }: ArmLens, row: number, column: number): string {
  const text = glyphs(topAt(lens, row, column)[0]?.piece ?? '');
  return text.length > CELL_LETTERS ? `${text.slice(0, CELL_LETTERS - 1)}…` : text;
}
