/** The terms as bars, and under the components the ledger: their sum, what the model says, and the difference. */

import type { DlaArm } from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import { samePlace, setHover, togglePin } from '../../state/actions.ts';
import { armTitle, comparison } from '../../state/selectors.ts';
import { getState, useWorkbench } from '../../state/store.ts';
import type { Place } from '../../state/types.ts';
import { type BarRow, BarTable } from '../../ui/BarTable.tsx';
import { magnitude, signed } from '../../ui/format.ts';
import { Ablate, AblateArea } from '../ablate.tsx';
import type { TermRow } from './terms.ts';
import styles from './view.module.css';

interface TermBarsProps {
  /** Head of the first column. */
  rowName: string;
  rows: readonly TermRow[];
  arms: readonly ArmId[];
  /** The arms whose sums are shown below the bars; empty where the rows are not all terms. */
  ledger: readonly { arm: ArmId; dla: DlaArm }[];
}

export function TermBars({ rowName, rows, arms, ledger }: TermBarsProps) {
  const hovered = useWorkbench((state) => state.hover);
  const pinned = useWorkbench((state) => state.pinned);
  const compared = useWorkbench(comparison);
  if (rows.length === 0) return null;

  const places = new Map(rows.map((row) => [row.label, row.place]));
  const onHover = (bar: BarRow | null) => {
    const place = bar && places.get(bar.key);
    if (!place) return setHover(null);
    const source = /←(\d+)$/.exec(place.term ?? '')?.[1];
    setHover(source === undefined ? { place } : { position: Number(source) });
  };
  const onPick = (bar: BarRow) => {
    const place = places.get(bar.key);
    if (place && !place.term?.includes('←')) void togglePin(place);
  };
  const total = (field: 'sum' | 'actual') => {
    const of = (arm: ArmId) => ledger.find((entry) => entry.arm === arm)?.dla[field] ?? Number.NaN;
    return {
      key: field,
      label: field === 'sum' ? 'sum of the terms' : 'what the model says',
      values: ledger.map(({ dla }) => signed(dla[field], 3)),
      difference: compared ? signed(of(compared[1]) - of(compared[0]), 3) : '',
    };
  };
  const off = {
    key: 'error',
    label: 'they differ by',
    values: ledger.map(({ dla }) => magnitude(dla.error)),
    difference: '',
  };
  const chosen =
    pinned?.term && [...places.values()].some((place) => samePlace(place, pinned)) ? pinned : null;
  return (
    <>
      {chosen && (
        <p className={styles.chosen}>
          <Ablate place={chosen} name={chosen.term ?? ''} />
        </p>
      )}
      <AblateArea place={termUnderKeys}>
        <div className={styles.bars}>
          <BarTable
            caption="Terms of the attribution"
            rowName={rowName}
            series={arms.map((arm) => ({
              key: arm,
              label: armTitle(arm),
              colour: `var(--arm-${arm}, var(--ink))`,
            }))}
            rows={rows.map((row) => ({
              key: row.label,
              label: row.label,
              values: row.values,
              difference: row.difference,
              hovered: touches(row.place, hovered?.place),
              selected: samePlace(row.place, pinned) || touches(row.place, pinned ?? undefined),
            }))}
            differenceLabel={compared && 'Δ'}
            footer={ledger.length ? [total('sum'), total('actual'), off] : []}
            onHover={onHover}
            onPick={onPick}
          />
        </div>
      </AblateArea>
    </>
  );
}

/** The pinned term: a bar's button pins it. */
function termUnderKeys(): Place | null {
  const { pinned } = getState();
  return pinned?.term ? pinned : null;
}

/** A head belongs to its layer's attention. */
function touches(row: Place, place: Place | undefined): boolean {
  if (!place) return false;
  if (samePlace(row, place)) return true;
  return place.head !== undefined && row.layer === place.layer && Boolean(row.term?.endsWith('.attn'));
}
