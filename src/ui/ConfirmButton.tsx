/** A button for what cannot be taken back: the first press asks, the second does it, Esc and leaving let go. */

import { type FocusEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Button } from './Button.tsx';
import styles from './ConfirmButton.module.css';

interface ConfirmButtonProps {
  children: ReactNode;
  /** Accessible name of the first press, where its text is not enough in a list. */
  label?: string;
  /** The question, a few words: it stands before the two answers. */
  question: string;
  /** The word that does it, e.g. `Delete`. */
  confirm: string;
  disabled?: boolean;
  onConfirm: () => void;
}

export function ConfirmButton(props: ConfirmButtonProps) {
  const { children, label, question, confirm, disabled, onConfirm } = props;
  const [asking, setAsking] = useState(false);
  const yes = useRef<HTMLButtonElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  const asked = useRef(false);

  useEffect(() => {
    if (asking) yes.current?.focus();
    else if (asked.current) first.current?.focus();
    asked.current = asking;
  }, [asking]);

  if (!asking) {
    return (
      <Button ref={first} kind="quiet" aria-label={label} disabled={disabled} onClick={() => setAsking(true)}>
        {children}
      </Button>
    );
  }
  const leave = (event: FocusEvent) => {
    if (event.currentTarget.contains(event.relatedTarget)) return;
    asked.current = false; // the focus went elsewhere on purpose: it is not called back
    setAsking(false);
  };
  return (
    <fieldset
      className={styles.group}
      onBlur={leave}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        setAsking(false);
      }}
    >
      <legend className={styles.question}>{question}</legend>
      <Button
        ref={yes}
        kind="quiet"
        className={styles.yes}
        aria-label={`${confirm}: ${question}`}
        onClick={() => {
          setAsking(false);
          onConfirm();
        }}
      >
        {confirm}
      </Button>
      <Button kind="quiet" onClick={() => setAsking(false)}>
        Keep
      </Button>
    </fieldset>
  );
}
