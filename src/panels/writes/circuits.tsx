/** A head's OV and QK circuits on the prompt's tokens, the arms side by side. */

import { useState } from 'react';
import type { HeadCircuitsArm } from '../../analysis/types/index.ts';
import { setWrites } from '../../state/closer/writesAsks.ts';
import { armTitle, freshness } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { largest } from '../../ui/colour.ts';
import { list, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { type Cell, Heatmap } from '../../ui/Heatmap.tsx';
import { Legend } from '../../ui/Legend.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import styles from './body.module.css';

const KINDS = {
  ov: {
    title: 'OV: attending to the row’s token pushes the column’s',
    axes: 'attended to ↓ · pushed →',
    unit: 'logits',
  },
  qk: {
    title: 'QK: the row’s token asks for the column’s',
    axes: 'query ↓ · key →',
    unit: 'score',
  },
} as const;

const two = (value: number) => signed(value, 2);

export function Circuits() {
  const state = useWorkbench();
  const [row, setRow] = useState(0);
  const { result } = state.slots['head-circuits'];
  const arms = state.shown.flatMap((arm) => {
    const circuits = result?.arms[arm];
    return circuits ? [{ arm, circuits }] : [];
  });
  const first = arms[0]?.circuits;
  if (!first) return null;
  const { input } = state.closer.writes;
  return (
    <section className={styles.circuits} aria-busy={freshness(state, 'head-circuits') === 'working'}>
      <div className={styles.head}>
        <h3>
          L{first.layer}H{first.head} in its weights alone, on this prompt’s tokens
        </h3>
        <Segmented
          label="How tokens enter the head"
          value={input}
          options={[
            {
              value: 'norm',
              label: 'through ln1',
              title: 'As the model would take the bare embedding: its own σ, gain and biases',
            },
            {
              value: 'gain',
              label: 'ln1’s gain only',
              title: 'The bilinear forms: centring and gain, no σ, no bias',
            },
          ]}
          onChange={(choice) => void setWrites({ input: choice })}
        />
      </div>
      <p className={styles.note}>
        OV: attending to the row’s token pushes the column’s. QK: the row’s token asks for the column’s.
        Embeddings alone: no position, nothing of earlier layers, order in the text left out. OV in logits
        without a final scale, less their mean over the vocabulary; QK ÷ √d_head, before the softmax. With
        LayerNorm ln1 brings even a small embedding to one size, without it a small one stays small: sizes do
        not compare between arms, and each has its own scale of colour.
      </p>
      <div className={styles.arms}>
        {arms.map(({ arm, circuits }) => (
          <div key={arm} className={styles.maps}>
            {(['ov', 'qk'] as const).map((kind) => (
              <CircuitMap key={kind} arm={arm} circuits={circuits} kind={kind} onRow={setRow} />
            ))}
            <Pushed circuits={circuits} row={row} />
          </div>
        ))}
      </div>
    </section>
  );
}

interface CircuitMapProps {
  arm: string;
  circuits: HeadCircuitsArm;
  kind: 'ov' | 'qk';
  onRow: (row: number) => void;
}

function CircuitMap({ arm, circuits, kind, onRow }: CircuitMapProps) {
  const tooltip = useTooltip();
  const names = circuits.tokens.map(({ piece }) => glyphs(piece));
  const { data } = circuits[kind];
  const { title, axes, unit } = KINDS[kind];
  const limit = largest(data);
  const describe = ({ row, column }: Cell) =>
    `${names[row]} → ${names[column]}: ${two(data[row * names.length + column] ?? Number.NaN)} ${unit}`;
  return (
    <div>
      <Heatmap
        caption={`${kind.toUpperCase()}, ${armTitle(arm)}`}
        label={`${title}, ${armTitle(arm)}`}
        rows={names}
        columns={names}
        uprightColumns
        values={data}
        limit={limit}
        cellHeight={15}
        describe={describe}
        onHover={(cell, anchor) => {
          if (cell) onRow(cell.row);
          if (cell && anchor) tooltip.show(anchor, describe(cell).replace(': ', '\n'));
          else tooltip.hide();
        }}
        onPick={({ row }) => onRow(row)}
      />
      <p className={styles.legend}>
        {axes} <Legend kind="diverging" limit={limit} format={two} unit={unit} />
      </p>
    </div>
  );
}

/** What the token of one row pushes most in the whole vocabulary. */
function Pushed({ circuits, row }: { circuits: HeadCircuitsArm; row: number }) {
  const at = Math.min(row, circuits.tokens.length - 1);
  const words = circuits.pushed[at]?.map(({ piece, value }) => `${glyphs(piece)} ${two(value)}`) ?? [];
  return (
    <p className={styles.note}>
      Attending to <b className="mono">{glyphs(circuits.tokens[at]?.piece ?? '')}</b> pushes most of the whole
      vocabulary: {list(words)}.
    </p>
  );
}
