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
import styles from './body.module.css';
import { type Grid, gridBetween, gridOf, topAt } from './lens.ts';
import { type ArmLens, differenceInWords, placeInWords, valueInWords } from './words.ts';

interface GridsProps {
  result: ResultOf<'logit-lens'>;
  lenses: readonly ArmLens[];
  compared: readonly [string, string] | null;
  colour: LensColour;
  position: number;
}

/** Longer tokens are cut in a cell; the words have them whole. */
const CELL_LETTERS = 8;

export function Grids({ result, lenses, compared, colour, position }: GridsProps) {
  const tooltip = useTooltip();
  const hovered = useWorkbench((state) => state.hover?.position);
  const grids = useMemo(
    () => new Map(lenses.map(({ arm, lens }) => [arm, gridOf(lens, colour)])),
    [lenses, colour],
  );
  const layers = lenses[0]?.lens.hooks.length ?? 0;
  const count = result.tokens.length;
  const columns = useMemo(() => result.pieces.map((piece, p) => `${p} ${glyphs(piece)}`), [result]);
  const rows = Array.from({ length: layers }, (_, layer) => String(layer));
  const [first, second] = (compared ?? []).map((arm) => grids.get(arm));
  const difference = first && second ? gridBetween(first, second) : null;
  const isShare = colour !== 'entropy';
  const limit = isShare ? 1 : largest([...grids.values()].flatMap((grid) => [...grid]));
  const differenceLimit = difference ? largest(difference) : 0;

  const linesAt = ({ row, column }: Cell): string[] => [
    `after layer ${row} at ${columns[column] ?? ''}`,
    ...lenses.flatMap((own) => [
      armTitle(own.arm),
      ...placeInWords(own, row, column).map((line) => `  ${line}`),
    ]),
    ...(difference && compared
      ? [`Δ ${differenceInWords(difference[row * count + column] ?? Number.NaN, colour)}`]
      : []),
  ];
  const onHover = (cell: Cell | null, anchor: DOMRect | null) => {
    setHover(cell && { position: cell.column });
    if (cell && anchor) tooltip.show(anchor, linesAt(cell).join('\n'));
    else tooltip.hide();
  };
  const map = (key: string, caption: string, values: Grid, own: ArmLens | null) => (
    <Heatmap
      key={key}
      caption={caption}
      label={`Logit lens by layer and position, ${caption}`}
      rows={rows}
      columns={columns}
      values={values.map((value) => (Number.isNaN(value) ? 0 : value))}
      kind={own ? 'sequential' : 'diverging'}
      limit={own ? limit : differenceLimit}
      cellHeight={17}
      uprightColumns
      print={own ? (_, row, column) => cellText(own, row, column) : undefined}
      selected={{ row: -1, column: position }}
      hovered={hovered === undefined ? null : { row: -1, column: hovered }}
      describe={(cell) =>
        own
          ? `${linesAt(cell)[0]}: ${caption} ${valueInWords(values[cell.row * count + cell.column] ?? Number.NaN, colour)}, ${placeInWords(own, cell.row, cell.column).join(', ')}`
          : `${linesAt(cell)[0]}: ${linesAt(cell).at(-1)}`
      }
      onHover={onHover}
      onPick={(cell) => void setPosition(cell.column)}
    />
  );
  const format = (value: number) => (isShare && colour !== 'rank' ? percent(value) : number(value, 2));
  const title = compared ? `Δ ${armTitle(compared[1])} − ${armTitle(compared[0])}` : '';
  return (
    <>
      <div className={styles.legends}>
        <Legend
          kind="sequential"
          limit={limit}
          format={format}
          unit={colour === 'entropy' ? 'nats' : undefined}
        />
        {difference && (
          <span className={styles.choice}>
            Δ
            <Legend
              kind="diverging"
              limit={differenceLimit}
              format={isShare && colour !== 'rank' ? points : (value) => signed(value, 2)}
              unit={isShare && colour !== 'rank' ? 'points' : undefined}
            />
          </span>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.scroll} aria-label="Logit lens grids" tabIndex={0}>
        <div className={styles.grids} style={{ '--columns': count } as CSSProperties}>
          {lenses.map((own) => map(own.arm, armTitle(own.arm), grids.get(own.arm) as Grid, own))}
          {difference && map('difference', title, difference, null)}
        </div>
      </section>
    </>
  );
}

/** The likeliest token, as much of it as a cell holds. */
function cellText({ lens }: ArmLens, row: number, column: number): string {
  const text = glyphs(topAt(lens, row, column)[0]?.piece ?? '');
  return text.length > CELL_LETTERS ? `${text.slice(0, CELL_LETTERS - 1)}…` : text;
}
