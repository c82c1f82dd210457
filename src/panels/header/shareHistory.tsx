/** The states of this visit: go back to one, or hold the numbers of two side by side. */

import { useState } from 'react';
import { complete } from '../../share/defaults.ts';
import { restore } from '../../state/linking/open.ts';
import type { HistoryAnswer, HistoryEntry } from '../../state/linking/types.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { number, percent, points, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import styles from './shareHistory.module.css';

export function History({ close }: { close: () => void }) {
  const history = useWorkbench((state) => state.linking.history);
  const [chosen, setChosen] = useState<number[]>([]);
  const toggle = (id: number) =>
    setChosen((ids) => (ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id].slice(-2)));
  const pair = chosen.flatMap((id) => history.filter((entry) => entry.id === id));
  const [first, second] = pair;
  if (history.length === 0) return <p>Nothing yet: each question that you ask will be listed here.</p>;
  return (
    <div className={styles.box}>
      <p className={styles.about}>
        The states of this visit, the newest first, kept until the page is left. Tick two to compare them.
      </p>
      <ol className={styles.list}>
        {history.map((entry) => (
          <li key={entry.id} className={styles.entry}>
            <input
              type="checkbox"
              aria-label={`Compare ${nameOf(entry)}`}
              checked={chosen.includes(entry.id)}
              onChange={() => toggle(entry.id)}
            />
            <span className={styles.what}>
              <span className={styles.prompt}>{nameOf(entry)}</span>
              <span className={styles.about}>
                {questionOf(entry)} · changed: {entry.changed}
              </span>
            </span>
            <button
              type="button"
              className={styles.button}
              aria-label={`Restore ${nameOf(entry)}`}
              onClick={() => {
                close();
                void restore(entry.link);
              }}
            >
              Restore
            </button>
          </li>
        ))}
      </ol>
      {first && second && <Comparison first={first} second={second} />}
    </div>
  );
}

/** Arm by arm: the likeliest token, its probability, and what is explained, of both and the difference. */
function Comparison({ first, second }: { first: HistoryEntry; second: HistoryEntry }) {
  const [a, b] = [first.answers ?? {}, second.answers ?? {}];
  const arms = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  if (arms.length === 0) return <p>Neither of them was left on screen until its numbers came.</p>;
  return (
    <table className={styles.comparison}>
      <caption className={styles.about}>
        1: {nameOf(first)} ({questionOf(first)}).
        <br />
        2: {nameOf(second)} ({questionOf(second)}). Δ is 2 − 1.
        {[first, second].map(
          ({ id, answers }, i) =>
            !answers && (
              <span key={id}> {i + 1} was left before its numbers came: restore it to have them.</span>
            ),
        )}
      </caption>
      <thead>
        <tr>
          <th scope="col">arm</th>
          <th scope="col">state</th>
          <th scope="col">likeliest</th>
          <th scope="col">probability</th>
          <th scope="col">explained</th>
        </tr>
      </thead>
      {arms.map((arm) => (
        <OfArm key={arm} arm={arm} one={a[arm]} two={b[arm]} />
      ))}
    </table>
  );
}

/** Probabilities of two tokens have no difference worth a number. */
function OfArm({
  arm,
  one,
  two,
}: {
  arm: string;
  one?: HistoryAnswer | undefined;
  two?: HistoryAnswer | undefined;
}) {
  const token = one && two && one.top.id === two.top.id;
  const explained = one && two && one.value !== null && two.value !== null;
  return (
    <tbody>
      {[one, two].map((answer, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the first and the second
        <tr key={i}>
          <th scope="row">{armTitle(arm)}</th>
          <td>{i + 1}</td>
          <td>{answer ? glyphs(answer.top.piece) : '–'}</td>
          <td>{answer ? percent(answer.prob) : '–'}</td>
          <td>{answer && answer.value !== null ? number(answer.value) : '–'}</td>
        </tr>
      ))}
      <tr>
        <th scope="row">{armTitle(arm)}</th>
        <td>Δ</td>
        <td />
        <td>{token ? `${points(two.prob - one.prob)} points` : '–'}</td>
        <td>{explained ? signed((two.value ?? 0) - (one.value ?? 0)) : '–'}</td>
      </tr>
    </tbody>
  );
}

/** The end of the prompt, which is where prompts differ; the beginning alone seldom tells one from another. */
function nameOf({ link }: HistoryEntry): string {
  const { text } = complete(link);
  return text.length > 48 ? `${text.slice(0, 18)}…${text.slice(-28)}` : text;
}

function questionOf({ link }: HistoryEntry): string {
  const { pair, target, contrast } = complete(link);
  const words = (tokens: typeof target) => tokens.map(({ piece }) => glyphs(piece)).join(', ');
  const asked = [words(target), words(contrast)].filter((side) => side !== '').join(' − ');
  return [pair, ...(asked ? [asked] : [])].join(' · ');
}
