/** Opens and closes the browser's own modal dialog as the state says: focus stays inside it and returns to where it was. */

import { type DialogHTMLAttributes, type RefObject, useEffect, useRef } from 'react';

interface Modal extends Pick<DialogHTMLAttributes<HTMLDialogElement>, 'onClose' | 'onKeyDown'> {
  ref: RefObject<HTMLDialogElement | null>;
}

/**
 * What the `<dialog>` needs; `onClose` hears of Esc and of whatever else closes it, but not of dialogs inside it, nor of
 * what the state had closed: that event comes late, when a quick hand may have opened it again.
 */
export function useModal(open: boolean, onClose: () => void): Modal {
  const ref = useRef<HTMLDialogElement>(null);
  const told = useRef(false);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open === open) return;
    if (open) return dialog.showModal();
    told.current = true;
    dialog.close();
  }, [open]);
  return {
    ref,
    onClose: (event) => {
      if (event.target !== ref.current) return;
      if (told.current) told.current = false;
      else onClose();
    },
    onKeyDown: (event) => event.key === 'Escape' && event.stopPropagation(), // Esc here is not Esc for the page
  };
}
