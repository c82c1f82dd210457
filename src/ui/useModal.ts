/** Opens and closes the browser's own modal dialog as the state says: focus stays inside it and returns to where it was. */

import { type DialogHTMLAttributes, type RefObject, useEffect, useRef } from 'react';

interface Modal extends Pick<DialogHTMLAttributes<HTMLDialogElement>, 'onClose' | 'onKeyDown'> {
  ref: RefObject<HTMLDialogElement | null>;
}

/** What the `<dialog>` needs; `onClose` hears of Esc and of whatever else closes it, but not of dialogs inside it. */
export function useModal(open: boolean, onClose: () => void): Modal {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open === open) return;
    if (open) dialog.showModal();
    else dialog.close();
  }, [open]);
  return {
    ref,
    onClose: (event) => event.target === ref.current && onClose(),
    onKeyDown: (event) => event.key === 'Escape' && event.stopPropagation(), // Esc here is not Esc for the page
  };
}
