/** The prompt bar: the exact text, BOS, examples, and whatever a person should know about the text. */

import { useLayoutEffect, useRef } from 'react';
import { chooseExample, setPrependBos, setText } from '../../state/actions.ts';
import { openEditForm } from '../../state/edits/actions.ts';
import { EXAMPLES } from '../../state/examples.ts';
import { currentPair, engineIsDead, engineIsReady, freshness, speaksIds } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { WorkbenchState } from '../../state/types.ts';
import { Popover } from '../../ui/Popover.tsx';
import { promptNotes } from '../../ui/promptNotes.ts';
import styles from './view.module.css';

export function PromptBar() {
  const text = useWorkbench((state) => state.text);
  const error = useWorkbench((state) => state.promptError);
  const box = useRef<HTMLTextAreaElement>(null);
  const waiting = useWorkbench(whyNotRunning);
  const ids = useWorkbench(speaksIds);
  const notes = ids ? [] : promptNotes(text);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text, where the browser does not see to it
  useLayoutEffect(() => {
    const area = box.current;
    if (!area || CSS.supports('field-sizing', 'content')) return;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + 2}px`;
  }, [text]);

  return (
    <section className={styles.prompt} aria-label="Prompt">
      <div className={styles.bar}>
        <label htmlFor="prompt" className={styles.label}>
          {ids ? 'Prompt, as token ids' : 'Prompt'}
        </label>
        <textarea
          ref={box}
          id="prompt"
          rows={1}
          value={text}
          spellCheck={false}
          autoCapitalize="off"
          aria-invalid={error !== null}
          aria-describedby="prompt-notes"
          placeholder={
            ids
              ? 'Token ids, for example 464, 3290'
              : 'Type a text; every token’s prediction is explained as you type.'
          }
          onChange={(event) => setText(event.target.value)}
        />
        {ids ? (
          <span className={styles.hint}>no tokenizer: fed as they stand, without BOS</span>
        ) : (
          <>
            <BosSwitch />
            <Examples />
          </>
        )}
        <AddEdit />
        <Count />
      </div>
      <div id="prompt-notes" className={styles.notes} aria-live="polite">
        {error && (
          <p className={styles.error} role="alert">
            {error} The results below are of the last prompt that ran.
          </p>
        )}
        {waiting && <p className={styles.note}>{waiting}</p>}
        {notes.map((note) => (
          <p key={note.id} className={styles.note}>
            {note.message}{' '}
            {note.fixed !== undefined && (
              <button type="button" onClick={() => setText(note.fixed ?? '')}>
                Remove it
              </button>
            )}
          </p>
        ))}
      </div>
    </section>
  );
}

function BosSwitch() {
  const prependBos = useWorkbench((state) => state.prependBos);
  return (
    <label
      className={styles.bos}
      title="Puts the beginning-of-text token in front, as GPT-2 saw every document in training"
    >
      <input
        type="checkbox"
        checked={prependBos}
        onChange={(event) => void setPrependBos(event.target.checked)}
      />
      BOS
    </label>
  );
}

function Examples() {
  return (
    <Popover button="Examples ▾" label="Examples">
      {(close) => (
        <ul className={styles.examples}>
          {EXAMPLES.map((example) => (
            <li key={example.id}>
              <button
                type="button"
                onClick={() => {
                  close();
                  void chooseExample(example);
                }}
              >
                <b>{example.title}</b>
                <span className={styles.text}>{example.text}</span>
                <span className={styles.about}>{example.note}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}

/** Opens the form for an edit, below the tokens. */
function AddEdit() {
  const open = useWorkbench((state) => state.editForm);
  return (
    <button
      type="button"
      className={styles.edit}
      title="Change something inside the models and see what follows"
      aria-expanded={open}
      onClick={() => openEditForm(!open)}
    >
      + Edit
    </button>
  );
}

/** A new prompt needs an engine: one that is still starting, or one that is not there. */
function whyNotRunning(state: WorkbenchState): string | null {
  if (state.promptError || freshness(state, 'token-stats') !== 'earlier') return null;
  if (engineIsDead(state)) {
    return 'This prompt cannot be run, because the engine is not running. The results below are of the earlier one.';
  }
  return engineIsReady(state)
    ? null
    : 'The engine is still starting. This prompt runs as soon as it is ready.';
}

/** Tokens fed, of those the model can take. */
function Count() {
  const count = useWorkbench((state) => state.slots['token-stats'].result?.tokens.length ?? 0);
  const limit = useWorkbench((state) => currentPair(state)?.arms.find((arm) => arm.config)?.config?.nCtx);
  return (
    <span className={styles.count}>
      {count}
      {limit ? ` of ${limit}` : ''} tokens
    </span>
  );
}
