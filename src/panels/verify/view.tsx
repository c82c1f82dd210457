/** Composes the Verify panel: the button, the verdict in words, who was compared, the chart, the table and the report. */

import { engineName } from '../../state/engineNames.ts';
import { armTitle, engineIsReady, pairArms } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { ResultOf } from '../../state/types.ts';
import { cancelVerify, startVerify, verifyError, verifyStands } from '../../state/verify.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { download } from '../../ui/download.ts';
import { magnitude } from '../../ui/format.ts';
import { toJson } from '../../ui/json.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { reportCsv } from './rows.ts';
import { RowTable } from './rowTable.tsx';
import { Tracks } from './tracks.tsx';
import styles from './view.module.css';
import { badgeOf, leftOutOf, nonFiniteInWords, phaseInWords, verdictOf } from './words.ts';

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
      {result && (
        <>
          <Compared result={result} />
          <Tracks result={result} />
          <RowTable result={result} />
          <Report result={result} />
        </>
      )}
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

function Verdict({ result }: { result: ResultOf<'verify'> }) {
  const { ok, before, hook, after } = verdictOf(result);
  const nonFinite = nonFiniteInWords(result);
  return (
    <>
      <p className={ok ? styles.verdict : `${styles.verdict} ${styles.differ}`}>
        <span className={ok ? styles.tick : undefined}>{ok ? '✓' : '✗'}</span> {before}
        <code>{hook}</code>
        {after}
      </p>
      {nonFinite && <p className={styles.hint}>{nonFinite}</p>}
    </>
  );
}

/** Who was compared, on what, and who was not and why. */
function Compared({ result }: { result: ResultOf<'verify'> }) {
  return (
    <dl className={styles.engines}>
      {result.engines.map(({ engine, device }) => (
        <div key={engine}>
          <dt>{engineName(engine)}</dt>
          <dd>{device}</dd>
        </div>
      ))}
      {leftOutOf(result).map(({ name, reason }) => (
        <div key={name}>
          <dt>{name}, left out</dt>
          <dd>{reason}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One file for a bug report: everything shown, and what it was found on. */
function Report({ result }: { result: ResultOf<'verify'> }) {
  const { environment, arms, tolerance } = result;
  const file = `normless-verify-${environment.date.slice(0, 10)}.json`;
  return (
    <div className={styles.report}>
      <Button kind="quiet" onClick={() => download(file, toJson(result))}>
        Download report
      </Button>
      <p className={styles.hint}>
        Attach it to a bug report; it holds the prompt, as text and as token ids. Weights:{' '}
        {Object.entries(arms).map(([arm, { dtype, weights }], i) => (
          <span key={arm} title={`sha256 ${weights}`}>
            {i > 0 && ', '}
            {armTitle(arm)} {dtype} <code>{weights.slice(0, 8)}</code>
          </span>
        ))}
        . Allowed {magnitude(tolerance)}. Normless {environment.normless}, {environment.date.slice(0, 16)}.
      </p>
    </div>
  );
}
