/** The last layer's neurons by their weights: how strongly each writes against how unevenly, and what the unembedding reads. */

import { toggleNeuron } from '../../state/actions.ts';
import { armTitle } from '../../state/selectors.ts';
import type { ResultOf } from '../../state/types.ts';
import { compact, number } from '../../ui/format.ts';
import { LinePlot } from '../../ui/LinePlot.tsx';
import { Scatter, type ScatterPoint, type ScatterSeries } from '../../ui/Scatter.tsx';
import { useTooltip } from '../../ui/Tooltip.tsx';
import styles from './body.module.css';
import { armColour } from './figures.ts';

interface WeightsProps {
  result: ResultOf<'neuron-weights'>;
  arms: readonly string[];
  /** Those ablated. */
  chosen: readonly number[];
  neuron: number;
  hovered: number | null;
  onHover: (neuron: number | null) => void;
}

/** So many of the chosen are named, more would cover each other. */
const NAMED = 3;
const SHAPES = ['circle', 'triangle', 'square'] as const;

export function Weights(props: WeightsProps) {
  return (
    <>
      <h3 className={styles.heading}>In the weights</h3>
      <p className={styles.note}>
        A confidence neuron lies to the lower right: it writes much (norm) and favours no token (small
        LogitVar), which it can only by writing where the unembedding hardly reads.
      </p>
      <div className={styles.pictures}>
        <NormAgainstVariance {...props} />
        <Spectrum {...props} />
      </div>
    </>
  );
}

function NormAgainstVariance({ result, arms, chosen, neuron, hovered, onHover }: WeightsProps) {
  const tooltip = useTooltip();
  const series = arms.map(
    (arm, i): ScatterSeries => ({
      key: arm,
      label: armTitle(arm),
      colour: armColour(arm),
      shape: SHAPES[i % SHAPES.length],
      points: (result.arms[arm]?.ranking ?? []).map(({ neuron: each, norm, logitVar }) => ({
        key: `${arm} ${each}`,
        x: norm,
        y: logitVar,
        label: String(each),
      })),
    }),
  );
  // Norms lie within one power of ten: an axis of whole ones would crowd them together.
  const norms = series.flatMap(({ points }) => points.map(({ x }) => x)).filter((x) => x > 0);
  const domain = [0.9 * Math.min(...norms), 1.1 * Math.max(...norms)] as const;
  const words = (point: ScatterPoint, of: ScatterSeries) =>
    `neuron ${point.label}, ${of.label}: norm ${number(point.x)}, LogitVar ${compact(point.y)}`;
  const seriesOf = (point: ScatterPoint) => series.find(({ points }) => points.includes(point));
  return (
    <Scatter
      label="Norm against LogitVar of every last-layer neuron"
      caption="every last-layer neuron of each arm; the three best-ranked are named"
      x={{ label: 'norm of what it writes, ‖w_out‖', log: true, domain }}
      y={{ label: 'LogitVar', log: true }}
      series={series}
      height={280}
      named={chosen.slice(0, NAMED).map((each) => `${arms[0]} ${each}`)}
      hovered={hovered === null ? null : `${arms[0]} ${hovered}`}
      selected={`${arms[0]} ${neuron}`}
      describe={words}
      onHover={(point, anchor) => {
        onHover(point && Number(point.label));
        const of = point && seriesOf(point);
        if (point && of && anchor) tooltip.show(anchor, words(point, of).replaceAll(/[,:] /g, '\n'));
        else tooltip.hide();
      }}
      onPick={({ label }) => {
        if (chosen.includes(Number(label))) toggleNeuron(Number(label));
      }}
    />
  );
}

function Spectrum({ result, arms }: WeightsProps) {
  const own = arms.flatMap((arm) => (result.arms[arm] ? [{ arm, ...result.arms[arm] }] : []));
  const [first] = own;
  const count = first?.singularValues.length ?? 0;
  const lines = own.map(({ arm, singularValues }) => ({
    key: arm,
    label: armTitle(arm),
    colour: armColour(arm),
    // The last is the exact zero along all-ones, which no logarithm has.
    points: singularValues
      .slice(0, -1)
      .map((value, i) => ({ x: i, y: value / (singularValues[0] as number) })),
  }));
  const dimension = first?.nullDimension ?? 0;
  return (
    <LinePlot
      label="Singular values of the unembedding"
      caption="singular values of the unembedding over the largest; right of the mark the effective null space"
      x={{ label: 'direction, most read first' }}
      y={{ label: 'singular value ÷ largest', log: true, format: compact }}
      lines={lines}
      marks={[{ x: count - 1 - dimension, label: '' }]}
      height={280}
      describe={(x) =>
        `direction ${x}: ${lines
          .map(({ label, points }) => `${label} ${compact(points[x]?.y ?? Number.NaN)}`)
          .join(', ')}`
      }
    />
  );
}
