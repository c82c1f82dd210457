/** What went wrong or had to be mended, on top of the page until dismissed; what is missing where WebGPU is; and the banner for a page without an engine. */

import { useState } from 'react';
import { dismiss } from '../../state/notices.ts';
import { engineIsDead } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { LinkVerdict, WaitingLink } from './link.tsx';
import styles from './view.module.css';

export function Notices() {
  const notices = useWorkbench((state) => state.notices);
  const dead = useWorkbench(engineIsDead);
  return (
    <div className={styles.notices}>
      {dead ? <NoEngine /> : <NoWebGpu />}
      <WaitingLink />
      <LinkVerdict />
      {notices.map((notice) => (
        <div
          key={notice.id}
          role={notice.tone === 'error' ? 'alert' : 'status'}
          className={notice.tone === 'error' ? styles.error : styles.info}
        >
          <p>
            <b>{notice.title}.</b> {notice.message}
            {notice.tone === 'error' && ' What was shown before stays.'}
          </p>
          <button type="button" aria-label={`Dismiss: ${notice.title}`} onClick={() => dismiss(notice.id)}>
            ×
          </button>
        </div>
      ))}
    </div>
  );
}

/** Nearly everything on the page works without WebGPU, so this is said once and quietly. */
function NoWebGpu() {
  const { route, engines } = useWorkbench((state) => state.engine);
  const [dismissed, setDismissed] = useState(false);
  if (dismissed || route?.engine !== 'ort' || engines.wgsl.state !== 'unavailable') return null;
  return (
    <div role="status" className={styles.info}>
      <div>
        No WebGPU here, so ONNX Runtime computes on the processor: everything on this page works but edits and
        gradients, which need WebGPU.{' '}
        <details className={styles.why}>
          <summary>Why</summary>
          <p>{engines.wgsl.note}</p>
        </details>
      </div>
      <button type="button" aria-label="Dismiss: no WebGPU here" onClick={() => setDismissed(true)}>
        ×
      </button>
    </div>
  );
}

/** The page is still a true, finished analysis; it only cannot compute a new one. */
function NoEngine() {
  const { engine, slots } = useWorkbench();
  const live = Object.values(slots).some((slot) => slot.from === 'live' && slot.result !== null);
  return (
    <div role="alert" className={styles.error}>
      <p>
        <b>The engine is not running.</b> {engine.message}{' '}
        {live
          ? 'The numbers below are the last that were computed.'
          : 'The numbers below are the finished result that comes with Normless, for the prompt shown in the token strip.'}{' '}
        Another prompt, position or target needs the engine.
      </p>
    </div>
  );
}
