/** The palette's frame, a dialog of its own near the top of the window; what is in it is fetched when it is first opened. */

import { useEffect, useRef } from 'react';
import { closeSheet } from '../../state/sheets.ts';
import { useWorkbench } from '../../state/store.ts';
import { lazyView } from '../lazyView.tsx';
import styles from './view.module.css';

const Body = lazyView(() => import('./body.tsx').then(({ PaletteBody }) => PaletteBody), styles.frame);

export function Palette() {
  const open = useWorkbench((state) => state.sheet === 'palette');
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
      className={styles.palette}
      aria-label="Commands"
      onClose={() => closeSheet('palette')}
      onClick={(event) => event.target === ref.current && closeSheet('palette')}
      onKeyDown={(event) => event.key === 'Escape' && event.stopPropagation()} // Esc here is not Esc for the page
    >
      {open && <Body />}
    </dialog>
  );
}
