/** The head of the page: what this is, which models are compared, and how the engine is. */

import { setCompare, toggleArm } from '../../state/actions.ts';
import { choosePair } from '../../state/models/switchPair.ts';
import { ARM_NOTES, armTitle, engineIsDead, pairArms } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { cycleTheme } from '../../state/theme.ts';
import { EngineState } from './engineState.tsx';
import styles from './view.module.css';

const THEMES = { auto: '◐', light: '☀', dark: '☾' } as const;

export function Header() {
  return (
    <header className={styles.header}>
      <h1 className={styles.name}>
        Normless <span className={styles.subtitle}>GPT-2 with and without LayerNorm, side by side</span>
      </h1>
      <Models />
      <span className={styles.right}>
        <EngineState />
        <ThemeButton />
      </span>
    </header>
  );
}

function Models() {
  const state = useWorkbench();
  const { pairs, pair, shown, compare } = state;
  const dead = engineIsDead(state);
  const arms = pairArms(state);
  const choices = arms.flatMap((first, i) => arms.slice(i + 1).map((second) => [first, second] as const));
  return (
    <span className={styles.models}>
      <label className={styles.field}>
        models{' '}
        <select value={pair} disabled={dead} onChange={(event) => void choosePair(event.target.value)}>
          {pairs.length === 0 && <option value={pair}>{pair}</option>}
          {pairs.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <fieldset className={styles.arms}>
        <legend className="visually-hidden">Arms on show</legend>
        {arms.map((arm) => (
          <button
            key={arm}
            type="button"
            className={styles.arm}
            aria-pressed={shown.includes(arm)}
            title={ARM_NOTES[arm]}
            onClick={() => void toggleArm(arm)}
          >
            <span className={styles.key} style={{ background: `var(--arm-${arm}, var(--ink))` }} />
            {armTitle(arm)}
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

function ThemeButton() {
  const theme = useWorkbench((state) => state.theme);
  return (
    <button type="button" className={styles.theme} onClick={cycleTheme} title={`Theme: ${theme}`}>
      <span aria-hidden="true">{THEMES[theme]}</span>
      <span className="visually-hidden">Theme: {theme}. Change it.</span>
    </button>
  );
}
