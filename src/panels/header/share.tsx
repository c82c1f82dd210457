/** Sharing and going back; what the buttons open is fetched when the page has time. */

import { redo, undo } from '../../state/linking/later.ts';
import { useWorkbench } from '../../state/store.ts';
import { Popover } from '../../ui/Popover.tsx';
import { idleView } from '../lazyView.tsx';
import styles from './share.module.css';

const Box = idleView(() => import('./shareBox.tsx').then(({ ShareBox }) => ShareBox));
const History = idleView(() => import('./shareHistory.tsx').then((module) => module.History));

export function Share() {
  return (
    <Popover button="Share" title="Share what is on show" className={styles.button}>
      <Box />
    </Popover>
  );
}

/** Undo and redo of questions, views, pins and edits, and all states of this visit. The focus stays where nothing is left. */
export function UndoButtons() {
  const { undo: earlier, redo: later } = useWorkbench((state) => state.linking);
  return (
    <span className={styles.history}>
      <button
        type="button"
        className={styles.icon}
        aria-disabled={earlier.length === 0}
        onClick={() => void undo()}
        aria-label="Undo"
        title="Undo (Ctrl+Z outside of a text field)"
      >
        ↶
      </button>
      <button
        type="button"
        className={styles.icon}
        aria-disabled={later.length === 0}
        onClick={() => void redo()}
        aria-label="Redo"
        title="Redo (Ctrl+Shift+Z)"
      >
        ↷
      </button>
      <Popover button="History" title="History of this visit" className={styles.button}>
        {(close) => <History close={close} />}
      </Popover>
    </span>
  );
}
