/** Layer × head maps, one per arm and their difference, on one scale; with a readout and the table behind them. */

import { useState } from 'react';
import { MEANS } from '../../lessons/means.ts';
import { setHover, setView, togglePin } from '../../state/actions.ts';
import { viewed, viewSuffix } from '../../state/edits/viewed.ts';
import { armTitle, comparison } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { Place } from '../../state/types.ts';
import { CopyButtons } from '../../ui/CopyButtons.tsx';
import { largest } from '../../ui/colour.ts';
import { toCsv } from '../../ui/csv.ts';
import { signed } from '../../ui/format.ts';
import { type Cell, Heatmap } from '../../ui/Heatmap.tsx';
import { Legend } from '../../ui/Legend.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { Ablate, AblateArea, headUnderKeys } from '../ablate.tsx';
import styles from './headMaps.module.css';
import { type HeadMatrix, headMatrix, subtract } from './terms.ts';

interface Map {
  key: string;
  title: string;
  /** For the readout. */
  short: string;
  matrix: HeadMatrix;
  /** Of the unedited models, for the readout; null where nothing is edited, or only what that changed is drawn. */
  before: HeadMatrix | null;
}

const two = (value: number) => signed(value, 2);

export function HeadMaps() {
  const state = useWorkbench();
  const tooltip = useTooltip();
  const [tableOpen, setTableOpen] = useState(false);
  const { hover, pinned, sharedScale } = state;
  const maps = mapsOf();
  const shape = maps[0]?.matrix;
  if (!shape || shape.layers === 0) return null;

  function mapsOf(): Map[] {
    const { result, view, base } = viewed(state, 'dla:head');
    if (!result) return [];
    const arms = state.shown.filter((arm) => arm in result.arms);
    const own = arms.map((arm) => ({
      key: arm,
      title: armTitle(arm),
      short: armTitle(arm),
      matrix: headMatrix(result.arms[arm] ?? { terms: [] }),
      before: view === 'edited' ? headMatrix(base?.arms[arm] ?? { terms: [] }) : null,
    }));
    const [first, second] = (comparison(state) ?? []).map((arm) => own.find((map) => map.key === arm));
    if (!first || !second) return own;
    return [
      ...own,
      {
        key: 'difference',
        short: 'Δ',
        title: `Δ ${second.title} − ${first.title}`,
        matrix: subtract(second.matrix, first.matrix),
        before: null,
      },
    ];
  }

  const limitOf = (map: Map) => largest(map.matrix.values);
  const sharedLimit = Math.max(...maps.map(limitOf));
  const at = ({ values, heads }: HeadMatrix, { row, column }: Cell) =>
    values[row * heads + column] ?? Number.NaN;
  const valueAt = (map: Map, cell: Cell) => at(map.matrix, cell);
  const inWords = (map: Map, cell: Cell) =>
    `${map.short} ${two(valueAt(map, cell))}${map.before ? ` (was ${two(at(map.before, cell))})` : ''}`;
  const words = (cell: Cell) =>
    `L${cell.row}H${cell.column}: ${maps.map((map) => inWords(map, cell)).join(', ')}`;
  const onHover = (cell: Cell | null, anchor: DOMRect | null) => {
    setHover(cell && { place: { layer: cell.row, head: cell.column } });
    if (cell && anchor) tooltip.show(anchor, words(cell).replaceAll(', ', '\n').replace(': ', '\n'));
    else tooltip.hide();
  };
  const layers = Array.from({ length: shape.layers }, (_, l) => String(l));
  const heads = Array.from({ length: shape.heads }, (_, h) => String(h));
  const spoken = cellOf(hover?.place) ?? cellOf(pinned);
  const csv = () =>
    toCsv(
      ['layer', 'head', ...maps.map((map) => map.key + viewSuffix(viewed(state, 'dla:head').view))],
      layers.flatMap((_, row) =>
        heads.map((_h, column) => [row, column, ...maps.map((map) => valueAt(map, { row, column }))]),
      ),
    );

  return (
    <div className={styles.maps}>
      <AblateArea place={headUnderKeys}>
        <div className={styles.row}>
          {maps.map((map) => (
            <Heatmap
              key={map.key}
              caption={map.title}
              label={`Attribution by layer and head, ${map.title}`}
              rows={layers}
              columns={heads}
              values={map.matrix.values}
              limit={sharedScale ? sharedLimit : limitOf(map)}
              cellHeight={Math.round(Math.min(18, Math.max(11, 132 / shape.layers)))}
              print={two}
              selected={cellOf(pinned)}
              hovered={cellOf(hover?.place)}
              describe={words}
              onHover={onHover}
              onPick={(cell) => void togglePin({ layer: cell.row, head: cell.column })}
            />
          ))}
        </div>
      </AblateArea>
      <div className={styles.foot}>
        <span
          className={maps.length > 3 || maps[0]?.before ? `${styles.readout} ${styles.long}` : styles.readout}
        >
          {spoken && spoken.column >= 0 ? words(spoken) : 'layer ↓ · head → · click pins a head'}
        </span>
        {pinned?.head !== undefined && <Ablate place={pinned} name={`L${pinned.layer}H${pinned.head}`} />}
        {sharedScale && <Legend kind="diverging" limit={sharedLimit} format={two} />}
        <label className={styles.lock}>
          <input
            type="checkbox"
            checked={sharedScale}
            onChange={(event) => void setView({ sharedScale: event.target.checked })}
          />{' '}
          one scale
        </label>
        <details className={styles.table} onToggle={(event) => setTableOpen(event.currentTarget.open)}>
          <summary>Heads as a table</summary>
          {tableOpen && (
            <>
              <CopyButtons name="heads" csv={csv} />
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
              <section className={styles.scroll} aria-label="Every head’s attribution" tabIndex={0}>
                <table>
                  <thead>
                    <tr>
                      <th scope="col" title={MEANS.head}>
                        head
                      </th>
                      {maps.map((map) => (
                        <th key={map.key} scope="col">
                          {map.title}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {layers.flatMap((_, row) =>
                      heads.map((_h, column) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: a head is its layer and index
                        <tr key={`${row}.${column}`}>
                          <th scope="row">
                            L{row}H{column}
                          </th>
                          {maps.map((map) => (
                            <td key={map.key}>{signed(valueAt(map, { row, column }), 4)}</td>
                          ))}
                        </tr>
                      )),
                    )}
                  </tbody>
                </table>
              </section>
            </>
          )}
        </details>
      </div>
    </div>
  );
}

/** A head's cell; a whole layer's attention is its row. */
function cellOf(place: Place | null | undefined): Cell | null {
  if (place?.layer === undefined) return null;
  if (place.head !== undefined) return { row: place.layer, column: place.head };
  return place.term?.endsWith('.attn') ? { row: place.layer, column: -1 } : null;
}
