/** Opens and closes the lessons, which are fetched when they are opened. */

import { closeLessons, openList, useProgress } from '../../lessons/progress.ts';
import styles from './share.module.css';

export function LessonsButton() {
  const open = useProgress(({ showing }) => showing !== 'nothing');
  return (
    <button
      type="button"
      className={styles.button}
      aria-expanded={open}
      title="Guided lessons on this very page"
      onClick={open ? closeLessons : openList}
    >
      Lessons
    </button>
  );
}
