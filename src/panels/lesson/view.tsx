/** Where the lessons are docked: nothing until one is opened, then a card at the foot of the window, fetched for it. */

import { useEffect } from 'react';
import { resumeLesson } from '../../lessons/keeping.ts';
import { useProgress } from '../../lessons/progress.ts';
import { lazyView } from '../lazyView.tsx';
import styles from './view.module.css';

const Card = lazyView(() => import('./card.tsx').then((module) => module.Card), styles.dock);

export function LessonDock() {
  const open = useProgress(({ showing }) => showing !== 'nothing');
  useEffect(resumeLesson, []);
  return open ? <Card /> : null;
}
