/** σ of every norm at every position, one map per arm on one scale; wide prompts scroll. */

import { type CSSProperties, useMemo, useRef, useState } from 'react';
import { setHover, setPosition } from '../../state/actions.ts';
import { armTitle, positionOf } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { largest } from '../../ui/colour.ts';
import { compact } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { type Cell, Heatmap } from '../../ui/Heatmap.tsx';
import { Legend } from '../../ui/Legend.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { Ablate, AblateArea } from '../ablate.tsx';
import styles from './body.module.css';
import { type ArmScales, rowOf, siteName } from './words.ts';

export function SigmaMaps({ arms, pieces }: { arms: readonly ArmScales[]; pieces: readonly string[] }) {
  const tooltip = useTooltip();
  const state = useWorkbench();
  const count = pieces.length;
  const columns = useMemo(() => pieces.map((piece, p) => `${p} ${glyphs(piece)}`), [pieces]);
  const sites = arms[0]?.scales.sites ?? [];
  const [picked, setPicked] = useState<string | null>(null);
  const walked = useRef<string | null>(null);
  const frozen = normOf(picked);
  const position = Math.min(positionOf(state), count - 1);
  // Position 0 is special and may be far beyond the others: it does not set the scale.
  const limit = largest(
    arms.flatMap(({ scales }) =>
      scales.sites.flatMap((_, row) => rowOf(scales.sigma, row).slice(count > 1 ? 1 : 0)),
    ),
  );

  const place = ({ row, column }: Cell) => `${siteName(sites[row] ?? '')} at ${columns[column] ?? ''}`;
  const valueIn = ({ scales }: ArmScales, { row, column }: Cell) =>
    compact(scales.sigma.data[row * count + column] ?? Number.NaN);
  const onHover = (cell: Cell | null, anchor: DOMRect | null) => {
    setHover(cell && { position: cell.column });
    walked.current = (cell && sites[cell.row]) ?? null;
    if (!cell || !anchor) return tooltip.hide();
    const lines = arms.map((own) => `${titleOf(own)}: ${valueIn(own, cell)}`);
    tooltip.show(anchor, [place(cell), ...lines].join('\n'));
  };
  return (
    <>
      <p className={styles.note}>
        One row per norm (ln1 before attention, ln2 before the MLP, final before the unembedding), one column
        per token. Position 0 is left out of the colour scale. Click a cell to pin its position, and to freeze
        its norm beside the legend.
      </p>
      <div className={styles.legends}>
        <Legend kind="sequential" limit={limit} format={compact} unit="σ" />
        {frozen && <Ablate place={frozen} name={`σ of ${siteName(picked ?? '')}`} />}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.scroll} aria-label="Scales by norm and position" tabIndex={0}>
        <AblateArea place={() => normOf(walked.current ?? picked)}>
          <div className={styles.maps} style={{ '--columns': count } as CSSProperties}>
            {arms.map((own) => (
              <Heatmap
                key={own.arm}
                caption={titleOf(own)}
                label={`σ by norm and position, ${armTitle(own.arm)}`}
                rows={sites.map(siteName)}
                columns={columns}
                values={own.scales.sigma.data}
                kind="sequential"
                limit={limit}
                cellHeight={15}
                uprightColumns
                print={compact}
                selected={{ row: -1, column: position }}
                hovered={
                  state.hover?.position === undefined ? null : { row: -1, column: state.hover.position }
                }
                describe={(cell) => `${place(cell)}: ${valueIn(own, cell)}`}
                onHover={onHover}
                onPick={(cell) => {
                  setPicked(sites[cell.row] ?? null);
                  void setPosition(cell.column);
                }}
              />
            ))}
          </div>
        </AblateArea>
      </section>
    </>
  );
}

/** A norm as what can be edited: its scale, held at its mean. */
function normOf(site: string | null): { norm: string } | null {
  return site === null ? null : { norm: `${site}.hook_scale` };
}

function titleOf({ arm, scales }: ArmScales): string {
  return scales.scale === 'recorded' ? `${armTitle(arm)}: σ` : `${armTitle(arm)}: what σ would be`;
}
