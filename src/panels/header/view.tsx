/** The head of the page: what this is, which models are compared, and how the engine is. */

import type { PairInfo } from '../../engine/api.ts';
import { setCompare, toggleArm } from '../../state/actions.ts';
import { openModels } from '../../state/models/dialog.ts';
import { choosePair } from '../../state/models/switchPair.ts';
import {
  ARM_NOTES,
  armTitle,
  currentPair,
  engineIsDead,
  isAtHand,
  pairArms,
  shortTitle,
} from '../../state/selectors.ts';
import { openSheet } from '../../state/sheets.ts';
import { useWorkbench } from '../../state/store.ts';
import { cycleTheme } from '../../state/theme.ts';
import { storageName } from '../../ui/storageName.ts';
import { useFocusKept } from '../../ui/useFocusKept.ts';
import { EngineState } from './engineState.tsx';
import { Export } from './export.tsx';
import { LessonsButton } from './lessons.tsx';
import { LoadChip } from './loadChip.tsx';
import { Share, UndoButtons } from './share.tsx';
import { SkipLinks } from './skip.tsx';
import styles from './view.module.css';

const THEMES = { auto: '◐', light: '☀', dark: '☾' } as const;

export function Header() {
  useFocusKept();
  return (
    <header className={styles.header}>
      <SkipLinks />
      <h1 className={styles.name}>
        Normless <span className={styles.subtitle}>GPT-2 with and without LayerNorm, side by side</span>
      </h1>
      <Models />
      <span className={styles.right}>
        <LoadChip />
        <EngineState />
        <UndoButtons />
        <Share />
        <Export />
        <LessonsButton />
        <HelpButton />
        <ThemeButton />
      </span>
    </header>
  );
}

function Models() {
  const state = useWorkbench();
  const { shown, compare } = state;
  const infos = currentPair(state)?.arms ?? [];
  const toLoad = new Set(infos.flatMap((arm) => (isAtHand(arm) ? [] : [arm.id])));
  const arms = pairArms(state);
  const usable = arms.filter((arm) => !toLoad.has(arm));
  const choices = usable.flatMap((first, i) => usable.slice(i + 1).map((second) => [first, second] as const));
  return (
    <span className={styles.models}>
      <PairSelect />
      <fieldset className={styles.arms}>
        <legend className="visually-hidden">Arms on show</legend>
        {arms.map((arm) => (
          <button
            key={arm}
            type="button"
            className={toLoad.has(arm) ? `${styles.arm} ${styles.toLoad}` : styles.arm}
            aria-pressed={shown.includes(arm)}
            title={toLoad.has(arm) ? 'Not loaded: choose it in the models dialog' : ARM_NOTES[arm]}
            onClick={() => void toggleArm(arm)}
          >
            <span className={styles.key} style={{ background: `var(--arm-${arm}, var(--ink))` }} />
            {armTitle(arm)}
            {toLoad.has(arm) && <span aria-hidden="true">…</span>}
          </button>
        ))}
      </fieldset>
      {choices.length > 0 && (
        <label className={styles.field}>
          Δ{' '}
          <select
            aria-label="Difference shown"
            value={compare.join('|')}
            onChange={(event) => {
              const [first = '', second = ''] = event.target.value.split('|');
              void setCompare(first, second);
            }}
          >
            {choices.map(([first, second]) => (
              <option key={second + first} value={`${first}|${second}`}>
                {armTitle(second)} − {armTitle(first)}
              </option>
            ))}
          </select>
        </label>
      )}
    </span>
  );
}

/** Switches between pairs that are loaded; one that is not opens the dialog, where its size stands. */
function PairSelect() {
  const state = useWorkbench();
  const { pairs, pair } = state;
  const dead = engineIsDead(state);
  const current = currentPair(state);
  const [here, elsewhere] = [pairs.filter(atHand), pairs.filter((each) => !atHand(each))];
  return (
    <span className={styles.pair}>
      <select
        aria-label="Pair of models"
        value={pair}
        disabled={dead}
        onChange={(event) => void choosePair(event.target.value)}
      >
        {pairs.length === 0 && <option value={pair}>{pair}</option>}
        {here.map(({ id, title }) => (
          <option key={id} value={id}>
            {shortTitle(title)}
          </option>
        ))}
        {elsewhere.length > 0 && (
          <optgroup label="Not loaded yet">
            {elsewhere.map(({ id, title }) => (
              <option key={id} value={id}>
                {shortTitle(title)}…
              </option>
            ))}
          </optgroup>
        )}
      </select>
      <button
        type="button"
        className={styles.open}
        disabled={dead}
        aria-haspopup="dialog"
        onClick={() => void openModels(pair)}
      >
        Models
      </button>
      {current ? <Kept pair={current} /> : <span className={styles.kept} />}
    </span>
  );
}

function atHand({ arms }: PairInfo): boolean {
  return arms.some(isAtHand);
}

/** How the weights are kept: part of what every number on the page means. */
function Kept({ pair }: { pair: PairInfo }) {
  const dtypes = new Set(pair.arms.flatMap((arm) => (arm.loaded && arm.dtype ? [arm.dtype] : [])));
  if (dtypes.size === 0) return <span className={styles.kept} />;
  const turns = pair.residency === 'one-at-a-time';
  return (
    <span
      className={styles.kept}
      title={
        turns
          ? 'How the weights are kept on the device. One arm is there at a time; its weights are read again when it is its turn.'
          : 'How the weights are kept on the device'
      }
    >
      {[...[...dtypes].map(storageName), ...(turns ? ['one at a time'] : [])].join(' · ')}
    </span>
  );
}

/** Every key, and on a screen without keys the way to all commands. */
function HelpButton() {
  return (
    <button
      type="button"
      className={styles.theme}
      aria-label="Help and keys"
      aria-haspopup="dialog"
      title="Help and keys (?); all commands (Ctrl+K or ⌘K)"
      onClick={() => openSheet('help')}
    >
      ?
    </button>
  );
}

function ThemeButton() {
  const theme = useWorkbench((state) => state.theme);
  return (
    <button type="button" className={styles.theme} onClick={cycleTheme} title={`Theme: ${theme}`}>
      <span aria-hidden="true">{THEMES[theme]}</span>
      <span className="visually-hidden">Theme: {theme}. Change it.</span>
    </button>
  );
}
