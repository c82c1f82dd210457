/** The question in one sentence, with its tokens to choose, and each arm's answer as one number. */

import { addToken, chooseToken, removeToken, type Side, swapSides } from '../../state/actions.ts';
import { viewed } from '../../state/edits/viewed.ts';
import { armTitle, positionOf, speaksIds } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { tokenize } from '../../state/vocabulary.ts';
import { signed } from '../../ui/format.ts';
import { TokenPicker } from '../../ui/TokenPicker.tsx';
import { TokenText } from '../../ui/TokenText.tsx';
import styles from './view.module.css';

export function Question() {
  const contrast = useWorkbench((state) => state.contrast);
  return (
    <section className={styles.question} aria-label="What is explained">
      <div className={styles.sentence}>
        <span className={styles.word}>Why</span>
        <Picker side="target" label="Target token" empty="a token" />
        <button
          type="button"
          className={styles.swap}
          title="Swap target and contrast"
          aria-label="Swap target and contrast"
          disabled={contrast.length === 0}
          onClick={() => void swapSides()}
        >
          ⇄
        </button>
        <span className={styles.word}>rather than</span>
        <Picker side="contrast" label="Contrast token" empty="an average token" />
        <Where />
      </div>
      <Answers />
    </section>
  );
}

function Picker({ side, label, empty }: { side: Side; label: string; empty: string }) {
  const tokens = useWorkbench((state) => state[side]);
  const ids = useWorkbench(speaksIds);
  return (
    <TokenPicker
      ids={ids}
      label={label}
      tokens={tokens}
      empty={empty}
      resolve={tokenize}
      onReplace={(token) => void chooseToken(side, token)}
      onAdd={(token) => void addToken(side, token)}
      onRemove={(id) => void removeToken(side, id)}
    />
  );
}

/** Spells out which token is being predicted: off by one is the classic misreading. */
function Where() {
  const position = useWorkbench(positionOf);
  const result = useWorkbench((state) => state.slots['token-stats'].result);
  const piece = result?.pieces[position];
  const next = result?.pieces[position + 1];
  if (piece === undefined) return null;
  return (
    <span className={styles.word}>
      as the token after <TokenText piece={piece} />{' '}
      <span className={styles.note}>
        (position {position},{' '}
        {next === undefined ? (
          'the last'
        ) : (
          <>
            where <TokenText piece={next} /> follows
          </>
        )}
        )?
      </span>
    </span>
  );
}

/** The logit, or logit difference, that the attribution takes apart. */
function Answers() {
  const state = useWorkbench();
  const { result, view, base, freshness } = viewed(state, 'dla:component');
  if (!result || state.target.length === 0) return null;
  const plain = state.target.length === 1 && state.contrast.length === 1;
  return (
    <dl className={freshness === 'working' ? `${styles.answers} ${styles.working}` : styles.answers}>
      {Object.entries(result.arms).map(([arm, { actual }]) => (
        <div key={arm} className={state.shown.includes(arm) ? undefined : styles.hidden}>
          <dt>{armTitle(arm)}</dt>
          <dd>
            <b>{signed(actual)}</b>
            {view === 'edited' && (
              <span className={styles.note}> was {signed(base?.arms[arm]?.actual ?? Number.NaN)}</span>
            )}
            {view === 'difference' && <span className={styles.note}> by the edits</span>}
            {view === 'base' && plain && <span className={styles.note}> {odds(actual)}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** A difference of logits is the logarithm of a ratio of probabilities. */
function odds(difference: number): string {
  const ratio = Math.exp(Math.abs(difference));
  if (ratio < 1.05) return 'about as likely';
  const times =
    ratio >= 1000
      ? ratio.toPrecision(2).replace('e+', 'e')
      : ratio >= 10
        ? ratio.toFixed(0)
        : ratio.toFixed(1);
  return `${times}× ${difference < 0 ? 'less' : 'more'} likely`;
}
