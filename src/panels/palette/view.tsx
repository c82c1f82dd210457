/** The palette's frame, a dialog of its own near the top of the window; what is in it is fetched when it is first opened. */

import { closeSheet } from '../../state/sheets.ts';
import { useWorkbench } from '../../state/store.ts';
import { useModal } from '../../ui/useModal.ts';
import { lazyView } from '../lazyView.tsx';
import styles from './view.module.css';

const Body = lazyView(() => import('./body.tsx').then(({ PaletteBody }) => PaletteBody), styles.frame);

export function Palette() {
  const open = useWorkbench((state) => state.sheet === 'palette');
  const modal = useModal(open, close);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the list closes it, as Esc does
    <dialog
      {...modal}
      className={styles.palette}
      aria-label="Commands"
      onClick={(event) => event.target === modal.ref.current && close()}
    >
      {open && <Body />}
    </dialog>
  );
}

function close(): void {
  closeSheet('palette');
}
