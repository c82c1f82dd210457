/** The maps of all arms and their difference on one scale; a click opens the run behind a cell. */

import { useState } from 'react';
import type { PatchGranularity } from '../../analysis/types/index.ts';
import { setHover } from '../../state/actions.ts';
import type { PatchCell } from '../../state/closer/patching.ts';
import { toggleCell } from '../../state/closer/patchingCell.ts';
import { patchPatching } from '../../state/closer/patchingPrompts.ts';
import { armTitle, comparison } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { largest } from '../../ui/colour.ts';
import { type Cell, Heatmap } from '../../ui/Heatmap.tsx';
import { Legend } from '../../ui/Legend.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import styles from './body.module.css';
import { cellName, type OfArm, type Picture, pictureOf, usualLayer } from './maps.ts';
import { effectInWords } from './words.ts';

interface EffectMapsProps {
  arms: readonly OfArm[];
  pieces: readonly string[];
  /** False while numbers come in. */
  whole: boolean;
}

interface NamedPicture extends Picture {
  key: string;
  title: string;
}

export function EffectMaps({ arms, pieces, whole }: EffectMapsProps) {
  const state = useWorkbench();
  const tooltip = useTooltip();
  const [pointed, setPointed] = useState<Cell | null>(null);
  const { cell: chosen, layer: chosenLayer } = state.closer.patching;
  const granularity = arms[0]?.map.convention.granularity ?? 'position';
  const layer = chosenLayer ?? usualLayer(arms, granularity);
  const own = arms.map(
    ({ arm, map }): NamedPicture => ({
      key: arm,
      title: armTitle(arm),
      ...pictureOf(map, granularity, pieces, layer, whole),
    }),
  );
  const pictures = [...own, ...differenceOf(own, comparison(state), granularity)];
  const [first] = pictures;
  if (!first) return null;
  const limit = Math.max(...own.map(({ values }) => largest(values)));
  const print = effectInWords;
  const valueAt = (picture: Picture, { row, column }: Cell) =>
    isPending(picture, row, column)
      ? null
      : (picture.values[row * picture.columns.length + column] ?? Number.NaN);
  /** Neurons are each arm's own, so a place names them apart. */
  const apart = granularity === 'neuron-topk';
  const lines = (cell: Cell) =>
    pictures.map((picture) => {
      const value = valueAt(picture, cell);
      const name = apart ? ` ${cellName(picture.cell(cell.row, cell.column), pieces)}` : '';
      return `${picture.title}${name} ${value === null ? 'not there yet' : print(value)}`;
    });
  const place = (picture: Picture, cell: Cell) =>
    apart
      ? `layer ${cell.row}, number ${cell.column + 1}`
      : cellName(picture.cell(cell.row, cell.column), pieces);
  const words = (cell: Cell) => `${place(first, cell)}: ${lines(cell).join(', ')}`;
  const onHover = (cell: Cell | null, anchor: DOMRect | null) => {
    setPointed(cell);
    if (granularity === 'head') setHover(cell && { place: { layer: cell.row, head: cell.column } });
    if (cell && anchor) tooltip.show(anchor, [place(first, cell), ...lines(cell)].join('\n'));
    else tooltip.hide();
  };
  const isTall = granularity === 'head' || apart;
  return (
    <figure>
      <figcaption className={styles.caption}>
        <span>{AXES[granularity]}</span>
        <Legend kind="diverging" limit={limit} format={print} />
        {granularity === 'head-position' && <LayerChoice arms={arms} layer={layer} />}
      </figcaption>
      <div className={isTall ? styles.smallMaps : styles.maps}>
        {pictures.map((picture) => (
          <div key={picture.key} className={styles.scroll}>
            <div style={{ minWidth: isTall ? undefined : picture.columns.length * LEAST_CELL + 24 }}>
              <Heatmap
                caption={picture.title}
                label={`Effect of patching by ${granularity === 'position' ? 'layer and position' : AXES[granularity]}, ${picture.title}`}
                rows={picture.rows}
                columns={picture.columns}
                values={picture.values}
                limit={limit}
                cellHeight={Math.round(Math.min(20, Math.max(11, 168 / picture.rows.length)))}
                print={(value, row, column) => (isPending(picture, row, column) ? '' : print(value))}
                uprightColumns={granularity === 'position' || granularity === 'head-position'}
                selected={chosen && placeIn(picture, chosen)}
                hovered={pointed}
                describe={words}
                onHover={onHover}
                onPick={({ row, column }) => {
                  if (!isPending(picture, row, column)) toggleCell(picture.cell(row, column));
                }}
              />
            </div>
          </div>
        ))}
      </div>
      <p className={styles.readout}>
        {pointed ? words(pointed) : 'click a cell for its numbers and its run'}
      </p>
    </figure>
  );
}

/** CSS pixels of a column that is a token, at least. */
const LEAST_CELL = 15;

const AXES: Record<PatchGranularity, string> = {
  position: 'layer ↓ · position →',
  head: 'layer ↓ · head →',
  'head-position': 'head ↓ · position →',
  'neuron-topk': 'layer ↓ · neuron, the strongest first →',
};

function LayerChoice({ arms, layer }: { arms: readonly OfArm[]; layer: number }) {
  const layers = [...new Set(arms.flatMap(({ map }) => map.layers))].sort((a, b) => a - b);
  return (
    <label className={styles.choice}>
      layer{' '}
      <select value={layer} onChange={(event) => patchPatching({ layer: Number(event.target.value) })}>
        {layers.map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </label>
  );
}

/** The second compared arm less the first; nothing where their cells are not the same parts. */
function differenceOf(
  pictures: readonly NamedPicture[],
  compared: readonly [string, string] | null,
  granularity: PatchGranularity,
): NamedPicture[] {
  const [first, second] = (compared ?? []).map((arm) => pictures.find(({ key }) => key === arm));
  if (!first || !second || granularity === 'neuron-topk') return [];
  if (first.values.length !== second.values.length) return [];
  const pending = new Set([...first.pending, ...second.pending]);
  return [
    {
      ...first,
      key: 'difference',
      title: `Δ ${second.title} − ${first.title}`,
      pending,
      values: second.values.map((value, i) => (pending.has(i) ? 0 : value - (first.values[i] as number))),
    },
  ];
}

const isPending = ({ pending, columns }: Picture, row: number, column: number) =>
  pending.has(row * columns.length + column);

/** Where a part stands in a picture; null where it does not. */
function placeIn({ rows, columns, cell }: Picture, chosen: PatchCell): Cell | null {
  const wanted = JSON.stringify(chosen);
  for (let row = 0; row < rows.length; row++)
    for (let column = 0; column < columns.length; column++)
      if (JSON.stringify(cell(row, column)) === wanted) return { row, column };
  return null;
}
