/** Every command of the page, found by typing: a combobox whose list is always open. Arrows choose, Enter does it. */

import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { closeSheet } from '../../state/sheets.ts';
import { getState } from '../../state/store.ts';
import { isApple, keyName } from '../../ui/keys.ts';
import styles from './body.module.css';
import { commandsFor } from './commands.ts';
import { type Command, matching } from './matching.ts';
import { placeCommands } from './places.ts';

export function PaletteBody() {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  // As the page stands while the palette is opened; nothing else changes it meanwhile.
  const commands = useMemo(() => [...commandsFor(getState()), ...placeCommands()], []);
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = matching(commands, typed);
  const at = Math.min(chosen, found.length - 1);

  useEffect(() => input.current?.focus(), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is chosen, by key or by typing, is in view
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at, typed]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const command = found[at];
    if (event.key === 'Enter' && command) {
      event.preventDefault(); // the button that gets the focus back would take the same key for a press
      return run(command);
    }
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step === undefined || found.length === 0) return;
    event.preventDefault();
    setChosen(stepped(at, step, found.length));
  };
  return (
    <div className={styles.body}>
      <input
        ref={input}
        className={styles.input}
        type="text"
        role="combobox"
        aria-label="Find a command"
        aria-autocomplete="list"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
        placeholder="What would you like to do?"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setChosen(0);
        }}
        onKeyDown={onKeyDown}
      />
      {/* The options are reached through the combobox, which says which one is active. */}
      <div ref={list} id={`${id}-list`} role="listbox" aria-label="Commands" className={styles.list}>
        {found.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox takes the keys
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the combobox
          <div
            key={command.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            className={styles.option}
            onClick={() => run(command)}
          >
            <span className={styles.group}>{command.group}</span>
            <span className={styles.title}>{command.title}</span>
            {command.about && <span className={styles.about}>{command.about}</span>}
            {command.key && <kbd className={styles.key}>{keyName(command.key, isApple())}</kbd>}
          </div>
        ))}
      </div>
      <p className={found.length > 0 ? 'visually-hidden' : styles.none} role="status">
        {found.length === 0 ? 'No command has all of these words.' : countWords(found.length)}
      </p>
    </div>
  );
}

/** Single steps go round, longer ones end at the ends. */
function stepped(at: number, step: number, count: number): number {
  if (Math.abs(step) === 1) return (at + step + count) % count;
  return Math.min(count - 1, Math.max(0, at + step));
}

/** The palette is closed first, so that the focus is back on the page when the command moves it. */
function run(command: Command): void {
  closeSheet('palette');
  requestAnimationFrame(() => command.run());
}

function countWords(count: number): string {
  return count === 1 ? '1 command' : `${count} commands`;
}
