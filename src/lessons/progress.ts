/** How far the learner is: which lesson and step, what was found or answered, and that it outlives a reload. */

import { create } from 'zustand';
import { Latest } from '../base/latest.ts';
import { notifyError } from '../state/notices.ts';
import { getState } from '../state/store.ts';
import { hintFor, isRight, typedNumber } from './check.ts';
import { prepare, whyNotThisQuestion } from './prepare.ts';
import type { ActStep, Lesson, Step } from './types.ts';

/** The page before the first step, where the lesson says what it is. */
export const COVER = -1;

export interface Progress {
  showing: 'nothing' | 'list' | 'lesson';
  /** By its id, as the address names it: there may be none. */
  lesson: string | null;
  /** COVER, a step, or as many as there are steps: the end. */
  step: number;
  /** What the step came to, once it is met: only then it goes on. */
  found: string | null;
  /** The last answer, where it was wrong. */
  wrong: { given: string; hint: string } | null;
  /** The numbers in the card as typed; absent where still as they start. */
  dials: Readonly<Record<number, string>>;
  /** The link that opened the lesson brought its own question. */
  keeps: boolean;
  /** Panels that the lesson does not speak about are hidden. */
  only: boolean;
  /** While the page is made ready nothing counts as done. */
  entering: boolean;
}

const FRESH = { found: null, wrong: null, dials: {}, entering: false } as const;
const CLOSED: Progress = {
  showing: 'nothing',
  lesson: null,
  step: COVER,
  keeps: false,
  only: false,
  ...FRESH,
};

export const useProgress = create<Progress>()(() => CLOSED);
const { getState: progress, setState: setProgress } = useProgress;

const newest = new Latest();

export function openList(): void {
  newest.cancel();
  setProgress({ ...CLOSED, showing: 'list' });
}

/** Opens a lesson at its cover. */
export function openLesson(lesson: string, as: Partial<Pick<Progress, 'keeps' | 'only'>> = {}): void {
  newest.cancel();
  setProgress({ ...CLOSED, showing: 'lesson', lesson, ...as });
}

/** Hides what the lesson does not speak about, or shows it again. */
export function showOnly(only: boolean): void {
  setProgress({ only });
}

/** Leaves the page as it is, in free play. */
export function closeLessons(): void {
  newest.cancel();
  setProgress(CLOSED);
}

/** Makes the page ready and shows the first step. */
export async function begin(lesson: Lesson): Promise<void> {
  const { keeps } = progress();
  await enter(lesson, 0, async (signal) => {
    if (!keeps || whyNotThisQuestion(getState()) !== null) await prepare(lesson, signal);
  });
}

/** To the next step, or the end; nothing while the step at hand is not met. */
export async function goOn(lesson: Lesson): Promise<void> {
  const { step, found } = progress();
  if (found !== null) await enter(lesson, step + 1);
}

/** To the step before, which is to be done again. */
export async function goBack(lesson: Lesson): Promise<void> {
  const { step } = progress();
  if (step > 0) await enter(lesson, step - 1);
}

async function enter(
  lesson: Lesson,
  step: number,
  first?: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  setProgress({ ...FRESH, step, entering: true });
  try {
    const entered = await newest.run(async (signal) => {
      await first?.(signal);
      if (!signal.aborted) await lesson.steps[step]?.enter?.();
      return true;
    });
    if (!entered) return; // left, or at another step by now
  } catch (error) {
    notifyError('The lesson could not set up its step', error);
  }
  setProgress({ entering: false });
  observe(lesson);
}

function stepOf(lesson: Lesson): Step | null {
  const { showing, lesson: id, step, entering } = progress();
  return showing === 'lesson' && id === lesson.id && !entering ? (lesson.steps[step] ?? null) : null;
}

/** Looks whether the learner has done what the step asks; called whenever the page changes. */
export function observe(lesson: Lesson): void {
  const step = stepOf(lesson);
  if (step?.kind !== 'act' || progress().found !== null) return;
  const dials = dialsOf(step);
  if (step.done(getState(), dials)) setProgress({ found: step.found(getState(), dials) });
}

/** The numbers in the card as they stand: as typed, else as they start. */
export function dialsOf({ dials }: ActStep): number[] {
  if (!dials) return [];
  const start = dials.start(getState());
  const typed = progress().dials;
  return dials.names.map((_, i) => {
    const text = typed[i];
    return text === undefined ? (start?.[i] ?? Number.NaN) : typedNumber(text);
  });
}

export function turnDial(lesson: Lesson, index: number, typed: string): void {
  setProgress({ dials: { ...progress().dials, [index]: typed } });
  observe(lesson);
}

/** Takes an answer to the question at hand, and says whether it is right by the numbers now on the page. */
export function answer(lesson: Lesson, given: string): void {
  const step = stepOf(lesson);
  if (step?.kind !== 'ask' || progress().found !== null) return;
  const question = step.question(getState());
  if (!question) return;
  if (isRight(question, given)) setProgress({ found: question.because, wrong: null });
  else setProgress({ wrong: { given, hint: hintFor(question, given) } });
}
