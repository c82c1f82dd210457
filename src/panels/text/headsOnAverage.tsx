/** What each head adds to the logit of the token that came, on average over the text: a map per model on one scale. */

import type { CorpusAttribution, CorpusTerm } from '../../analysis/types/index.ts';
import type { AnalysisResult, ArmId } from '../../engine/api.ts';
import { setHover, togglePin } from '../../state/actions.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { Place } from '../../state/types.ts';
import { largest } from '../../ui/colour.ts';
import { number, signed } from '../../ui/format.ts';
import { type Cell, Heatmap } from '../../ui/Heatmap.tsx';
import { Legend } from '../../ui/Legend.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import styles from './body.module.css';
import { attributionInWords, meanInWords } from './words.ts';

const CAPTION = 'What each head adds on average, mean |share| in logits';
const two = (value: number) => number(value, 2);

export function HeadsOnAverage({ result }: { result: AnalysisResult<'corpus'> }) {
  const tooltip = useTooltip();
  const hover = useWorkbench((state) => state.hover);
  const pinned = useWorkbench((state) => state.pinned);
  const maps = Object.entries(result.arms).flatMap(([arm, { attribution }]) =>
    attribution ? [mapOf(arm, attribution)] : [],
  );
  const [shape] = maps;
  if (!shape) return null;
  const limit = Math.max(...maps.map(({ values }) => largest(values)));
  const lines = ({ row, column }: Cell) =>
    maps.flatMap(({ arm, heads, columns }) => {
      const term = heads[row * columns + column];
      return term
        ? [`${armTitle(arm)} ${meanInWords(term.size, 2)}, with its sign ${signed(term.mean, 2)}`]
        : [];
    });
  const name = ({ row, column }: Cell) => `L${row}H${column}`;
  const onHover = (cell: Cell | null, anchor: DOMRect | null) => {
    setHover(cell && { place: { layer: cell.row, head: cell.column } });
    if (cell && anchor) tooltip.show(anchor, [name(cell), ...lines(cell)].join('\n'));
    else tooltip.hide();
  };
  return (
    <section aria-label="What each head adds on average">
      <h3 className={styles.heading}>What each head adds on average</h3>
      <p className={styles.answer}>{maps.map(({ arm, own }) => attributionInWords(arm, own)).join(' ')}</p>
      <p className={styles.hint}>
        A head’s share of the logit of the token that came (centred over the vocabulary), its size averaged
        (mean |share|) over all scored tokens but outliers. With LayerNorm the final scale is held at what it
        was at each token. Shares of both signs count in full, so that heads that help here and harm there
        stand out too. Layer ↓ · head → ·{' '}
        <Legend kind="sequential" limit={limit} format={two} unit="logits" />
      </p>
      <div className={styles.plots}>
        {maps.map(({ arm, layers, columns, values }) => (
          <Heatmap
            key={arm}
            caption={armTitle(arm)}
            label={`${CAPTION}, by layer and head, ${armTitle(arm)}`}
            rows={Array.from({ length: layers }, (_, layer) => String(layer))}
            columns={Array.from({ length: columns }, (_, head) => String(head))}
            values={values}
            limit={limit}
            kind="sequential"
            cellHeight={Math.round(Math.min(18, Math.max(11, 150 / layers)))}
            print={two}
            selected={cellOf(pinned)}
            hovered={cellOf(hover?.place)}
            describe={(cell) => `${name(cell)}: ${lines(cell).join('; ')}`}
            onHover={onHover}
            onPick={(cell) => void togglePin({ layer: cell.row, head: cell.column })}
          />
        ))}
      </div>
    </section>
  );
}

interface HeadMap {
  arm: ArmId;
  own: CorpusAttribution;
  heads: readonly CorpusTerm[];
  layers: number;
  columns: number;
  values: Float64Array;
}

function mapOf(arm: ArmId, own: CorpusAttribution): HeadMap {
  const { heads } = own;
  const columns = heads.filter(({ layer }) => layer === 0).length;
  const values = Float64Array.from(heads, ({ size }) => size.mean);
  return { arm, own, heads, layers: heads.length / columns, columns, values };
}

function cellOf(place: Place | null | undefined): Cell | null {
  if (place?.layer === undefined || place.head === undefined) return null;
  return { row: place.layer, column: place.head };
}
