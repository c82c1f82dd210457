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
  const onKeyDown = (event: KeyboardEvent) => {
    const { key } = event;
    const act =
      key === 'Delete' || key === 'Backspace'
        ? () => removeEdit(id)
        : event.altKey && key === 'ArrowLeft'
          ? () => moveEdit(id, -1)
          : event.altKey && key === 'ArrowRight'
            ? () => moveEdit(id, 1)
            : null;
    if (!act) return;
    event.preventDefault();
    void act();
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
      <button type="button" title="Remove" aria-label={`Remove ${words}`} onClick={() => void removeEdit(id)}>
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
      onClick={() => void moveEdit(id, by)}
    >
      {by < 0 ? '‹' : '›'}
    </button>
  );
}
