/** Chooses raw activations, of which arm and hooks, and saves them: one run of the prompt as it stands. */

import { useState } from 'react';
import { toErrorRecord } from '../../base/errors.ts';
import { activationBytes, activationsFile, HOOK_SETS, hooksOf } from '../../share/activations.ts';
import { active } from '../../state/edits/list.ts';
import { viewOf } from '../../state/edits/viewed.ts';
import { armTitle, currentPair } from '../../state/selectors.ts';
import { connectedEngine, promptOf } from '../../state/session.ts';
import { getState, useWorkbench } from '../../state/store.ts';
import { download } from '../../ui/download.ts';
import { bytes } from '../../ui/format.ts';
import styles from './export.module.css';

/** What came of the last press. */
export type Outcome = { ok: boolean; says: string } | null;

export function ActivationsForm({ onOutcome }: { onOutcome: (outcome: Outcome) => void }) {
  const pair = useWorkbench(currentPair);
  const shown = useWorkbench((state) => state.shown);
  const tokens = useWorkbench((state) => state.slots['token-stats'].result?.tokens.length ?? 0);
  const edited = useWorkbench((state) => viewOf(state) !== 'base');
  const [chosen, setChosen] = useState<string | null>(null);
  const [sets, setSets] = useState<readonly string[]>(['residual']);
  const [working, setWorking] = useState(false);

  const arms = pair?.arms.filter(({ id, config }) => shown.includes(id) && config) ?? [];
  const arm = arms.find(({ id }) => id === chosen) ?? arms[0];
  const toggle = (id: string) =>
    setSets(sets.includes(id) ? sets.filter((other) => other !== id) : [...sets, id]);
  const save = async () => {
    if (!arm?.config) return;
    setWorking(true);
    onOutcome(null);
    try {
      const { name, content } = await record(arm.id, sets, arm.config.nLayers);
      download(name, content);
      onOutcome({ ok: true, says: `Saved ${name}.` });
    } catch (error) {
      onOutcome({ ok: false, says: toErrorRecord(error).message });
    } finally {
      setWorking(false);
    }
  };
  return (
    <fieldset className={styles.activations}>
      <legend>Raw activations (.safetensors)</legend>
      <label>
        Arm{' '}
        <select value={arm?.id ?? ''} onChange={(event) => setChosen(event.target.value)}>
          {arms.map(({ id }) => (
            <option key={id} value={id}>
              {armTitle(id)}
            </option>
          ))}
        </select>
      </label>
      {HOOK_SETS.map(({ id, title }) => (
        <label key={id} className={styles.set}>
          <input type="checkbox" checked={sets.includes(id)} onChange={() => toggle(id)} /> {title}
        </label>
      ))}
      <p className={styles.row}>
        <button
          type="button"
          className={styles.button}
          disabled={working || !arm || sets.length === 0}
          onClick={() => void save()}
        >
          {working ? 'Running …' : 'Save activations'}
        </button>
        <span className={styles.about}>
          {arm?.config && sets.length > 0 && bytes(activationBytes(sets, arm.config, tokens))}
          {edited && ', with the edits'}
        </span>
      </p>
    </fieldset>
  );
}

/** The file of one arm for the prompt and edits as they stand. */
async function record(arm: string, sets: readonly string[], layers: number) {
  const state = getState();
  const edits = viewOf(state) === 'base' ? [] : active(state.edits);
  const { fileStem } = await import('./exportFiles.ts');
  const content = await activationsFile(connectedEngine(), {
    pair: state.pair,
    ...promptOf(state),
    arm,
    hooks: hooksOf(sets, layers),
    ...(edits.length > 0 && { edits }),
  });
  return { name: fileStem(state.pair, `-${arm}.safetensors`), content };
}
