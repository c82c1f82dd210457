/** The lessons as data: complete, about panels that there are, in words that the glossary has; and how answers are read. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { panels } from '../panels/index.ts';
import { initialState } from '../state/initial.ts';
import { hintFor, isRight, typedNumber } from './check.ts';
import { sumLesson } from './example.suite.ts';
import { GLOSSARY, meaningOf, piecesIn } from './glossary.ts';
import { LESSONS, lessonById } from './index.ts';
import { keptIn } from './keeping.ts';
import type { NumberQuestion, Words } from './types.ts';

const PLACES = new Set([...panels.map(({ id }) => id), 'question', 'edits']);
const opening = initialState();
const plain = (words: Words) => (typeof words === 'string' ? words : words(opening));

test('five lessons, in the order in which they build on each other, each found by its id', () => {
  expect(LESSONS.map(({ id }) => id)).toEqual(['logit', 'layernorm', 'attention', 'confidence', 'patching']);
  for (const lesson of LESSONS) expect(lessonById(lesson.id)).toBe(lesson);
  expect(lessonById('<script>')).toBeNull();
  expect(lessonById(null)).toBeNull();
});

describe.each(LESSONS.map((lesson) => [lesson.id, lesson] as const))('%s', (_, lesson) => {
  test('has four to seven steps with names of their own, and ends with a question', () => {
    expect(lesson.steps.length).toBeGreaterThanOrEqual(4);
    expect(lesson.steps.length).toBeLessThanOrEqual(7);
    expect(new Set(lesson.steps.map(({ id }) => id)).size).toBe(lesson.steps.length);
    expect(lesson.steps.at(-1)?.kind).toBe('ask');
  });

  test('speaks of panels that there are', () => {
    for (const { id, at } of lesson.steps) expect(PLACES, id).toContain(at);
  });

  test('is not done by opening the page, and asks nothing before there are numbers', () => {
    for (const step of lesson.steps) {
      if (step.kind === 'act') expect(step.done(opening, [Number.NaN, Number.NaN]), step.id).toBe(false);
      else expect(step.question(opening), step.id).toBeNull();
    }
  });

  test('marks only words that the glossary has, in every form of its texts', () => {
    const texts = lesson.steps.flatMap((step) => [
      ...step.says.map(plain),
      ...(step.kind === 'act' ? [plain(step.task), step.found(opening, [1, 1])] : [step.waiting]),
    ]);
    const terms = texts.flatMap(piecesIn).flatMap(({ term }) => term ?? []);
    expect(terms.length).toBeGreaterThan(0);
    for (const term of terms) expect(meaningOf(term), term).not.toBeNull();
  });
});

test('the glossary has every word once, and a whole sentence for it', () => {
  const terms = GLOSSARY.map(({ term }) => term.toLowerCase());
  expect(new Set(terms).size).toBe(terms.length);
  for (const { term, means } of GLOSSARY) expect(means, term).toMatch(/\.$/);
});

test('marked words are taken out of a text, in another form where one is given', () => {
  expect(piecesIn('a [[logit]] of [[heads|head]].')).toEqual([
    { text: 'a ', term: null },
    { text: 'logit', term: 'logit' },
    { text: ' of ', term: null },
    { text: 'heads', term: 'head' },
    { text: '.', term: null },
  ]);
  expect(piecesIn('')).toEqual([]);
});

const QUESTION: NumberQuestion = {
  kind: 'number',
  asks: '?',
  right: -1.25,
  tolerance: 0.01,
  unit: '',
  hint: 'Mind the sign.',
  because: 'So it is.',
};

test.each([
  ['-1.25', true],
  ['−1.25', true],
  [' −1,259 ', true],
  ['-1.27', false],
  ['1.25', false],
  ['', false],
  ['NaN', false],
  ['minus one', false],
])('the answer “%s” is right: %s', (given, right) => {
  expect(isRight(QUESTION, given)).toBe(right);
});

test('a hint says what is wrong: no number at all, or the wrong one', () => {
  expect(typedNumber('12.5 %')).toBe(12.5);
  expect(typedNumber('+3')).toBe(3);
  expect(hintFor(QUESTION, 'many')).toMatch(/^That is no number/);
  expect(hintFor(QUESTION, '3')).toBe('Mind the sign.');
});

test.each([
  [null],
  ['logit'],
  [{ lesson: 'logit' }],
  [{ lesson: 3, step: 0, found: null, keeps: false, only: false }],
  [{ lesson: 'logit', step: -2, found: null, keeps: false, only: false }],
  [{ lesson: 'logit', step: 1.5, found: null, keeps: false, only: false }],
  [{ lesson: 'logit', step: 1, found: null, keeps: false, only: 'yes' }],
  [{ lesson: 'logit', step: 1, found: 7, keeps: false, only: false }],
])('what is kept is not believed where it is no lesson of ours: %j', (value) => {
  expect(keptIn(value)).toBeNull();
});

test('what is kept of a lesson comes back without anything else', () => {
  const kept = { lesson: 'logit', step: 2, found: 'so', keeps: true, only: false };
  expect(keptIn({ ...kept, evil: 1 })).toEqual(kept);
});

describe('docs/teaching.md', () => {
  const docs = readFileSync('docs/teaching.md', 'utf8');

  test('lists every lesson as it is', () => {
    const rows = docs.split('\n').filter((line) => /^\| .* \| `\w+` \|/.test(line));
    const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
    expect(cells.map(([, title, id, , minutes, changes]) => [title, id, minutes, changes])).toEqual(
      LESSONS.map(({ id, title, minutes, needsKernels }) => [
        title,
        `\`${id}\``,
        String(minutes),
        needsKernels ? 'yes' : 'no',
      ]),
    );
  });

  test('shows a lesson that compiles', () => {
    const shown = /```ts\n([\s\S]*?)```/.exec(docs)?.[1] ?? '';
    const source = readFileSync('src/lessons/example.suite.ts', 'utf8');
    expect(source.slice(source.indexOf('import'))).toBe(shown);
    expect(sumLesson.steps.at(-1)?.kind).toBe('ask');
  });
});
