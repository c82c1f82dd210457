/** The steps of a surgery: loss and entropy along them as lines, and every number as a table. */

import { meaningOf } from '../../lessons/glossary.ts';
import { armTitle } from '../../state/selectors.ts';
import { number } from '../../ui/format.ts';
import { LinePlot, type PlotLine } from '../../ui/LinePlot.tsx';
import styles from './body.module.css';
import { type ArmSurgery, predictionInWords, sigmaInWords } from './words.ts';

export function Steps({ arms }: { arms: readonly ArmSurgery[] }) {
  const cut = arms.filter(({ surgery }) => surgery.norm === 'layer');
  const [first] = cut;
  if (!first) return null;
  const labels = first.surgery.steps.map(({ label }) => label);
  const marks =
    first.surgery.by === 'kind'
      ? []
      : first.surgery.steps.flatMap(({ frozen: [site] }, x) => {
          const before = first.surgery.steps[x - 1]?.frozen[0]?.kind;
          return site && site.kind !== before && site.kind !== 'final'
            ? [{ x, label: KINDS[site.kind] }]
            : [];
        });
  const named = labels.length <= 8;
  const x = {
    label: NAMES[first.surgery.by],
    // Named steps have room for their names on both sides.
    domain: [named ? -0.3 : 0, labels.length - (named ? 0.7 : 1)] as const,
    ticks: named ? labels.map((label, value) => ({ value, label: value ? label : 'none' })) : undefined,
  };
  const plot = (caption: string, of: 'loss' | 'entropy') => {
    const lines = linesOf(arms, of, labels.length);
    return (
      <LinePlot
        label={`${caption} along the removal`}
        caption={`${caption} (nats, mean over this prompt)`}
        x={x}
        y={{ label: of, format: (value) => number(value, 2) }}
        marks={marks}
        lines={lines}
        describe={(at) =>
          `${labels[at]}: ${lines.map(({ label, points }) => `${label} ${number(points[at]?.y ?? Number.NaN, 3)}`).join(', ')}`
        }
      />
    );
  };
  return (
    <>
      <div className={styles.plots}>
        {first.surgery.steps[0]?.loss !== null && plot('Loss', 'loss')}
        {plot('Entropy', 'entropy')}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.scroll} aria-label="Steps of the removal" tabIndex={0}>
        {cut.map((own) => (
          <StepTable key={own.arm} own={own} />
        ))}
      </section>
    </>
  );
}

/** What stands along x. */
const NAMES = {
  cumulative: 'norms taken out so far',
  kind: 'what is taken out',
  single: 'which norm is taken out, in the order of the table (0: none)',
} as const;

/** Where each kind begins; the final norm is the last step, which needs no name. */
const KINDS = { mlp: 'MLPs', qk: 'query/key', v: 'values' } as const;

/** A model without LayerNorm has one number, drawn across. */
function linesOf(arms: readonly ArmSurgery[], of: 'loss' | 'entropy', count: number): PlotLine[] {
  return arms.map(({ arm, surgery }) => {
    const { steps, norm } = surgery;
    const flat = norm === 'linear';
    const value = (x: number) => (flat ? steps[0] : steps[x])?.[of] ?? Number.NaN;
    return {
      key: arm,
      label: flat ? `${armTitle(arm)}, trained for it` : armTitle(arm),
      colour: `var(--arm-${arm}, var(--ink))`,
      dashed: flat,
      points: Array.from({ length: count }, (_, x) => ({ x, y: value(x) })),
    };
  });
}

function StepTable({ own: { arm, surgery } }: { own: ArmSurgery }) {
  return (
    <table className={`${styles.table} ${styles.steps}`}>
      <caption>
        {armTitle(arm)}: {surgery.by === 'cumulative' ? 'each row has one norm less' : 'each row by itself'}.
        KL: how far the untouched model’s predictions are from these, in nats, mean over all positions.
      </caption>
      <thead>
        <tr>
          <th scope="col">taken out</th>
          <th scope="col">divides by</th>
          <th scope="col">loss</th>
          <th scope="col" title={meaningOf('entropy')}>
            entropy
          </th>
          <th scope="col">KL</th>
          <th scope="col">predicts</th>
        </tr>
      </thead>
      <tbody>
        {surgery.steps.map((step) => (
          <tr key={step.label}>
            <th scope="row">{step.label === 'untouched' ? 'nothing' : step.label}</th>
            <td>{sigmaInWords(step)}</td>
            <td>{step.loss === null ? '–' : number(step.loss, 3)}</td>
            <td>{number(step.entropy, 3)}</td>
            <td>{number(step.kl, 4)}</td>
            <td>{predictionInWords(step)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
