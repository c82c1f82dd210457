/** The foot of a pair: whether what was chosen fits, and the click that loads it; or the load that is under way. */

import type { Budget, PairInfo } from '../../engine/api.ts';
import { chooseStorage, closeModels } from '../../state/models/dialog.ts';
import { plannedLoad, startLoad } from '../../state/models/loading.ts';
import { choosePair } from '../../state/models/switchPair.ts';
import type { Choice } from '../../state/models/types.ts';
import { shortTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { StorageDType } from '../../tensor/params.ts';
import { Button } from '../../ui/Button.tsx';
import { bytes, list } from '../../ui/format.ts';
import { storageName } from '../../ui/storageName.ts';
import styles from './loadFooter.module.css';
import { LoadProgress } from './loadProgress.tsx';
import { FITS, thatFit, toDownload } from './words.ts';

export function LoadFooter({ pair, choice }: { pair: PairInfo; choice: Choice }) {
  const job = useWorkbench((state) => state.models.job);
  if (job?.plan.pair === pair.id && job.state !== 'done') return <LoadProgress job={job} />;
  return (
    <footer className={styles.footer}>
      <div className={styles.words} aria-live="polite">
        <Verdict choice={choice} />
        <Consent pair={pair} choice={choice} />
      </div>
      {isAsChosen(pair, choice) ? (
        <UseIt pair={pair} />
      ) : (
        <LoadButton choice={choice} busyWith={job?.state === 'running' ? job.plan.title : null} />
      )}
    </footer>
  );
}

function LoadButton({ choice, busyWith }: { choice: Choice; busyWith: string | null }) {
  const { budget } = choice;
  const download = budget ? toDownload(budget) : 0;
  const what = download > 0 ? `downloads ${bytes(download)}` : 'nothing to download';
  return (
    <span className={styles.act}>
      {busyWith !== null && <span className={styles.muted}>{shortTitle(busyWith)} is loading.</span>}
      <Button
        kind="primary"
        disabled={busyWith !== null || plannedLoad() === null}
        onClick={() => void startLoad()}
      >
        {budget ? `Load · ${what}` : 'Load'}
      </Button>
    </span>
  );
}

function UseIt({ pair }: { pair: PairInfo }) {
  const current = useWorkbench((state) => state.pair === pair.id);
  const use = () => {
    closeModels(); // at once: when the pair has answered, somebody may have opened the dialog again
    if (!current) void choosePair(pair.id);
  };
  return (
    <Button kind="primary" onClick={use}>
      {current ? 'Loaded · back to the page' : 'Loaded · use it'}
    </Button>
  );
}

/** In a sentence, whether the chosen arms fit as chosen, and what would where they do not. */
function Verdict({ choice }: { choice: Choice }) {
  const { budget, arms, everyArm, error } = choice;
  if (error) return null;
  if (!budget) return <p>{everyArm && arms.length === 0 ? 'Choose at least one model.' : 'Looking…'}</p>;
  const dtype = choice.dtype ?? budget.suggested?.dtype ?? 'q8';
  const { residency, message } = budget.plans[dtype];
  if (residency === 'all') return <p>{message}</p>;
  if (residency === 'one-at-a-time') return <p>{message} Every analysis still compares all of them.</p>;
  const fitting = thatFit(budget);
  return (
    <div className={styles.bad}>
      <p>{message}</p>
      {fitting.length > 0 && <Instead budget={budget} fitting={fitting} />}
    </div>
  );
}

function Instead({ budget, fitting }: { budget: Budget; fitting: StorageDType[] }) {
  return (
    <p className={styles.instead}>
      What would fit instead:
      {fitting.map((dtype) => (
        <Button key={dtype} kind="quiet" onClick={() => chooseStorage(dtype)}>
          {storageName(dtype)}, {FITS[budget.plans[dtype].residency]}
        </Button>
      ))}
    </p>
  );
}

/** Of repositories that a person named, the click is the consent: so whose they are and how much stands beside it. */
function Consent({ pair, choice }: { pair: PairInfo; choice: Choice }) {
  const { budget } = choice;
  const repos = pair.arms.flatMap(({ id, repo }) => (repo && choice.arms.includes(id) ? [repo.name] : []));
  if (!pair.added || !budget || repos.length === 0 || toDownload(budget) === 0) return null;
  return (
    <p className={styles.muted}>
      You named {list([...new Set(repos)])}, which Normless does not vouch for. Loading downloads{' '}
      {bytes(toDownload(budget))} from the Hub; only numbers and words are read, nothing is executed.
    </p>
  );
}

/** Exactly what was chosen is on the device already. */
function isAsChosen(pair: PairInfo, { arms, dtype, budget }: Choice): boolean {
  const wanted = dtype ?? budget?.suggested?.dtype;
  return (
    arms.length > 0 &&
    arms.every((id) => pair.arms.some((arm) => arm.id === id && arm.loaded && arm.dtype === wanted))
  );
}
