/** Composes the Verify panel: the button, and the report once there is one. */

import { engineIsReady, pairArms } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { cancelVerify, startVerify, verifyError, verifyStands } from '../../state/verify.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { lazyView } from '../lazyView.tsx';
import { reportCsv } from './rows.ts';
import styles from './view.module.css';
import { badgeOf, phaseInWords } from './words.ts';

const Verdict = lazyView(() => import('./report.tsx').then((module) => module.Verdict));
const Report = lazyView(() => import('./report.tsx').then((module) => module.Report));

export function VerifyView() {
  const state = useWorkbench();
  const { result, working } = state.slots.verify;
  const stands = verifyStands(state);
  const badge = result && badgeOf(result);
  return (
    <PanelFrame
      id="verify"
      question="Verify"
      title="do independent engines agree?"
      shows="Runs this prompt on our WebGPU kernels, on ONNX Runtime and, for small models, on a plain CPU twin, and compares every activation in the order of the forward pass."
      details={
        <>
          <p>
            The engines share the weights and nothing else: other code, another order of summation, another
            device. The relative difference of two values is |Δ| ÷ (rms + |value|), rms being the root mean
            square of that activation; shown is the largest of each activation.
          </p>
          <p>
            Rounding of 32-bit numbers stays far below what is allowed; a kernel that is a hundredth off, or
            the wrong kind of GELU, lies above it. Everything behind a difference inherits it, so the first
            one names the fault.
          </p>
        </>
      }
      doesNotShow="Whether the weights are the right ones: every engine reads the same. Their sha256 is in the report."
      freshness={working ? 'working' : result && !stands ? 'earlier' : 'live'}
      error={verifyError(state)}
      badge={
        badge && (
          <Badge tone={badge.ok ? 'good' : 'bad'} title={badge.title}>
            {badge.text}
          </Badge>
        )
      }
      csv={result ? () => reportCsv(result) : undefined}
      json={result ? () => result : undefined}
      controls={<Controls stands={stands} />}
    >
      <div aria-live="polite">{result && <Verdict result={result} />}</div>
      {result && <Report result={result} />}
    </PanelFrame>
  );
}

function Controls({ stands }: { stands: boolean }) {
  const state = useWorkbench();
  const { result, working, progress } = state.slots.verify;
  if (working) {
    return (
      <div className={styles.progress}>
        <ProgressBar
          label="Comparing the engines"
          left={progress ? phaseInWords(progress, pairArms(state)) : 'starting'}
          right={progress && `${progress.done} of ${progress.total}`}
          share={progress && progress.done / progress.total}
        />
        <Button onClick={() => void cancelVerify()}>Cancel</Button>
      </div>
    );
  }
  return (
    <>
      <Button
        kind={stands ? 'plain' : 'primary'}
        disabled={!engineIsReady(state)}
        onClick={() => void startVerify()}
      >
        {stands ? 'Compare again' : 'Compare on this prompt'}
      </Button>
      <span className={styles.hint}>
        {result && !stands
          ? 'The report below is of an earlier prompt, other models or other weights.'
          : 'Takes some seconds.'}
      </span>
    </>
  );
}
