/** The browser's own modal dialog: Esc and the cross close it, focus stays inside and returns to where it was. */

import { type ReactNode, useEffect, useId, useRef } from 'react';
import styles from './Dialog.module.css';

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
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open === open) return;
    if (open) dialog.showModal();
    else dialog.close();
  }, [open]);

  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      aria-labelledby={id}
      onClose={(event) => event.target === ref.current && onClose()}
      onKeyDown={(event) => event.key === 'Escape' && event.stopPropagation()} // Esc here is not Esc for the page
    >
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
