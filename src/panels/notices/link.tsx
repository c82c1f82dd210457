/** What an opened link still needs, or how its numbers came out here. */

import { patchLinking } from '../../state/linking/slice.ts';
import { useWorkbench } from '../../state/store.ts';
import { lazyView } from '../lazyView.tsx';
import styles from './view.module.css';

const Waiting = lazyView(() => import('./waitingLink.tsx').then((module) => module.WaitingLink));

/** A link about models that are not here waits for consent; the page stays usable meanwhile. */
export function WaitingLink() {
  return useWorkbench((state) => state.linking.waiting !== null) && <Waiting />;
}

/** Whether the author's numbers came out here, too. */
export function LinkVerdict() {
  const verdict = useWorkbench((state) => state.linking.verdict);
  if (!verdict) return null;
  return (
    <div role="status" className={verdict.ok ? styles.info : styles.error}>
      <p>
        <b>{verdict.ok ? 'Reproduced.' : 'Not reproduced.'}</b> {verdict.says}
      </p>
      <button
        type="button"
        aria-label="Dismiss: the link’s numbers"
        onClick={() => patchLinking({ verdict: null })}
      >
        ×
      </button>
    </div>
  );
}
