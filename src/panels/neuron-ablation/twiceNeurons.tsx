/** Each neuron in both readings: whether it rises or falls, and what keeping it from that changes. */

import type { RepeatEffect } from '../../analysis/types/index.ts';
import { meaningOf } from '../../lessons/glossary.ts';
import { toggleNeuron } from '../../state/actions.ts';
import { armTitle } from '../../state/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { number, signed } from '../../ui/format.ts';
import body from './body.module.css';
import styles from './twice.module.css';
import { heldOf, type TwiceOfArm } from './twiceFigures.ts';

interface TwiceNeuronsProps {
  arms: readonly TwiceOfArm[];
  neuron: number | null;
}

export function TwiceNeurons({ arms, neuron }: TwiceNeuronsProps) {
  return (
    <>
      <p className={body.note}>
        Each neuron: its mean activation in the two readings, and the change of entropy over the second one
        when it is kept from moving, in thousandths of a nat (mnat) and as a share. Choose one to see it
        above.
      </p>
      <div className={body.pictures}>
        {arms.map((of) => (
          <OfArm key={of.arm} of={of} neuron={neuron} />
        ))}
      </div>
    </>
  );
}

function OfArm({ of: { arm, twice }, neuron }: { of: TwiceOfArm; neuron: number | null }) {
  const { neurons, means, rises } = twice;
  const effects = (each: number | null) =>
    (['clip', 'mean'] as const).map((how) => (
      <td key={how}>{effectInWords(heldOf(twice, how, each).effect)}</td>
    ));
  return (
    <div className={body.scroll}>
      <table className={body.table}>
        <caption>Neurons when the text comes again, {armTitle(arm)}</caption>
        <thead>
          <tr>
            <th scope="col" title={meaningOf('neuron')}>
              neuron
            </th>
            <th scope="col">first → second</th>
            <th scope="col">moves</th>
            <th scope="col">clipped (mnat)</th>
            <th scope="col">held (mnat)</th>
          </tr>
        </thead>
        <tbody>
          {neurons.map((each, i) => (
            <tr key={each} className={each === neuron ? styles.chosen : undefined}>
              <th scope="row">
                <Button kind="quiet" aria-pressed={each === neuron} onClick={() => toggleNeuron(each)}>
                  {each}
                </Button>
              </th>
              <td>
                {number(means.first[i] ?? Number.NaN, 3)} → {number(means.second[i] ?? Number.NaN, 3)}
              </td>
              <td>{rises[i] ? 'rises' : 'falls'}</td>
              {effects(each)}
            </tr>
          ))}
          <tr>
            <th scope="row">all</th>
            <td />
            <td />
            {effects(null)}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

/** In thousandths of a nat: `+2.31 (+0.5 %)`. */
function effectInWords({ entropy, relative }: RepeatEffect): string {
  const change = signed(1000 * entropy);
  return relative === null ? change : `${change} (${signed(100 * relative, 1)} %)`;
}
