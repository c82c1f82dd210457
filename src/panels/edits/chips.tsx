/** The list of edits as chips: each is switched, moved and removed, by its buttons or from the keyboard. */

import type { KeyboardEvent } from 'react';
import { moveEdit, removeEdit, toggleEdit } from '../../state/edits/actions.ts';
import type { EditEntry } from '../../state/edits/types.ts';
import styles from './view.module.css';
import { editInWords } from './words.ts';

interface ChipsProps {
  entries: readonly EditEntry[];
  /** Tokens of the prompt. */
  pieces: readonly string[];
  /** By the edit's id: why the engine refused it. */
  refused: ReadonlyMap<number, string>;
}

export function Chips({ entries, pieces, refused }: ChipsProps) {
  return (
    <ol className={styles.chips} aria-label="Edits, in the order in which they apply">
      {entries.map((entry, i) => (
        <Chip
          key={entry.id}
          entry={entry}
          words={editInWords(entry.edit, entry.about, pieces)}
          refused={refused.get(entry.id)}
          first={i === 0}
          last={i === entries.length - 1}
        />
      ))}
    </ol>
  );
}

interface ChipProps {
  entry: EditEntry;
  words: string;
  refused: string | undefined;
  first: boolean;
  last: boolean;
}

function Chip({ entry: { id, on }, words, refused, first, last }: ChipProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : null;
    const moves = event.altKey && by !== null;
    if (!moves && event.key !== 'Delete' && event.key !== 'Backspace') return;
    event.preventDefault();
    if (moves) move(event.currentTarget, id, by);
    else remove(event.currentTarget, id);
  };
  return (
    <li className={refused ? `${styles.chip} ${styles.refused}` : styles.chip}>
      <button
        type="button"
        className={styles.words}
        aria-pressed={on}
        aria-describedby={refused && `edit-${id}-refused`}
        title={`${on ? 'Switch off' : 'Switch on'}; Alt+← and Alt+→ move it, Delete removes it`}
        onClick={() => void toggleEdit(id)}
        onKeyDown={onKeyDown}
      >
        {words}
      </button>
      {!(first && last) && (
        <>
          <Move id={id} by={-1} words={words} disabled={first} />
          <Move id={id} by={1} words={words} disabled={last} />
        </>
      )}
      <button
        type="button"
        title="Remove"
        aria-label={`Remove ${words}`}
        onClick={(event) => remove(event.currentTarget, id)}
      >
        ×
      </button>
      {refused && (
        <p id={`edit-${id}-refused`} className={styles.error} role="alert">
          {refused}
        </p>
      )}
    </li>
  );
}

function Move({ id, by, words, disabled }: { id: number; by: -1 | 1; words: string; disabled: boolean }) {
  const label = by < 0 ? 'earlier' : 'later';
  return (
    <button
      type="button"
      title={`Apply ${label}`}
      aria-label={`Apply ${label}: ${words}`}
      disabled={disabled}
      onClick={(event) => move(event.currentTarget, id, by)}
    >
      {by < 0 ? '‹' : '›'}
    </button>
  );
}

/** A chip that changes its place takes the focus along; at the end of the list its button can be pressed no more. */
function move(from: HTMLElement, id: number, by: -1 | 1): void {
  const chip = from.closest('li');
  void moveEdit(id, by);
  requestAnimationFrame(() => {
    from.focus();
    if (document.activeElement !== from) chip?.querySelector('button')?.focus();
  });
}

/** The focus goes on to the chip beside it. */
function remove(from: HTMLElement, id: number): void {
  const chip = from.closest('li');
  const next = chip?.nextElementSibling ?? chip?.previousElementSibling;
  void removeEdit(id);
  requestAnimationFrame(() => next?.querySelector('button')?.focus());
}
