/** LayerNorm taken out step by step: asked by a button, followed, and held against the model that was trained for it. */

import {
  cancelSurgery,
  setNorms,
  startSurgery,
  surgeryError,
  surgeryStands,
  typedScale,
} from '../../state/closer/normsAsks.ts';
import { engineIsReady, pairArms } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButtons } from '../../ui/CopyButtons.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { phaseInWords } from '../phaseInWords.ts';
import styles from './body.module.css';
import { surgeryCsv } from './csv.ts';
import { Steps } from './steps.tsx';
import { type ArmSurgery, surgeryInWords } from './words.ts';

const ORDERS = [
  {
    value: 'cumulative',
    label: 'one by one',
    title: 'In the paper’s order: MLPs layer by layer, query/key, value, the final norm',
  },
  {
    value: 'kind',
    label: 'by kind',
    title: 'All MLPs, all query/key, all values, or the final norm alone',
  },
  { value: 'single', label: 'each alone', title: 'Each norm alone, all others as they are' },
] as const;

const VALUES = [
  {
    value: 'prompt',
    label: 'this prompt’s mean',
    title: 'The mean of σ over positions from 1 on, in the run itself',
  },
  { value: 'typed', label: 'a number', title: 'The same number for every norm that is taken out' },
] as const;

export function Surgery() {
  const state = useWorkbench();
  const { result } = state.slots['norm-surgery'];
  const error = surgeryError(state);
  const arms = state.shown.flatMap((arm): ArmSurgery[] => {
    const surgery = result?.arms[arm];
    return surgery ? [{ arm, surgery }] : [];
  });
  return (
    <section
      className={styles.surgery}
      aria-label="Remove LayerNorm"
      aria-busy={state.slots['norm-surgery'].working}
    >
      <div className={styles.heading}>
        <h3>Remove LayerNorm</h3>
        {result && <CopyButtons name="norm-surgery" csv={() => surgeryCsv(arms)} json={() => result} />}
      </div>
      <p className={styles.note}>
        A norm that is taken out divides by one fixed number at every position, in place of each position’s
        own σ. The original was never trained for that; the LN-free model was. This changes the run itself, so
        it is computed by our WebGPU kernels, whichever engine answers the rest.
      </p>
      <Controls />
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      {arms.length > 0 && (
        <>
          <ul className={styles.answers}>
            {arms.map((own) => (
              <li key={own.arm}>{surgeryInWords(own)}</li>
            ))}
          </ul>
          <Steps arms={arms} />
        </>
      )}
    </section>
  );
}

function Controls() {
  const state = useWorkbench();
  const { by, value, typed } = state.closer.norms;
  const { result, working, progress } = state.slots['norm-surgery'];
  const stands = surgeryStands(state);
  const { state: kernels, note } = state.engine.engines.wgsl;
  const bad = value === 'typed' && typedScale(state.closer.norms) === null;
  return (
    <div className={styles.controls}>
      <Segmented
        label="Order of the removal"
        value={by}
        options={ORDERS}
        onChange={(choice) => void setNorms({ by: choice })}
      />
      <span className={styles.choice}>
        <span>replace σ by</span>
        <Segmented
          label="What σ is replaced by"
          value={value}
          options={VALUES}
          onChange={(choice) => void setNorms({ value: choice })}
        />
        {value === 'typed' && (
          <input
            className={styles.number}
            aria-label="σ for every norm"
            aria-invalid={bad}
            inputMode="decimal"
            value={typed}
            onChange={(event) => void setNorms({ typed: event.target.value })}
          />
        )}
      </span>
      {working ? (
        <span className={styles.progress}>
          <ProgressBar
            label="Removing LayerNorm"
            left={progress ? phaseInWords(progress, pairArms(state)) : 'starting'}
            right={progress && progress.unit === 'steps' ? `${progress.done} of ${progress.total}` : null}
            share={progress && progress.done / progress.total}
          />
          <Button onClick={() => void cancelSurgery()}>Cancel</Button>
        </span>
      ) : (
        <Button
          kind={stands ? 'plain' : 'primary'}
          disabled={!engineIsReady(state) || bad || kernels === 'unavailable'}
          onClick={() => void startSurgery(state)}
        >
          {stands ? 'Remove it again' : 'Remove LayerNorm step by step'}
        </Button>
      )}
      {kernels === 'unavailable' && (
        <span className={styles.note}>Cannot be done here: it needs our WebGPU kernels. {note}</span>
      )}
      {bad && <span className={styles.error}>σ must be a number above 0, such as 1.5.</span>}
      {result && !stands && !working && (
        <span className={styles.note}>What is shown below is of an earlier prompt or choice.</span>
      )}
    </div>
  );
}
