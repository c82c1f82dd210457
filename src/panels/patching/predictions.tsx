/** What is predicted after the last token: on the corrupted prompt, on it patched, and on the clean one, for every arm. */

import type { PatchDirection } from '../../analysis/types/index.ts';
import type { PatchedRun } from '../../state/closer/patching.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { ResultOf } from '../../state/types.ts';
import { percent } from '../../ui/format.ts';
import { TokenText } from '../../ui/TokenText.tsx';
import styles from './body.module.css';

type RunId = keyof PatchedRun;

/** From the prompt that is patched to the one it is patched from. */
const ORDER: Record<PatchDirection, readonly RunId[]> = {
  denoising: ['corrupted', 'patched', 'clean'],
  noising: ['clean', 'patched', 'corrupted'],
};

/** Rows that are there for their probability alone. */
const LIKELY = 6;

export function PatchedPredictions({ run, direction }: { run: PatchedRun; direction: PatchDirection }) {
  const { shown, closer } = useWorkbench();
  const { target, contrast } = closer.patching;
  const arms = shown.filter((arm) => arm in run.patched.arms);
  const order = ORDER[direction];
  return (
    <div className={styles.pictures}>
      {arms.map((arm) => {
        const rows = rowsOf(run, arm, [...target, ...contrast]);
        return (
          <section
            key={arm}
            className={styles.scroll}
            aria-label={`Predictions of ${armTitle(arm)}`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
            tabIndex={0}
          >
            <table className={styles.table}>
              <caption>{armTitle(arm)}: likeliest next tokens</caption>
              <thead>
                <tr>
                  <th scope="col">token</th>
                  {order.map((id) => (
                    <th key={id} scope="col">
                      {id}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map(({ id, piece, role }) => (
                  <tr key={id} className={role ? styles.strong : undefined}>
                    <th scope="row">
                      <TokenText piece={piece} />
                    </th>
                    {order.map((of) => (
                      <td key={of}>{probability(run[of], arm, id)}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        );
      })}
    </div>
  );
}

/** Target and contrast, then the likeliest of the three runs by their best probability. */
function rowsOf(
  run: PatchedRun,
  arm: string,
  words: readonly { id: number; piece: string }[],
): { id: number; piece: string; role: boolean }[] {
  const best = new Map<number, { piece: string; prob: number }>();
  for (const { arms } of Object.values(run))
    for (const { id, piece, prob } of arms[arm]?.top ?? [])
      if (prob > (best.get(id)?.prob ?? 0)) best.set(id, { piece, prob });
  const likely = [...best]
    .filter(([id]) => words.every((word) => word.id !== id))
    .sort(([, a], [, b]) => b.prob - a.prob)
    .slice(0, LIKELY);
  return [
    ...words.map(({ id, piece }) => ({ id, piece, role: true })),
    ...likely.map(([id, { piece }]) => ({ id, piece, role: false })),
  ];
}

/** `–` where a run did not report the token. */
function probability({ arms }: ResultOf<'predictions'>, arm: string, id: number): string {
  const own = arms[arm];
  const score = [...(own?.asked ?? []), ...(own?.top ?? [])].find((each) => each.id === id);
  return score ? percent(score.prob) : '–';
}
