/** A modal dialog with a title: Esc and the cross close it. */

import { type ReactNode, useId } from 'react';
import styles from './Dialog.module.css';
import { useModal } from './useModal.ts';

interface DialogProps {
  open: boolean;
  title: string;
  /** Stands beside the title, e.g. a choice of views. */
  controls?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

export function Dialog({ open, title, controls, onClose, children }: DialogProps) {
  const id = useId();
  const modal = useModal(open, onClose);
  return (
    <dialog {...modal} className={styles.dialog} aria-labelledby={id}>
      {open && (
        <div className={styles.frame}>
          <header className={styles.header}>
            <h2 id={id}>{title}</h2>
            {controls}
            <button type="button" className={styles.close} aria-label={`Close ${title}`} onClick={onClose}>
              ×
            </button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  );
}
