/** What becomes of the second reading when the heads that find the text again are cut off, and others in their place. */

import { meaningOf } from '../../lessons/glossary.ts';
import { armTitle } from '../../state/selectors.ts';
import { CopyButtons } from '../../ui/CopyButtons.tsx';
import { number } from '../../ui/format.ts';
import body from './body.module.css';
import styles from './twice.module.css';
import { type CutRow, cutRows, headName, headsCsv, type TwiceOfArm } from './twiceFigures.ts';

interface TwiceHeadsProps {
  arms: readonly TwiceOfArm[];
  /** Whose activation is shown. */
  neuron: number;
}

export function TwiceHeads({ arms, neuron }: TwiceHeadsProps) {
  return (
    <>
      <div className={styles.heading}>
        <p className={body.note}>
          The heads that look most at what came next the first time, cut off one after the other: they attend
          to position 0 only. Then as many of the same layers that look there least, for comparison.
        </p>
        <CopyButtons name="read-twice-heads" csv={() => headsCsv(arms)} />
      </div>
      <div className={body.pictures}>
        {arms.map((of) => (
          <OfArm key={of.arm} of={of} neuron={neuron} />
        ))}
      </div>
    </>
  );
}

function OfArm({ of: { arm, twice }, neuron }: { of: TwiceOfArm; neuron: number }) {
  const i = twice.neurons.indexOf(neuron);
  const rows = cutRows(twice);
  return (
    <section
      className={body.scroll}
      aria-label={`Second reading with heads cut off, ${armTitle(arm)}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
      tabIndex={0}
    >
      <table className={body.table}>
        <caption>Second reading with heads cut off, {armTitle(arm)}</caption>
        <thead>
          <tr>
            <th scope="col">cut off</th>
            <th scope="col" title="Mean attention to the token after the first coming of the query’s token">
              score
            </th>
            <th scope="col" title={meaningOf('entropy')}>
              entropy
            </th>
            <th scope="col">loss</th>
            <th scope="col" title="Its mean activation in the second reading; choose another above">
              neuron {neuron}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={row.head ? headName(row.head) : 'none'}>
              <th scope="row">{cutInWords(row, rows[at - 1])}</th>
              <td>{row.head ? number(row.head.score, 3) : ''}</td>
              <td>{number(row.entropy, 3)}</td>
              <td>{number(row.loss, 3)}</td>
              <td>{number(row.activations[i] ?? Number.NaN, 3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** `none`, `L5H1`, `and L5H5`; the controls begin anew: `control L5H7`. */
function cutInWords({ kind, head }: CutRow, before: CutRow | undefined): string {
  if (!head) return 'none';
  if (kind === before?.kind) return `and ${headName(head)}`;
  return kind === 'control' ? `control ${headName(head)}` : headName(head);
}
