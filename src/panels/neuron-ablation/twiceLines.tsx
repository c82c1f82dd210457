/** The entropy along a text read twice, per arm: as it is, with neurons clipped, and with them held. */

import { armTitle } from '../../state/selectors.ts';
import { number, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { LinePlot, type PlotLine } from '../../ui/LinePlot.tsx';
import body from './body.module.css';
import { armColour } from './figures.ts';
import { heldOf, type TwiceOfArm } from './twiceFigures.ts';

interface TwiceLinesProps {
  arms: readonly TwiceOfArm[];
  /** The one ablated; null is all of them. */
  neuron: number | null;
  drawn: 'entropy' | 'change';
}

/** Single neurons of small models move thousandths of a nat. */
const MILLI = 1000;

export function TwiceLines({ arms, neuron, drawn }: TwiceLinesProps) {
  return (
    <div className={body.pictures}>
      {arms.map((of) => (
        <OfArm key={of.arm} of={of} neuron={neuron} drawn={drawn} />
      ))}
    </div>
  );
}

function OfArm({ of: { arm, twice }, neuron, drawn }: Omit<TwiceLinesProps, 'arms'> & { of: TwiceOfArm }) {
  const { second, pieces } = twice.text;
  const base = twice.entropy.data;
  const change = drawn === 'change';
  const line = (key: string, label: string, values: Float32Array, look: Partial<PlotLine>): PlotLine => ({
    key,
    label,
    colour: armColour(arm),
    points: Array.from(values, (y, x) => ({ x, y: change ? MILLI * (y - (base[x] as number)) : y })),
    ...look,
  });
  // What is drawn first lies below: in small models the lines all but cover each other.
  const lines = [
    line('held', 'held at the mean', heldOf(twice, 'mean', neuron).entropy, { colour: 'var(--muted)' }),
    ...(change ? [] : [line('as it is', 'as it is', base, {})]),
    line('clipped', 'clipped', heldOf(twice, 'clip', neuron).entropy, {
      dashed: true,
      colour: 'var(--heat)',
    }),
  ];
  const who = neuron === null ? `all ${twice.neurons.length} neurons` : `neuron ${neuron}`;
  const written = (y: number) => (change ? `${signed(y)} mnat` : `${number(y, 3)} nats`);
  return (
    <LinePlot
      label={`${change ? 'Change of entropy' : 'Entropy'} along the text read twice, ${who}, ${armTitle(arm)}`}
      caption={`${armTitle(arm)}: ${change ? 'change of entropy' : 'entropy'}, ${who} ablated`}
      x={{ label: 'position' }}
      y={{
        label: change ? 'change (mnat)' : 'entropy (nats)',
        zero: true,
        format: change ? (y) => signed(y, Math.abs(y) < 1 && y !== 0 ? 1 : 0) : undefined,
      }}
      lines={lines}
      ground={{ from: second, to: base.length - 1, label: 'second reading' }}
      height={220}
      describe={(x) =>
        `${glyphs(pieces[x] ?? '')} (${x}, ${x < second ? 'first' : 'second'} reading): ${lines
          .map(({ label, points }) => `${label} ${written(points[x]?.y ?? Number.NaN)}`)
          .join(', ')}`
      }
    />
  );
}
