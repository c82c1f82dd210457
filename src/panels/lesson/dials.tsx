/** Numbers to be moved by hand in the card, and what follows from them. */

import { dialsOf, turnDial, useProgress } from '../../lessons/progress.ts';
import type { ActStep, Dials, Lesson } from '../../lessons/types.ts';
import { useWorkbench } from '../../state/store.ts';
import styles from './card.module.css';

interface DialFieldsProps {
  lesson: Lesson;
  step: ActStep;
  dials: Dials;
}

export function DialFields({ lesson, step, dials }: DialFieldsProps) {
  const state = useWorkbench();
  const typed = useProgress((progress) => progress.dials);
  const values = dialsOf(step);
  return (
    <div className={styles.row}>
      {dials.names.map((name, i) => (
        <label key={name}>
          {name}{' '}
          <input
            className={styles.number}
            inputMode="decimal"
            value={typed[i] ?? (Number.isNaN(values[i]) ? '' : String(values[i]))}
            aria-invalid={!Number.isFinite(values[i])}
            onChange={(event) => turnDial(lesson, i, event.target.value)}
          />
        </label>
      ))}
      <output>{dials.reads(state, values)}</output>
    </div>
  );
}
