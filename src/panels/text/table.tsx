/** Each model's numbers on the text, a row each. */

import type { AnalysisResult } from '../../engine/api.ts';
import { meaningOf } from '../../lessons/glossary.ts';
import { armTitle } from '../../state/selectors.ts';
import { number, percent } from '../../ui/format.ts';
import styles from './body.module.css';
import { meanInWords } from './words.ts';

const COLUMNS: readonly { name: string; title: string }[] = [
  {
    name: 'loss',
    title: 'Mean of −ln of the probability given to the token that came, nats, with its 95 % interval',
  },
  { name: 'perplexity', title: 'exp of the mean loss' },
  { name: 'median', title: 'Of the losses' },
  { name: 'middle 95 %', title: 'Of the losses: a fortieth lies below and a fortieth above' },
  { name: 'entropy', title: `Its mean; below the loss means overconfident. ${meaningOf('entropy')}` },
  { name: 'ECE', title: 'Expected calibration error, ten bins: 0 is perfectly calibrated' },
  { name: 'foreseen', title: 'How often the likeliest token was the one that came' },
  {
    name: 'outliers',
    title: 'Positions with numbers that are not finite or logits beyond ±10,000, not averaged in',
  },
];

export function Table({ result }: { result: AnalysisResult<'corpus'> }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className={styles.scroll} aria-label="Numbers of each model" tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">model</th>
            {COLUMNS.map(({ name, title }) => (
              <th key={name} scope="col" title={title}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(result.arms).map(([id, arm]) => (
            <tr key={id}>
              <th scope="row">{armTitle(id)}</th>
              <td>{meanInWords(arm.loss)}</td>
              <td>{meanInWords(arm.perplexity, 1)}</td>
              <td>{number(arm.median, 3)}</td>
              <td>{arm.range95.map((end) => number(end, 3)).join(' … ')}</td>
              <td>{meanInWords(arm.entropy)}</td>
              <td>{number(arm.ece, 4)}</td>
              <td>{percent(arm.accuracy)}</td>
              <td className={arm.outliers.count > 0 ? styles.bad : undefined}>{arm.outliers.count}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
