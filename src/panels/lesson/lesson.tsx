/** One lesson: its cover, the step at hand, or its end. */

import { useEffect } from 'react';
import { whyNotThisQuestion } from '../../lessons/prepare.ts';
import {
  begin,
  COVER,
  closeLessons,
  observe,
  openList,
  showOnly,
  useProgress,
} from '../../lessons/progress.ts';
import { questionInWords } from '../../lessons/read.ts';
import type { Lesson } from '../../lessons/types.ts';
import { engineIsReady } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import styles from './card.module.css';
import { TeachersLink } from './link.tsx';
import { useOnly } from './only.ts';
import { usePlace } from './place.ts';
import { StepCard } from './step.tsx';

export function LessonCard({ lesson }: { lesson: Lesson }) {
  const { step, entering, only } = useProgress();
  useEffect(() => {
    observe(lesson);
    return useWorkbench.subscribe(() => observe(lesson));
  }, [lesson]);
  const at = lesson.steps[step];
  usePlace(at, entering);
  useOnly(only ? lesson : null);
  if (step === COVER) return <Cover lesson={lesson} />;
  return at ? <StepCard key={at.id} lesson={lesson} step={at} /> : <End lesson={lesson} />;
}

function Cover({ lesson }: { lesson: Lesson }) {
  const state = useWorkbench();
  const { keeps, only } = useProgress();
  const why = keeps ? whyNotThisQuestion(state) : null;
  const ready = engineIsReady(state) && state.pairs.length > 0;
  const kernels = state.engine.engines.wgsl.state;
  return (
    <>
      <header className={styles.head}>
        <h2 tabIndex={-1}>{lesson.title}</h2>
        <span className={styles.note}>
          {lesson.steps.length} steps, about {lesson.minutes} minutes
        </span>
        <span className={styles.tools}>
          <Button kind="quiet" onClick={openList}>
            All lessons
          </Button>
          <TeachersLink lesson={lesson.id} />
          <Button kind="quiet" onClick={closeLessons}>
            Close
          </Button>
        </span>
      </header>
      <p>{lesson.about}</p>
      {ready && (
        <p className={styles.note}>
          {keeps && why === null
            ? `It is done on the question of the link: ${questionInWords(state)}.`
            : `It asks its own question in place of yours, without pins and edits; Undo brings yours back.${why ? ` The link’s question cannot be kept: ${why}.` : ''}`}
        </p>
      )}
      {lesson.needsKernels && kernels === 'unavailable' && (
        <p className={styles.wrong} role="alert">
          Some of its steps change the models, which needs WebGPU: this browser does not offer it. Open the
          page in a recent Chrome, Edge, Safari or Firefox to do them all.
        </p>
      )}
      <p className={styles.row}>
        <Button kind="primary" disabled={!ready} onClick={() => void begin(lesson)}>
          {ready ? 'Begin' : 'The engine is starting …'}
        </Button>
        <label className={styles.note}>
          <input type="checkbox" checked={only} onChange={(event) => showOnly(event.target.checked)} /> hide
          panels that it does not speak about
        </label>
      </p>
    </>
  );
}

function End({ lesson }: { lesson: Lesson }) {
  return (
    <>
      <header className={styles.head}>
        <h2 tabIndex={-1}>{lesson.title}: done</h2>
      </header>
      <p>The page is yours again, as you left it. {lesson.after}</p>
      <p className={styles.row}>
        <Button kind="primary" onClick={closeLessons}>
          Go on by myself
        </Button>
        <Button onClick={openList}>Another lesson</Button>
      </p>
    </>
  );
}
