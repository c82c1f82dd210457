/** What each neuron's ablation changes: bars per arm, the chosen neuron along the prompt, and one neuron more at a time. */

import type { NeuronAblationArm } from '../../analysis/types/index.ts';
import { toggleNeuron } from '../../state/actions.ts';
import { armTitle } from '../../state/selectors.ts';
import { BarTable } from '../../ui/BarTable.tsx';
import { number, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { LinePlot, type PlotLine } from '../../ui/LinePlot.tsx';
import styles from './body.module.css';
import { armColour, changeOf, type Effect, meanFrom, type OfArm, valuesOf } from './figures.ts';

/** Single neurons of small models move thousandths of a nat. */
const MILLI = 1000;

interface EffectsProps {
  arms: readonly OfArm[];
  effect: Effect;
  pieces: readonly string[];
  /** The neuron spoken about. */
  neuron: number;
  hovered: number | null;
  position: number;
  onHover: (neuron: number | null) => void;
  onPosition: (position: number) => void;
}

export function Effects(props: EffectsProps) {
  const { arms, effect } = props;
  return (
    <>
      <h3 className={styles.heading}>One neuron at a time</h3>
      <p className={styles.note}>
        Mean |change of {effect}| in mnat (thousandths of a nat) when one neuron is held at its mean. Total:
        the final norm computed anew. Direct: σ as it was. What is left is what went through LayerNorm.
      </p>
      <div className={styles.bars}>
        {arms.map((of) => (
          <Bars key={of.arm} of={of} {...props} />
        ))}
      </div>
      <div className={styles.pictures}>
        <AlongPrompt {...props} />
        <OneMore {...props} />
      </div>
    </>
  );
}

function Bars({ of: { arm, ablation }, effect, neuron, hovered, onHover }: EffectsProps & { of: OfArm }) {
  const rows = ablation.neurons.map((each, i) => {
    const { total, direct } = changeOf(ablation, ablation.single, effect, i);
    return {
      key: String(each),
      label: String(each),
      values: [MILLI * total, MILLI * direct],
      difference: MILLI * (total - direct),
      selected: each === neuron,
      hovered: each === hovered,
    };
  });
  return (
    <div>
      <p className={styles.caption}>{armTitle(arm)}</p>
      <BarTable
        caption={`Mean change of ${effect} by neuron, ${armTitle(arm)}`}
        rowName="neuron"
        series={[
          { key: 'total', label: 'total', colour: armColour(arm) },
          {
            key: 'direct',
            label: 'direct',
            colour: `color-mix(in srgb, ${armColour(arm)} 40%, transparent)`,
          },
        ]}
        rows={rows}
        differenceLabel="through LN"
        onHover={(row) => onHover(row && Number(row.key))}
        onPick={({ key }) => toggleNeuron(Number(key))}
      />
    </div>
  );
}

/** Total as it is, Direct dashed, one of each per arm. */
function twoLines(
  { arm, ablation }: OfArm,
  points: (ablation: NeuronAblationArm, which: 'Total' | 'Direct') => PlotLine['points'],
): PlotLine[] {
  const total = {
    key: `${arm} total`,
    label: `${armTitle(arm)}, total`,
    colour: armColour(arm),
    points: points(ablation, 'Total'),
  };
  if (ablation.convention.finalScale === 'none') return [{ ...total, label: armTitle(arm) }];
  const direct = { key: `${arm} direct`, label: 'direct', colour: armColour(arm), dashed: true };
  return [total, { ...direct, label: `${armTitle(arm)}, direct`, points: points(ablation, 'Direct') }];
}

/** The lines at a place in words. */
function lineWords(lines: readonly PlotLine[], x: number, format: (value: number) => string): string {
  return lines
    .map(({ label, points }) => {
      const point = points.find((each) => each.x === x);
      return `${label} ${format(point?.y ?? Number.NaN)}`;
    })
    .join(', ');
}

const change = (value: number) => `${signed(value)} mnat`;

function AlongPrompt({ arms, effect, pieces, neuron, position, onPosition }: EffectsProps) {
  const lines = arms.flatMap((of) =>
    twoLines(of, (ablation, which) => {
      const before = ablation[effect].data;
      const values = valuesOf(ablation.single, effect, which, ablation.neurons.indexOf(neuron));
      const first = ablation.convention.shareFrom;
      return Array.from(values.subarray(first), (y, i) => ({
        x: first + i,
        y: MILLI * (y - (before[first + i] as number)),
      }));
    }),
  );
  const token = (p: number) => `${glyphs(pieces[p] ?? '')} (${p})`;
  return (
    <LinePlot
      label={`Change of ${effect} along the prompt, neuron ${neuron} held at its mean`}
      caption={`neuron ${neuron} held at its mean: change of ${effect} at each position`}
      x={{ label: 'position' }}
      y={{
        label: 'change (mnat)',
        zero: true,
        format: (value) => signed(value, Math.abs(value) < 1 && value !== 0 ? 1 : 0),
      }}
      lines={lines}
      at={position}
      height={210}
      describe={(x) => `${token(x)}: ${lineWords(lines, x, change)}`}
      onPick={onPosition}
    />
  );
}

function OneMore({ arms, effect }: EffectsProps) {
  const lines = arms.flatMap((of) =>
    twoLines(of, (ablation, which) => {
      const { cumulative } = ablation;
      const steps = cumulative ? ablation.neurons.map((_, i) => i) : [];
      return [
        { x: 0, y: meanFrom(ablation, ablation[effect].data) },
        ...steps.map((i) => ({
          x: i + 1,
          y: meanFrom(ablation, valuesOf(cumulative ?? ablation, effect, which, i)),
        })),
      ];
    }),
  );
  const neurons = arms[0]?.ablation.neurons ?? [];
  return (
    <LinePlot
      label={`Mean ${effect} with more and more neurons held at their mean`}
      caption={`mean ${effect} with the first, the first two, … held at their mean`}
      x={{ label: 'neurons ablated, best-ranked first' }}
      y={{ label: `mean ${effect} (nats)`, format: (value) => number(value) }}
      lines={lines}
      height={210}
      describe={(x) =>
        `${x === 0 ? 'none ablated' : `up to neuron ${neurons[x - 1]}`}: ${lineWords(lines, x, (value) => number(value, 4))}`
      }
    />
  );
}
