/** One step: what it says on one side; on the other what is to be done or answered, what was found, and the way on. */

import { closeLessons, goBack, goOn, useProgress } from '../../lessons/progress.ts';
import type { Lesson, Step } from '../../lessons/types.ts';
import { useWorkbench } from '../../state/store.ts';
import type { WorkbenchState } from '../../state/types.ts';
import { Button } from '../../ui/Button.tsx';
import { Answer } from './answer.tsx';
import styles from './card.module.css';
import { DialFields } from './dials.tsx';
import { goToPlace } from './place.ts';
import { Text } from './text.tsx';

interface StepCardProps {
  lesson: Lesson;
  step: Step;
}

export function StepCard({ lesson, step }: StepCardProps) {
  const state = useWorkbench();
  const { step: number, found, entering } = useProgress();
  const says = step.says.map((words) => (typeof words === 'string' ? words : words(state)));
  return (
    <>
      <header className={styles.head}>
        <h2 tabIndex={-1}>{step.title}</h2>
        <span className={styles.note}>
          {lesson.title}, step {number + 1} of {lesson.steps.length}
        </span>
        <span className={styles.tools}>
          {number > 0 && (
            <Button kind="quiet" onClick={() => void goBack(lesson)}>
              Back
            </Button>
          )}
          <Button kind="quiet" onClick={() => goToPlace(step)}>
            Show me where
          </Button>
          <Button kind="quiet" onClick={closeLessons}>
            Leave
          </Button>
        </span>
      </header>
      <div className={styles.sides}>
        <div className={styles.says}>
          {says.map((paragraph) => (
            <div key={paragraph}>
              <Text>{paragraph}</Text>
            </div>
          ))}
        </div>
        <div className={styles.does} aria-busy={entering}>
          {step.kind === 'act' ? (
            <>
              <div className={found === null ? styles.task : styles.met}>
                <Text>{taskOf(step.task, state)}</Text>
              </div>
              {step.dials && <DialFields lesson={lesson} step={step} dials={step.dials} />}
            </>
          ) : (
            <Answer lesson={lesson} step={step} />
          )}
          <div role="status" className={found === null ? undefined : styles.found}>
            {found !== null && <Text>{found}</Text>}
          </div>
          {found !== null && (
            <p>
              <Button kind="primary" onClick={() => void goOn(lesson)}>
                {number + 1 < lesson.steps.length ? 'Go on' : 'Finish'}
              </Button>
            </p>
          )}
        </div>
      </div>
    </>
  );
}

function taskOf(task: string | ((state: WorkbenchState) => string), state: WorkbenchState): string {
  return typeof task === 'string' ? task : task(state);
}
