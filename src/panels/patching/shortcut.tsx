/** Is the shortcut any good? Attribution patching beside activation patching, on these prompts or a set of pairs. */

import type { EstimateOver } from '../../state/closer/patching.ts';
import {
  estimateFailure,
  estimateOf,
  startEstimate,
  whyNotEstimated,
} from '../../state/closer/patchingEstimate.ts';
import { patchPatching } from '../../state/closer/patchingPrompts.ts';
import { newestOf, stopWork } from '../../state/closer/patchingWork.ts';
import { engineIsReady, pairArms } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButtons } from '../../ui/CopyButtons.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { AgreementTable } from './agreement.tsx';
import styles from './body.module.css';
import { estimateCsv } from './estimate.ts';
import { EstimatePlots } from './estimatePlots.tsx';
import { EstimateTable } from './tables.tsx';
import { phaseInWords, shortcutInWords } from './words.ts';

const OVER: readonly { value: EstimateOver; label: string }[] = [
  { value: 'these', label: 'these two prompts' },
  { value: 'ioi', label: 'two names, one said again (IOI)' },
  { value: 'typed', label: 'pairs of my own' },
];

export function Shortcut() {
  const state = useWorkbench();
  const { over, estimate } = state.closer.patching;
  const current = estimateOf(state);
  const kept = current ?? newestOf(estimate, state.pair);
  return (
    <section className={styles.shortcut} aria-label="Is the shortcut any good?">
      <div className={styles.ask}>
        <h3 className={styles.heading}>Is the shortcut any good?</h3>
        {kept && (
          <CopyButtons
            name="shortcut"
            csv={() => estimateCsv(kept.result, state.shown)}
            json={() => kept.result}
          />
        )}
      </div>
      <p className={styles.note}>
        Attribution patching estimates every cell at once: gradient of the metric × (the other prompt’s
        activation − its own), from two forward passes and one backward. Here each estimate stands beside what
        patching really does.
      </p>
      <div className={styles.ask}>
        <span>over</span>
        <Segmented
          label="Over which prompts"
          value={over}
          options={OVER}
          onChange={(over) => patchPatching({ over })}
        />
        <Controls stands={current !== null} />
      </div>
      {over === 'ioi' && <IoiSet />}
      {over === 'typed' && <TypedPairs />}
      <Failure />
      {kept && !current && estimate.asked === null && (
        <p className={styles.note}>What is shown below is of earlier prompts or choices.</p>
      )}
      {kept && (
        <div className={current ? undefined : styles.stale}>
          {shortcutInWords(kept.result, state.shown).map((sentence) => (
            <p key={sentence} className={styles.answer}>
              {sentence}
            </p>
          ))}
          <EstimatePlots
            result={kept.result}
            pieces={kept.pieces}
            unit={kept.normalise ? 'share' : 'logits'}
          />
          <AgreementTable result={kept.result} />
          <EstimateTable result={kept.result} pieces={kept.pieces} />
        </div>
      )}
    </section>
  );
}

function Controls({ stands }: { stands: boolean }) {
  const state = useWorkbench();
  const { asked, progress } = state.closer.patching.estimate;
  const why = whyNotEstimated(state);
  if (asked) {
    return (
      <>
        <ProgressBar
          label="Comparing estimate and measurement"
          left={progress ? phaseInWords(progress, pairArms(state)) : 'starting'}
          right={progress && `${progress.done} of ${progress.total}`}
          share={progress && progress.done / progress.total}
          slim
        />
        <Button onClick={() => stopWork('estimate')}>Cancel</Button>
      </>
    );
  }
  return (
    <>
      <Button
        kind={stands ? 'plain' : 'primary'}
        disabled={!engineIsReady(state) || why !== null}
        onClick={() => void startEstimate()}
      >
        {stands ? 'Compare again' : 'Compare estimate and measurement'}
      </Button>
      {why && <span className={styles.note}>{why}</span>}
    </>
  );
}

function IoiSet() {
  const { ioiCount, ioiSeed } = useWorkbench((state) => state.closer.patching);
  const field = (label: string, value: string, onChange: (value: string) => void) => (
    <label className={styles.choice}>
      {label}
      <input
        className={styles.digits}
        inputMode="numeric"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
  return (
    <div className={styles.ask}>
      {field('pairs', ioiCount, (value) => patchPatching({ ioiCount: value }))}
      {field('seed', ioiSeed, (value) => patchPatching({ ioiSeed: value }))}
      <span className={styles.note}>
        “Then, Mary and John went to the store. John gave a ring to” is answered by Mary; in its corrupted
        twin Mary gives, and the answer is John. Names, places and objects are drawn from those that are one
        token here. Every pair is a sweep of its own.
      </span>
    </div>
  );
}

function TypedPairs() {
  const typed = useWorkbench((state) => state.closer.patching.typedPairs);
  return (
    <textarea
      className={styles.typed}
      aria-label="Pairs of prompts"
      placeholder={
        'One pair a line, spaces as they belong: clean prompt|corrupted prompt| target| contrast\nA girl came. Then|A boy came. Then| she| he'
      }
      rows={4}
      spellCheck={false}
      value={typed}
      onChange={(event) => patchPatching({ typedPairs: event.target.value })}
    />
  );
}

function Failure() {
  const failure = useWorkbench(estimateFailure);
  return (
    failure && (
      <p className={styles.error} role="alert">
        {failure}
      </p>
    )
  );
}
