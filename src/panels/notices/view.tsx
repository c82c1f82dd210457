/** What went wrong or had to be mended, on top of the page until dismissed; and the banner for a page without an engine. */

import { dismiss } from '../../state/notices.ts';
import { engineIsDead } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import styles from './view.module.css';

export function Notices() {
  const notices = useWorkbench((state) => state.notices);
  const dead = useWorkbench(engineIsDead);
  return (
    <div className={styles.notices}>
      {dead && <NoEngine />}
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
