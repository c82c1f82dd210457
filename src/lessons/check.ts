/** Whether an answer is right: held against the engine's numbers, never against a stored one. */

import { number } from '../ui/format.ts';
import type { Question } from './types.ts';

/** A number as people type it: with either minus, a decimal comma or a per cent sign. NaN for what is none. */
export function typedNumber(typed: string): number {
  const text = typed.trim().replace(/^\+/, '').replace('−', '-').replace(',', '.').replace(/\s*%$/, '');
  return text === '' ? Number.NaN : Number(text);
}

/** `given` is the value of the chosen option, or the number as typed. */
export function isRight(question: Question, given: string): boolean {
  if (question.kind === 'choice') return given === question.right;
  return Math.abs(typedNumber(given) - question.right) <= question.tolerance;
}

/** What is said of a wrong answer. */
export function hintFor(question: Question, given: string): string {
  if (question.kind === 'number' && !Number.isFinite(typedNumber(given)))
    return `That is no number. Type one such as ${number(-1.25)}.`;
  return question.hint;
}
