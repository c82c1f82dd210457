/** What each edit does to the explained logit, alone and all together, in every arm on show: in all, and directly. */

import type { EditEffectsArm } from '../../analysis/types/index.ts';
import { openEffects } from '../../state/edits/actions.ts';
import { effectsAsk, effectsStand } from '../../state/edits/effects.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { CopyButtons } from '../../ui/CopyButtons.tsx';
import { toCsv } from '../../ui/csv.ts';
import { signed } from '../../ui/format.ts';
import styles from './view.module.css';
import { editInWords } from './words.ts';

interface ArmEffects {
  arm: string;
  own: EditEffectsArm;
}

export function Effects() {
  const open = useWorkbench((state) => state.editEffects);
  return (
    <details
      className={styles.effects}
      open={open}
      onToggle={(event) => event.currentTarget.open !== open && void openEffects(event.currentTarget.open)}
    >
      <summary>What each edit does to the explained logit</summary>
      {open && <Table />}
    </details>
  );
}

function Table() {
  const state = useWorkbench();
  const { result, error, working, progress } = state.slots['edit-effects'];
  const pieces = state.slots['token-stats'].result?.pieces ?? [];
  if (!effectsAsk(state)) return <p className={styles.note}>Choose a target token to see it.</p>;
  if (error) {
    return (
      <p className={styles.error} role="alert">
        {error.message}
      </p>
    );
  }
  const steps = progress?.unit === 'steps' ? ` (run ${progress.done + 1} of ${progress.total})` : '';
  const entries = state.edits.filter(({ on }) => on);
  const arms = state.shown.flatMap((arm): ArmEffects[] => {
    const own = result?.arms[arm];
    return own ? [{ arm, own }] : [];
  });
  const stands = effectsStand(state);
  if (!stands || arms.length === 0)
    return (
      <p className={styles.note}>{working ? `Measuring each edit${steps} …` : 'Waiting for the panels …'}</p>
    );
  const rows = entries.map(({ id, edit, about }, i) => ({
    id,
    words: editInWords(edit, about, pieces),
    cells: arms.map(({ own }) => own.alone[i] ?? null),
  }));
  const csv = () =>
    toCsv(
      ['edit', ...arms.flatMap(({ arm }) => [`${arm} total`, `${arm} direct`])],
      [
        ...rows.map(({ words, cells }) => [words, ...cells.flatMap((cell) => [cell?.total, cell?.direct])]),
        ['all together', ...arms.flatMap(({ own }) => [own.total, null])],
      ],
    );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className={styles.scroll} aria-label="Effects of the edits" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              edit alone <CopyButtons name="edit-effects" csv={csv} json={() => result} />
            </th>
            {arms.flatMap(({ arm }) => [
              <th key={arm} scope="col" title="Change of the logit, everything after the edit computed anew">
                {armTitle(arm)}
              </th>,
              <th
                key={`${arm} direct`}
                scope="col"
                title="What the edit changes in the residual stream, read out at once: later layers and norms as in the unedited run"
              >
                directly
              </th>,
            ])}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, words, cells }) => (
            <tr key={id}>
              <th scope="row">{words}</th>
              {cells.flatMap((cell, i) => [
                <td key={arms[i]?.arm}>{cell ? signed(cell.total, 3) : 'n/a'}</td>,
                <td key={`${arms[i]?.arm} direct`}>{cell?.direct == null ? '–' : signed(cell.direct, 3)}</td>,
              ])}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">all together</th>
            {arms.flatMap(({ arm, own }) => [
              <td key={arm}>{signed(own.total, 3)}</td>,
              <td key={`${arm} values`} className={styles.note}>
                {signed(own.base)} → {signed(own.edited)}
              </td>,
            ])}
          </tr>
        </tfoot>
      </table>
    </section>
  );
}
