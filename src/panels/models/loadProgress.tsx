/** A load under way: the phase, the file, all of it, how fast and how long; and how it ended, with the way on. */

import type { Progress } from '../../engine/api.ts';
import { cancelLoad, dismissLoad, LOAD_PHASES, retryLoad } from '../../state/models/loading.ts';
import type { LoadJob } from '../../state/models/types.ts';
import { armTitle } from '../../state/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import footer from './loadFooter.module.css';
import styles from './loadProgress.module.css';
import { amount, armsInWords, paceInWords, shareOf } from './words.ts';

export function LoadProgress({ job }: { job: LoadJob }) {
  return (
    <footer className={`${footer.footer} ${styles.foot}`}>
      {job.state === 'running' ? <Running job={job} /> : <Ended job={job} />}
    </footer>
  );
}

function Running({ job }: { job: LoadJob }) {
  const { progress, plan } = job;
  return (
    <>
      <div className={styles.bars}>
        <Phases progress={progress} />
        <ProgressBar
          label={`All of ${plan.title}`}
          left={progress ? amount(progress) : `Loading ${armsInWords(plan.arms)}`}
          right={paceInWords(job)}
          share={shareOf(progress)}
        />
        {progress?.file && (
          <ProgressBar
            slim
            label="This file"
            left={`${progress.arm ? `${armTitle(progress.arm)}: ` : ''}${progress.file.name}`}
            right={amount({ ...progress.file, unit: 'bytes' })}
            share={shareOf(progress.file)}
          />
        )}
      </div>
      <div className={styles.end}>
        <p className={footer.muted}>The page stays usable: close this and go on.</p>
        <Button onClick={cancelLoad}>Cancel</Button>
      </div>
    </>
  );
}

/** Only the phase speaks to screen readers: bytes would never stop. */
function Phases({ progress }: { progress: Progress | null }) {
  const now = progress?.phase ?? LOAD_PHASES[0];
  const shown = LOAD_PHASES.filter((phase) => phase !== 'waiting for another tab' || phase === now);
  return (
    <>
      <ol className={styles.phases} aria-hidden="true">
        {shown.map((phase) => (
          <li key={phase} className={phase === now ? styles.now : undefined}>
            {phase}
          </li>
        ))}
      </ol>
      <p role="status" className="visually-hidden">
        {now}
        {progress?.arm && `, ${armTitle(progress.arm)}`}
      </p>
    </>
  );
}

function Ended({ job }: { job: LoadJob }) {
  const failed = job.state === 'failed';
  return (
    <>
      <div role="alert" className={failed ? styles.failed : styles.cancelled}>
        <p>{failed ? job.error?.message : 'Cancelled.'}</p>
        <p className={footer.muted}>What arrived is kept: another try goes on from there.</p>
      </div>
      <div className={styles.end}>
        <Button onClick={dismissLoad}>Choose differently</Button>
        <Button kind="primary" onClick={() => void retryLoad()}>
          {failed ? 'Try again' : 'Go on'}
        </Button>
      </div>
    </>
  );
}
