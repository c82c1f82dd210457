/** What an opened link still needs: only who opens one of models that are not here fetches this. */

import { useEffect } from 'react';
import { isOfRepos } from '../../state/linking/models.ts';
import { openWaiting } from '../../state/linking/open.ts';
import type { WaitingLink as Waiting } from '../../state/linking/types.ts';
import { addWaiting, forgetWaiting, reposIn } from '../../state/linking/waiting.ts';
import { openModels } from '../../state/models/dialog.ts';
import { armTitle, shortTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { bytes, list } from '../../ui/format.ts';
import styles from './view.module.css';

/** A link about models that are not here waits for consent; the page stays usable meanwhile. */
export function WaitingLink() {
  const waiting = useWorkbench((state) => state.linking.waiting);
  const pair = useWorkbench((state) => state.pairs.find(({ id }) => id === waiting?.pair));
  const other = pair?.added === true && !isOfRepos(pair, waiting?.link.repos ?? {});
  const loaded = !other && (pair?.arms.some(({ loaded }) => loaded) ?? false);
  useEffect(() => {
    if (waiting && loaded) void openWaiting();
  }, [waiting, loaded]);
  if (!waiting) return null;
  return (
    <div role="alert" className={styles.info}>
      <div>
        <p>
          <b>This link is about {pair ? shortTitle(pair.title) : `the pair “${waiting.pair}”`}</b>, which is
          not loaded. Nothing is downloaded unless you say so; what is below is about the models that are
          here.
        </p>
        {pair && !other ? <Download waiting={waiting} /> : <Unknown waiting={waiting} other={other} />}
      </div>
      <button type="button" aria-label="Dismiss: the link" onClick={forgetWaiting}>
        ×
      </button>
    </div>
  );
}

/** What opening it would move, and the way to choose. */
function Download({ waiting: { pair, download } }: { waiting: Waiting }) {
  const sum = download?.reduce((total, arm) => total + arm.bytes, 0);
  const each = download?.map((arm) => `${armTitle(arm.arm)} ${bytes(arm.bytes)}`) ?? [];
  return (
    <>
      {sum === 0 && <p>All of it is kept in this browser already: loading it downloads nothing.</p>}
      {sum !== undefined && sum > 0 && (
        <p>
          It would download {bytes(sum)} ({list(each)}), which this browser then keeps.
        </p>
      )}
      <Button kind="primary" onClick={() => void openModels(pair)}>
        Choose what to load
      </Button>
    </>
  );
}

/** A pair that its author put together, from repositories that are named, or from files. */
function Unknown({ waiting: { pair, link, adding }, other }: { waiting: Waiting; other: boolean }) {
  const repos = reposIn(link);
  const why = other
    ? 'A pair of that name is here, but it is made of other models.'
    : 'This browser does not know that pair.';
  if (repos.length === 0)
    return (
      <p>
        {why} Its author added it from files: ask for them, add them under Models with the name “{pair}”, and
        open the link again.
      </p>
    );
  return (
    <>
      <p>
        {why} Its author made it of {list(repos.map(([arm, repo]) => `${repo.name} (${armTitle(arm)})`))}.
        Adding it asks the Hub for lists, configurations and headers; then you choose what to load.
      </p>
      <Button kind="primary" disabled={adding} onClick={() => void addWaiting()}>
        {adding ? 'Reading…' : 'Add and choose what to load'}
      </Button>
    </>
  );
}
