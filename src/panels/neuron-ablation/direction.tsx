/** The mechanism on any model: the direction that the unembedding reads least, added by a slider, against a pure temperature. */

import type { NullDirectionArm } from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import { meaningOf } from '../../lessons/glossary.ts';
import { AMOUNTS, setNeuronAblation } from '../../state/closer/neuronAblationAsks.ts';
import { armTitle } from '../../state/selectors.ts';
import { number, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { LinePlot, type PlotLine } from '../../ui/LinePlot.tsx';
import styles from './body.module.css';
import { armColour } from './figures.ts';

export interface DirectionOfArm {
  readonly arm: ArmId;
  readonly direction: NullDirectionArm;
}

export function Direction({ arms, amount }: { arms: readonly DirectionOfArm[]; amount: number }) {
  const step = AMOUNTS.indexOf(amount);
  const lines = arms.flatMap(({ arm, direction }): PlotLine[] => {
    const points = (values: Float32Array) => direction.amounts.map((x, i) => ({ x, y: values[i] as number }));
    const name = armTitle(arm);
    return [
      {
        key: arm,
        label: `${name}, measured`,
        colour: armColour(arm),
        points: points(direction.entropy.data),
      },
      {
        key: `${arm} temperature`,
        label: `${name}, temperature σ/σ′`,
        colour: armColour(arm),
        dashed: true,
        points: points(direction.entropyTemperature.data),
      },
    ];
  });
  const first = arms[0]?.direction;
  return (
    <>
      <h3 className={styles.heading}>The mechanism itself, on any model</h3>
      <p className={styles.answer}>{mechanismInWords(arms, amount)}</p>
      <p className={styles.note}>
        Adds to the final residual at position {first?.position} the direction orthogonal to all-ones that the
        unembedding reads least, so many times the residual’s own length. With LayerNorm σ grows and every
        logit shrinks with it: the entropy follows a pure temperature σ/σ′. Without LayerNorm nothing is
        divided; there the dashed line is what a norm would have made.
      </p>
      <label className={styles.slider}>
        added: <output>{amount}</output> lengths
        <input
          type="range"
          min={0}
          max={AMOUNTS.length - 1}
          value={step}
          aria-label="Amount of the least-read direction"
          aria-valuetext={`${amount} lengths of the final residual`}
          onChange={(event) => void setNeuronAblation({ amount: AMOUNTS[Number(event.target.value)] ?? 0 })}
        />
      </label>
      <div className={styles.pictures}>
        <LinePlot
          label="Entropy against the amount of the least-read direction"
          caption="entropy after the addition; dashed: what the temperature alone would make it"
          x={{ label: 'amount (lengths of the residual)' }}
          y={{ label: 'entropy (nats)', zero: true }}
          lines={lines}
          at={amount}
          height={240}
          describe={(x) =>
            `${x} lengths: ${lines
              .map(
                ({ label, points }) =>
                  `${label} ${number(points.find((each) => each.x === x)?.y ?? Number.NaN, 3)}`,
              )
              .join(', ')}`
          }
          onPick={(x) => void setNeuronAblation({ amount: x })}
        />
        <AtAmount arms={arms} step={step} />
      </div>
    </>
  );
}

function AtAmount({ arms, step }: { arms: readonly DirectionOfArm[]; step: number }) {
  const at = (values: { data: Float32Array }) => values.data[step] ?? Number.NaN;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className={styles.scroll} aria-label="At this amount" tabIndex={0}>
      <table className={styles.table}>
        <caption>At this amount</caption>
        <thead>
          <tr>
            <th scope="col">arm</th>
            <th scope="col" title="Of the final residual; without LayerNorm what a norm would divide by">
              σ → σ′
            </th>
            <th scope="col" title={meaningOf('entropy')}>
              entropy
            </th>
            <th scope="col">by temperature</th>
            <th scope="col" title="Change of the entropy over the change that the temperature would make">
              ratio
            </th>
            <th scope="col">KL</th>
            <th scope="col">likeliest token</th>
          </tr>
        </thead>
        <tbody>
          {arms.map(({ arm, direction }) => {
            const ratio = at(direction.ratio);
            const after = direction.top[step];
            return (
              <tr key={arm}>
                <th scope="row">{armTitle(arm)}</th>
                <td>
                  {direction.convention.finalScale === 'none' ? '(' : ''}
                  {number(direction.sigma)} → {number(at(direction.sigmaAfter))}
                  {direction.convention.finalScale === 'none' ? ')' : ''}
                </td>
                <td>{signed(at(direction.entropy) - direction.entropyBefore, 3)}</td>
                <td>{signed(at(direction.entropyTemperature) - direction.entropyBefore, 3)}</td>
                <td>{Number.isNaN(ratio) ? '–' : number(ratio)}</td>
                <td>{number(at(direction.kl), 3)}</td>
                <td>
                  {glyphs(direction.topBefore.piece)} → {glyphs(after?.piece ?? '')}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

/** How nearly the entropy follows a temperature at the amount on the slider. */
function mechanismInWords(arms: readonly DirectionOfArm[], amount: number): string {
  const step = AMOUNTS.indexOf(amount);
  const parts = arms.map(({ arm, direction }) => {
    const ratio = direction.ratio.data[step] ?? Number.NaN;
    const change = (direction.entropy.data[step] ?? Number.NaN) - direction.entropyBefore;
    const share = Number.isNaN(ratio) ? '' : ` (${number(100 * ratio, 0)} % of what a temperature would do)`;
    return `${armTitle(arm)} ${signed(change, 3)}${share}`;
  });
  return `Adding ${amount} ${amount === 1 ? 'length' : 'lengths'} of the least-read direction changes the entropy here by: ${parts.join(', ')}.`;
}
