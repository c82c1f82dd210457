/** One token × neuron grid per arm, all on one scale, the first position left out of it. */

import { type CSSProperties, useMemo } from 'react';
import type { ArmId } from '../../engine/api.ts';
import type { AblationPlace } from '../../state/edits/ablation.ts';
import { armTitle } from '../../state/selectors.ts';
import { getState } from '../../state/store.ts';
import type { ResultOf, SelectionSlice } from '../../state/types.ts';
import { largest } from '../../ui/colour.ts';
import { signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { type Cell, Heatmap } from '../../ui/Heatmap.tsx';
import { Legend } from '../../ui/Legend.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import { Ablate, AblateArea } from '../ablate.tsx';
import styles from './view.module.css';

interface ActivationGridsProps {
  result: ResultOf<'confidence-neurons'>;
  arms: readonly ArmId[];
  neuron: number | null;
  hover: SelectionSlice['hover'];
  position: number | null;
  onHover: (hover: SelectionSlice['hover']) => void;
  onPick: (neuron: number) => void;
}

const two = (value: number) => signed(value);

export function ActivationGrids({
  result,
  arms,
  neuron,
  hover,
  position,
  onHover,
  onPick,
}: ActivationGridsProps) {
  const tooltip = useTooltip();
  const layer = result.arms[arms[0] ?? '']?.layer ?? 0;
  const neurons = result.arms[arms[0] ?? '']?.neurons ?? [];
  const tokens = useMemo(() => result.pieces.map(glyphs), [result]);
  const limit = useMemo(
    () =>
      largest(
        arms.flatMap((arm) => [...(result.arms[arm]?.activations.data.subarray(neurons.length) ?? [])]),
      ),
    [result, arms, neurons.length],
  );
  const valueAt = (arm: ArmId, { row, column }: Cell) =>
    result.arms[arm]?.activations.data[row * neurons.length + column] ?? Number.NaN;
  const words = (cell: Cell) =>
    `neuron ${neurons[cell.column]} at ${tokens[cell.row]} (${cell.row}): ${arms
      .map((arm) => `${armTitle(arm)} ${two(valueAt(arm, cell))}`)
      .join(', ')}`;
  const cellHover = (cell: Cell | null, anchor: DOMRect | null) => {
    onHover(cell && { position: cell.row, neuron: neurons[cell.column] });
    if (cell && anchor) tooltip.show(anchor, words(cell).replaceAll(', ', '\n').replace(': ', '\n'));
    else tooltip.hide();
  };
  const column = (of: number | null | undefined) =>
    of === null || of === undefined ? -1 : neurons.indexOf(of);
  const chosen = column(neuron);
  const over = hover && { row: hover.position ?? -1, column: column(hover.neuron) };

  return (
    <AblateArea place={() => neuronUnderKeys(layer)}>
      <div className={styles.grids} style={{ '--columns': neurons.length } as CSSProperties}>
        {arms.map((arm, i) => (
          <Heatmap
            key={arm}
            caption={armTitle(arm)}
            label={`Activation by token and neuron, ${armTitle(arm)}`}
            rows={i === 0 ? tokens : tokens.map(() => '')}
            columns={neurons.map(String)}
            values={result.arms[arm]?.activations.data ?? []}
            limit={limit}
            cellHeight={12}
            uprightColumns
            asideRow={0}
            selected={
              chosen >= 0
                ? { row: -1, column: chosen }
                : position !== null
                  ? { row: position, column: -1 }
                  : null
            }
            hovered={over && (over.row >= 0 || over.column >= 0) ? over : null}
            describe={words}
            onHover={cellHover}
            onPick={(cell) => onPick(neurons[cell.column] ?? 0)}
          />
        ))}
      </div>
      <p className={styles.foot}>
        <span className={styles.readout}>
          {over && over.row >= 0 && over.column >= 0
            ? words(over)
            : 'token ↓ · neuron → · click colours the token strip'}
        </span>
        {neuron !== null && <Ablate place={{ layer, neuron }} name={`neuron ${neuron}`} />}
        <Legend kind="diverging" limit={limit} format={two} />
      </p>
    </AblateArea>
  );
}

/** The neuron that the keyboard stands on, else the chosen one. */
function neuronUnderKeys(layer: number): AblationPlace | null {
  const { hover, neuron } = getState();
  const at = hover?.neuron ?? neuron;
  return at === null ? null : { layer, neuron: at };
}
