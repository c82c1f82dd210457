/** Every lesson walked on the demo's real numbers: what is right goes on, what is wrong stays stuck. */

import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { getState, useWorkbench } from '../state/store.ts';
import { LESSONS, lessonById } from './index.ts';
import { answer, begin, closeLessons, goBack, goOn, observe, openLesson, useProgress } from './progress.ts';
import type { Question } from './types.ts';
import { DOINGS, learn, openPage } from './walk.suite.ts';

const now = useProgress.getState;
let stop = () => {};

beforeAll(openPage, 60_000);
afterEach(() => {
  stop();
  closeLessons();
});

/** As the card does: looks at the page whenever it changes. */
async function open(id: string) {
  const lesson = lessonById(id);
  if (!lesson) throw new Error(`there is no lesson ${id}`);
  learn(lesson);
  openLesson(id);
  stop = useWorkbench.subscribe(() => observe(lesson));
  await begin(lesson);
  return lesson;
}

/** Every wrong answer that a person could be tempted to give. */
function wrongAnswers(question: Question): string[] {
  if (question.kind === 'choice')
    return question.options.map(({ value }) => value).filter((value) => value !== question.right);
  const { right, tolerance } = question;
  return [right + 2 * tolerance, right - 2 * tolerance, -right - 3 * tolerance - 1]
    .map(String)
    .concat('', 'many');
}

const rightAnswer = ({ right }: Question) => (typeof right === 'number' ? right.toFixed(3) : right);

describe.each(LESSONS.map(({ id }) => id))('the lesson “%s”', (id) => {
  test('is stuck by what is wrong, and completed by what is right', { timeout: 120_000 }, async () => {
    const lesson = await open(id);
    for (const [i, step] of lesson.steps.entries()) {
      const where = `${id}, ${step.id}`;
      expect(now(), where).toMatchObject({ step: i, found: null, entering: false });
      await goOn(lesson);
      expect(now().step, `${where}: nobody goes on before it is met`).toBe(i);
      if (step.kind === 'act') {
        const doing = DOINGS[id]?.[step.id];
        if (!doing) throw new Error(`nobody knows what to do at ${where}`);
        await doing.wrong();
        expect(now().found, `${where} after something else was done`).toBeNull();
        await doing.right();
      } else {
        const question = step.question(getState());
        if (!question) throw new Error(`${where} asks nothing`);
        for (const given of wrongAnswers(question)) {
          answer(lesson, given);
          expect(now(), `${where} answered ${given}`).toMatchObject({ found: null, wrong: { given } });
        }
        answer(lesson, rightAnswer(question));
      }
      expect(now().found, where).toMatch(/\S/);
      expect(now().found, where).not.toMatch(/NaN|Inf|undefined/);
      await goOn(lesson);
    }
    expect(now()).toMatchObject({ showing: 'lesson', step: lesson.steps.length });
  });
});

test('going back makes a step undone again', async () => {
  const lesson = await open('logit');
  await DOINGS.logit?.bars?.right();
  await goOn(lesson);
  expect(now()).toMatchObject({ step: 1 });
  await goBack(lesson);
  expect(now()).toMatchObject({ step: 0, found: null });
});
