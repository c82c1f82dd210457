/** A load in a few words while the dialog is closed: how far, cancel, and how it ended. */

import { openModels } from '../../state/models/dialog.ts';
import { cancelLoad, dismissLoad } from '../../state/models/loading.ts';
import type { LoadJob } from '../../state/models/types.ts';
import { shortTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { duration, percent } from '../../ui/format.ts';
import styles from './loadChip.module.css';

export function LoadChip() {
  const job = useWorkbench((state) => state.models.job);
  if (!job || job.state === 'done') return null;
  const { plan, state } = job;
  const title = shortTitle(plan.title);
  const running = state === 'running';
  return (
    <span data-load className={running ? styles.chip : `${styles.chip} ${styles.ended}`}>
      <button
        type="button"
        className={styles.words}
        title={job.error?.message ?? 'Opens the models dialog'}
        onClick={() => void openModels(plan.pair)}
      >
        {running
          ? `${title}: ${progressInWords(job)}`
          : `${title}: ${state === 'failed' ? 'not loaded' : 'cancelled'}`}
      </button>
      <button
        type="button"
        className={styles.cross}
        title={running ? 'Cancel; what arrived is kept' : 'Dismiss'}
        aria-label={running ? `Cancel loading ${title}` : `Dismiss: ${title} was not loaded`}
        onClick={running ? cancelLoad : dismissLoad}
      >
        ×
      </button>
    </span>
  );
}

function progressInWords({ progress, pace }: LoadJob): string {
  if (!progress) return 'starting';
  const { done, total, unit, phase } = progress;
  const share = unit === 'bytes' && total > 0 ? ` ${percent(done / total).replace(/\.\d+/, '')}` : '';
  return `${phase}${share}${pace.left === null ? '' : ` · ${duration(pace.left)}`}`;
}
