/** The pairs as a list, and the one looked at beside it. */

import { lookAt, showModelsView } from '../../state/models/dialog.ts';
import { engineIsDead, shortTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { PairDetail } from './pairDetail.tsx';
import styles from './pairs.module.css';
import { standing, titleDetails } from './words.ts';

export function Pairs() {
  const pairs = useWorkbench((state) => state.pairs);
  const lookedAt = useWorkbench((state) => state.models.choice.pair);
  const dead = useWorkbench(engineIsDead);
  const pair = pairs.find(({ id }) => id === lookedAt);
  if (pairs.length === 0) {
    return (
      <p className={styles.empty}>
        {dead
          ? 'The engine is not running, so no models can be loaded. The page says why at its top.'
          : 'The engine is still starting. The models appear here in a moment.'}
      </p>
    );
  }
  return (
    <div className={styles.columns}>
      <nav aria-label="Pairs of models" className={styles.list}>
        <ul>
          {pairs.map((each) => (
            <li key={each.id}>
              <button
                type="button"
                className={styles.pair}
                aria-current={each.id === lookedAt}
                onClick={() => void lookAt(each.id)}
              >
                <b>{shortTitle(each.title)}</b>
                <span className={styles.about}>{titleDetails(each.title)}</span>
                <span className={styles.standing}>{standing(each)}</span>
              </button>
            </li>
          ))}
        </ul>
        <Button kind="quiet" className={styles.add} onClick={() => void showModelsView('add')}>
          + Add your own
        </Button>
      </nav>
      {pair && <PairDetail key={pair.id} pair={pair} />}
    </div>
  );
}
