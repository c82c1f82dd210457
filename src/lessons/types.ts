/** What a lesson is, as data: steps that wait for the learner's own action on the page, and questions that the engine's numbers answer. */

import type { Example } from '../state/examples.ts';
import type { WorkbenchState } from '../state/types.ts';

/**
 * Words of a lesson. `[[term]]` is a word of the glossary and `[[shown|term]]` another form of one. What depends on the
 * numbers is a function of the page, and says something sensible while they are on the way.
 */
export type Words = string | ((state: WorkbenchState) => string);

interface StepCommon {
  /** Unique within its lesson. */
  id: string;
  title: string;
  /** One string a paragraph. */
  says: readonly Words[];
  /** The panel that is spoken about, by its id; `question` is the row that asks, `edits` the strip of edits. */
  at: string;
  /** Within the panel, as a CSS selector, where the panel is long. */
  show?: string;
  /** Opens what the step needs, and undoes what would meet its condition at once: all before it waits for anything. */
  enter?: () => void | Promise<void>;
}

/** Numbers that the learner moves in the card itself. */
export interface Dials {
  names: readonly string[];
  /** What they start from, in the order of the names; null while the numbers are on the way. */
  start: (state: WorkbenchState) => number[] | null;
  /** What follows from them as they stand. */
  reads: (state: WorkbenchState, values: readonly number[]) => string;
}

/** Waits until the learner has done something. */
export interface ActStep extends StepCommon {
  kind: 'act';
  task: Words;
  dials?: Dials;
  /** Whether it is done; `dials` are the numbers in the card, NaN for what is typed and is none. */
  done: (state: WorkbenchState, dials: readonly number[]) => boolean;
  /** What the learner has found, said once it is done. */
  found: (state: WorkbenchState, dials: readonly number[]) => string;
}

interface QuestionCommon {
  asks: string;
  /** Said of a wrong answer: where to look or how to reckon, never the answer. */
  hint: string;
  /** Said of a right one. */
  because: string;
}

export interface ChoiceQuestion extends QuestionCommon {
  kind: 'choice';
  options: readonly { value: string; label: string }[];
  right: string;
}

export interface NumberQuestion extends QuestionCommon {
  kind: 'number';
  right: number;
  /** The largest difference from `right` that still is right: what rounding on the page can cause. */
  tolerance: number;
  unit: string;
}

export type Question = ChoiceQuestion | NumberQuestion;

/** Waits until the learner has answered right. */
export interface AskStep extends StepCommon {
  kind: 'ask';
  /** Made of the numbers on the page; null while they are on the way or the page shows something else. */
  question: (state: WorkbenchState) => Question | null;
  /** What is missing while there is no question. */
  waiting: string;
}

export type Step = ActStep | AskStep;

export interface Lesson {
  /** In `?lesson=`, so it never changes. */
  id: string;
  title: string;
  /** One sentence: what the learner will know. */
  about: string;
  minutes: number;
  /** Whether it changes the models, which only our own kernels do. */
  needsKernels: boolean;
  /** The question it begins with, unless a link brings its own. */
  example: Example;
  /** More to set up than the question. */
  begin?: () => void | Promise<void>;
  /** The last one is a question. */
  steps: readonly Step[];
  /** What to try in free play, at the end. */
  after: string;
}
