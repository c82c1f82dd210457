/** Layer × head maps of one number of the error, one per arm on one scale; walking and hovering speak about the head. */

import type { DirectEffectTerm } from '../../analysis/types/index.ts';
import { setHover, togglePin } from '../../state/actions.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { Place } from '../../state/types.ts';
import { largest } from '../../ui/colour.ts';
import { number, signed } from '../../ui/format.ts';
import { type Cell, Heatmap } from '../../ui/Heatmap.tsx';
import { Legend } from '../../ui/Legend.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { Ablate, AblateArea, headUnderKeys } from '../ablate.tsx';
import styles from './body.module.css';
import { headMatrix, type OfArm } from './terms.ts';

interface ErrorMapsProps {
  arms: readonly OfArm[];
  caption: string;
  value: (term: DirectEffectTerm) => number;
  /** In per cent, from 0 up; else signed logits. */
  percent?: boolean;
}

const percents = (value: number) => number(value, value >= 10 ? 0 : 1);
const logits = (value: number) => signed(value, 2);

export function ErrorMaps({ arms, caption, value, percent = false }: ErrorMapsProps) {
  const tooltip = useTooltip();
  const hover = useWorkbench((state) => state.hover);
  const pinned = useWorkbench((state) => state.pinned);
  const maps = arms.map(({ arm, effects }) => ({ arm, ...headMatrix(effects.terms, value) }));
  const shape = maps[0];
  if (!shape || shape.layers === 0) return null;
  const limit = Math.max(...maps.map(({ values }) => largest(values)));
  const print = percent ? percents : logits;
  const words = ({ row, column }: Cell) =>
    `L${row}H${column}: ${maps.map(({ arm, heads, values }) => `${armTitle(arm)} ${print(values[row * heads + column] ?? Number.NaN)}${percent ? ' %' : ''}`).join(', ')}`;
  const onHover = (cell: Cell | null, anchor: DOMRect | null) => {
    setHover(cell && { place: { layer: cell.row, head: cell.column } });
    if (cell && anchor) tooltip.show(anchor, words(cell).replaceAll(', ', '\n').replace(': ', '\n'));
    else tooltip.hide();
  };
  return (
    <figure>
      <figcaption className={styles.caption}>
        {caption}; layer ↓ · head →{' '}
        <Legend
          kind={percent ? 'sequential' : 'diverging'}
          limit={limit}
          format={print}
          unit={percent ? '%' : undefined}
        />
      </figcaption>
      <AblateArea place={headUnderKeys}>
        <div className={styles.maps}>
          {maps.map(({ arm, layers, heads, values }) => (
            <Heatmap
              key={arm}
              caption={armTitle(arm)}
              label={`${caption} by layer and head, ${armTitle(arm)}`}
              rows={Array.from({ length: layers }, (_, l) => String(l))}
              columns={Array.from({ length: heads }, (_, h) => String(h))}
              values={values}
              limit={limit}
              kind={percent ? 'sequential' : 'diverging'}
              cellHeight={Math.round(Math.min(18, Math.max(11, 150 / layers)))}
              print={print}
              selected={cellOf(pinned)}
              hovered={cellOf(hover?.place)}
              describe={words}
              onHover={onHover}
              onPick={(cell) => void togglePin({ layer: cell.row, head: cell.column })}
            />
          ))}
        </div>
      </AblateArea>
      {pinned?.head !== undefined && <Ablate place={pinned} name={`L${pinned.layer}H${pinned.head}`} />}
    </figure>
  );
}

function cellOf(place: Place | null | undefined): Cell | null {
  if (place?.layer === undefined || place.head === undefined) return null;
  return { row: place.layer, column: place.head };
}
