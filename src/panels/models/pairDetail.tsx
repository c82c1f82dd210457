/** One pair: its models, how to keep them on the device, whether that fits, and the button that says what it downloads. */

import type { PairInfo } from '../../engine/api.ts';
import { lookAt } from '../../state/models/dialog.ts';
import { removePair, unloadPair } from '../../state/models/draft.ts';
import { shortTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { ConfirmButton } from '../../ui/ConfirmButton.tsx';
import { ArmTable } from './armTable.tsx';
import { LoadFooter } from './loadFooter.tsx';
import styles from './pairDetail.module.css';
import { StorageChoice } from './storageChoice.tsx';
import { titleDetails } from './words.ts';

export function PairDetail({ pair }: { pair: PairInfo }) {
  const choice = useWorkbench((state) => state.models.choice);
  const running = useWorkbench(
    ({ models }) => models.job?.state === 'running' && models.job.plan.pair === pair.id,
  );
  return (
    <section className={styles.detail} aria-labelledby="pair-title" aria-busy={choice.working}>
      <div className={styles.scroll}>
        <header className={styles.header}>
          <h3 id="pair-title">{shortTitle(pair.title)}</h3>
          <span className={styles.muted}>{titleDetails(pair.title)}</span>
          {!running && <PairActions pair={pair} />}
        </header>
        {pair.about && <p>{pair.about}</p>}
        {pair.tokenizer === false && (
          <p className={styles.muted}>Without a tokenizer: prompts are token ids instead of text.</p>
        )}
        <ArmTable pair={pair} choice={choice} disabled={running} />
        {choice.error ? (
          <div role="alert" className={styles.error}>
            <p>{choice.error.message}</p>
            <Button kind="quiet" onClick={() => void lookAt(pair.id)}>
              Look again
            </Button>
          </div>
        ) : (
          <StorageChoice choice={choice} disabled={running} />
        )}
      </div>
      <LoadFooter pair={pair} choice={choice} />
    </section>
  );
}

/** Freeing memory, and taking an added pair off the list. */
function PairActions({ pair }: { pair: PairInfo }) {
  const others = useWorkbench((state) => state.pairs.some((each) => each.id !== pair.id));
  const loaded = pair.arms.some((arm) => arm.loaded);
  if (!others || (!loaded && !pair.added)) return null;
  return (
    <span className={styles.actions}>
      {loaded && (
        <Button
          kind="quiet"
          title="Frees the memory on the device; what was downloaded stays here"
          onClick={() => void unloadPair(pair.id)}
        >
          Unload
        </Button>
      )}
      {pair.added && (
        <ConfirmButton
          label={`Remove ${pair.title} from the list`}
          question="Take it off the list?"
          confirm="Remove"
          onConfirm={() => void removePair(pair.id)}
        >
          Remove
        </ConfirmButton>
      )}
    </span>
  );
}
