/** What an opened link still needs, or how its numbers came out here. */

import { useEffect } from 'react';
import { patchLinking } from '../../state/linking/address.ts';
import { forgetWaiting, openWaiting } from '../../state/linking/open.ts';
import { openModels } from '../../state/models/dialog.ts';
import { isAtHand, shortTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import styles from './view.module.css';

/** A link about models that are not here waits for consent; the page stays usable meanwhile. */
export function WaitingLink() {
  const waiting = useWorkbench((state) => state.linking.waiting);
  const pair = useWorkbench((state) => state.pairs.find(({ id }) => id === waiting?.pair));
  const loaded = pair?.arms.some(({ loaded }) => loaded) ?? false;
  useEffect(() => {
    if (waiting && loaded) void openWaiting();
  }, [waiting, loaded]);
  if (!waiting) return null;
  const repos = Object.values(waiting.link.repos ?? {}).map(({ name }) => name);
  return (
    <div role="alert" className={styles.info}>
      <div>
        <p>
          <b>This link is about {pair ? shortTitle(pair.title) : `the pair “${waiting.pair}”`}</b>, which is
          not loaded. Nothing is downloaded unless you say so; what is below is about the models that are
          here.
        </p>
        {pair && !pair.arms.some(isAtHand) && (
          <Button kind="primary" onClick={() => void openModels(pair.id)}>
            Choose what to load
          </Button>
        )}
        {!pair && (
          <p>
            This browser does not know that pair.{' '}
            {repos.length > 0
              ? `It was made of ${repos.join(', ')}.`
              : 'Its author added it from files or repositories of their own.'}{' '}
            Add it under Models with the name “{waiting.pair}”, and open the link again.
          </p>
        )}
      </div>
      <button type="button" aria-label="Dismiss: the link" onClick={forgetWaiting}>
        ×
      </button>
    </div>
  );
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
