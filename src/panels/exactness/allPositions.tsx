/** The error over all positions of the prompt, each explaining a token of its own: asked by a button. */

import type { DirectEffectTargets } from '../../analysis/types/index.ts';
import {
  allPositionsError,
  allPositionsStand,
  cancelAllPositions,
  setExactness,
  startAllPositions,
} from '../../state/closer/exactnessAsks.ts';
import { armTitle, engineIsReady } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import styles from './body.module.css';
import { ErrorMaps } from './errorMaps.tsx';
import { estimateInWords, type OfArm } from './terms.ts';

const TARGETS: readonly { value: DirectEffectTargets; label: string; title: string }[] = [
  { value: 'next', label: 'the next token', title: 'As the paper’s text has it' },
  {
    value: 'last-input',
    label: 'the token itself',
    title: 'The last input token, which the paper’s code traced',
  },
];

export function AllPositions() {
  const state = useWorkbench();
  const { result, working, progress } = state.slots['direct-effect:all'];
  const stands = allPositionsStand(state);
  const error = allPositionsError(state);
  const arms = state.shown.flatMap((arm): OfArm[] => {
    const effects = result?.arms[arm];
    return effects ? [{ arm, effects }] : [];
  });
  return (
    <section className={styles.all} aria-label="All positions of this prompt" aria-busy={working}>
      <div className={styles.ask}>
        <h3>All positions of this prompt</h3>
        <span>each explains</span>
        <Segmented
          label="What each position explains"
          value={state.closer.exactness.targets}
          options={TARGETS}
          onChange={(targets) => void setExactness({ targets })}
        />
        {working ? (
          <>
            <ProgressBar
              label="Measuring all positions"
              left="measuring every head at every position"
              share={progress && progress.done / progress.total}
              slim
            />
            <Button onClick={() => void cancelAllPositions()}>Cancel</Button>
          </>
        ) : (
          <Button
            kind={stands ? 'plain' : 'primary'}
            disabled={!engineIsReady(state)}
            onClick={() => void startAllPositions(state)}
          >
            {stands ? 'Measure again' : 'Measure all positions'}
          </Button>
        )}
        {result && !stands && !working && (
          <span className={styles.note}>What is shown below is of an earlier prompt or choice.</span>
        )}
      </div>
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      {arms.length > 0 && <Measured arms={arms} />}
    </section>
  );
}

function Measured({ arms }: { arms: readonly OfArm[] }) {
  const { nmae, convention, positions } = (arms[0] as OfArm).effects;
  const traced = convention.targets === 'next' ? 'its next token' : 'the token at the position itself';
  return (
    <>
      <table className={styles.estimates}>
        <caption>
          Error of attribution (NMAE) over {nmae.terms} heads at {positions.length} positions, with 95 %
          intervals
        </caption>
        <thead>
          <tr>
            <th scope="col">model</th>
            <th
              scope="col"
              title="One ratio of sums over all heads and positions: what the paper’s code prints"
            >
              pooled (the code’s)
            </th>
            <th scope="col" title="Each head’s own error, averaged over heads: equations 9 and 10">
              mean of per-head (eq. 9–10)
            </th>
          </tr>
        </thead>
        <tbody>
          {arms.map(({ arm, effects }) => (
            <tr key={arm}>
              <th scope="row">{armTitle(arm)}</th>
              <td>{estimateInWords(effects.nmae.pooled)}</td>
              <td>{estimateInWords(effects.nmae.meanOfTerms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.note}>
        Each position explains {traced}, less the mean logit; position 0 is left out. Intervals:{' '}
        {nmae.resamples} seeded bootstrap samples, of (head, position) pairs for the pooled error and of heads
        for the mean. The paper has 49 % [30, 66] for GPT-2 small, 58 % for its fine-tuned control and 0.00 %
        without LayerNorm, on 1000 texts.
      </p>
      <ErrorMaps
        arms={arms}
        caption="error of each head over all positions"
        value={(term) => term.nmae}
        percent
      />
    </>
  );
}
