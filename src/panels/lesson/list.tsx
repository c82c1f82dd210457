/** The lessons to choose from, and the glossary of their words. */

import { GLOSSARY } from '../../lessons/glossary.ts';
import { LESSONS } from '../../lessons/index.ts';
import { closeLessons, openLesson } from '../../lessons/progress.ts';
import { Button } from '../../ui/Button.tsx';
import styles from './card.module.css';

interface LessonListProps {
  /** What an address named that is no lesson. */
  unknown: string | null;
}

export function LessonList({ unknown }: LessonListProps) {
  return (
    <>
      <header className={styles.head}>
        <h2 tabIndex={-1}>Lessons</h2>
        <span className={styles.note}>
          Each is done on this page, with its own models and numbers, and waits for what you do.
        </span>
        <span className={styles.tools}>
          <Button kind="quiet" onClick={closeLessons}>
            Close
          </Button>
        </span>
      </header>
      {unknown !== null && (
        <p className={styles.wrong} role="alert">
          There is no lesson “{unknown}”. Here are those there are.
        </p>
      )}
      <ol className={styles.list}>
        {LESSONS.map(({ id, title, about, minutes }) => (
          <li key={id}>
            <button type="button" className={styles.choice} onClick={() => openLesson(id)}>
              <b>{title}</b>
              <span>{about}</span>
              <span className={styles.note}>about {minutes} minutes</span>
            </button>
          </li>
        ))}
      </ol>
      <details className={styles.glossary}>
        <summary>Glossary</summary>
        <dl>
          {GLOSSARY.map(({ term, means }) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{means}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  );
}
