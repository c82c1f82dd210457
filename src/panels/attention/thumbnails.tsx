/** Small pictures of every head, layer × head, per arm; a click opens one in full. */

import { type CSSProperties, useMemo } from 'react';
import { setHover, togglePin } from '../../state/actions.ts';
import { pinnedHead } from '../../state/closer/attentionAsks.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { CellPainter } from '../../ui/drawCells.ts';
import { number } from '../../ui/format.ts';
import { type Cell, Heatmap } from '../../ui/Heatmap.tsx';
import { useGrown } from '../../ui/Maximise.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { AblateArea, headUnderKeys } from '../ablate.tsx';
import styles from './body.module.css';
import { type ArmOverview, SCORES, scoreOf } from './heads.ts';

interface ThumbnailsProps {
  arms: readonly ArmOverview[];
  bins: readonly number[];
  tokens: number;
}

/** CSS pixels of a picture's side, by how many heads stand in a row. */
const side = (heads: number) => (heads <= 8 ? 56 : heads <= 16 ? 40 : 30);

const names = (count: number) => Array.from({ length: count }, (_, i) => String(i));

export function Thumbnails({ arms, bins, tokens }: ThumbnailsProps) {
  const state = useWorkbench();
  const tooltip = useTooltip();
  const pinned = pinnedHead(state);
  const { hover } = state;
  const words = ({ row, column }: Cell) => [
    `L${row}H${column}`,
    ...arms.flatMap(({ arm, overview }) => [
      armTitle(arm),
      ...SCORES.map(({ name, label }) => {
        const value = scoreOf(overview, name, row, column);
        return `  ${label} ${value === null ? 'n/a' : number(value, 2)}`;
      }),
    ]),
  ];
  const onHover = (cell: Cell | null, anchor: DOMRect | null) => {
    setHover(cell && { place: { layer: cell.row, head: cell.column } });
    if (cell && anchor) tooltip.show(anchor, words(cell).join('\n'));
    else tooltip.hide();
  };
  const over = hover?.place;
  const pooled = bins.length < tokens;
  return (
    <>
      <p className={styles.note}>
        Every head: layer ↓, head →. In each picture the queries go down and the keys to the right; a stronger
        colour is more attention. Click one to see it in full.
        {pooled &&
          ` ${tokens} tokens are drawn as ${bins.length}: a cell is what its queries pay to all its keys, on average.`}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.scroll} aria-label="Pictures of every head" tabIndex={0}>
        <AblateArea place={headUnderKeys}>
          <div className={styles.maps}>
            {arms.map(({ arm, overview }) => (
              <ArmThumbnails
                key={arm}
                title={armTitle(arm)}
                overview={overview}
                selected={pinned && { row: pinned.layer, column: pinned.head }}
                hovered={
                  over?.layer !== undefined && over.head !== undefined
                    ? { row: over.layer, column: over.head }
                    : null
                }
                describe={(cell) => words(cell).join(', ')}
                onHover={onHover}
              />
            ))}
          </div>
        </AblateArea>
      </section>
    </>
  );
}

interface ArmThumbnailsProps {
  title: string;
  overview: ArmOverview['overview'];
  selected: Cell | null;
  hovered: Cell | null;
  describe: (cell: Cell) => string;
  onHover: (cell: Cell | null, anchor: DOMRect | null) => void;
}

function ArmThumbnails({ title, overview, ...props }: ArmThumbnailsProps) {
  const { thumbnails } = overview;
  const [layers = 0, heads = 0] = thumbnails.shape;
  const paint = useMemo(() => painter(thumbnails.data, thumbnails.shape), [thumbnails]);
  const size = { '--heads': heads, '--side': `${useGrown(side(heads), layers, heads)}px` } as CSSProperties;
  return (
    <div className={styles.thumbnails} style={size}>
      <Heatmap
        {...props}
        caption={title}
        rows={names(layers)}
        columns={names(heads)}
        cellHeight={side(heads)}
        square
        label={`Attention patterns by layer and head, ${title}`}
        values={thumbnails.data}
        limit={1}
        kind="sequential"
        paint={paint}
        onPick={(cell) => void togglePin({ layer: cell.row, head: cell.column })}
      />
    </div>
  );
}

/** Attention below this leaves a picture's pixel as it is. */
const FAINT = 0.02;

/** Draws one head's picture into its cell. */
function painter(data: Float32Array, shape: readonly number[]): CellPainter {
  const [, heads = 1, n = 1] = shape;
  return (context, { row, column }, { x, y, width, height }) => {
    const pixel = { width: width / n, height: height / n };
    const start = (row * heads + column) * n * n;
    context.fillStyle = getComputedStyle(context.canvas).getPropertyValue('--heat');
    for (let query = 0; query < n; query++) {
      for (let key = 0; key <= query; key++) {
        const value = data[start + query * n + key] as number;
        if (value < FAINT) continue;
        context.globalAlpha = Math.min(1, Math.sqrt(value));
        context.fillRect(x + key * pixel.width, y + query * pixel.height, pixel.width, pixel.height);
      }
    }
    context.globalAlpha = 1;
  };
}
