/** The card: the list of lessons, or the one that is open. What is new in it gets the focus, unless the page has just been loaded. */

import { useEffect, useRef } from 'react';
import { lessonById } from '../../lessons/index.ts';
import { useProgress } from '../../lessons/progress.ts';
import styles from './card.module.css';
import { LessonCard } from './lesson.tsx';
import { LessonList } from './list.tsx';

export function Card() {
  const { showing, lesson: id, step } = useProgress();
  const lesson = lessonById(id);
  const card = useRef<HTMLElement>(null);
  const asLoaded = useRef(showing === 'lesson');
  // biome-ignore lint/correctness/useExhaustiveDependencies: another lesson or step is what is new
  useEffect(() => {
    if (!asLoaded.current) card.current?.querySelector('h2')?.focus({ preventScroll: true });
    asLoaded.current = false;
  }, [id, step]);
  return (
    <section ref={card} className={`${styles.card} docked-lesson`} aria-label="Lessons">
      {lesson ? (
        <LessonCard key={lesson.id} lesson={lesson} />
      ) : (
        <LessonList unknown={showing === 'lesson' ? id : null} />
      )}
    </section>
  );
}
