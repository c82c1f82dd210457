/** The identity of a request: two requests with one key have one answer. */

import type { Ask, QuestionSlice } from './types.ts';

/** Pair, prompt, analysis and parameters as one string; arms are left out, a result that covers more is as good. */
export function requestKey(question: Pick<QuestionSlice, 'pair' | 'text' | 'prependBos'>, ask: Ask): string {
  return JSON.stringify([question.pair, question.text, question.prependBos, ask.analysis, ask.parameters]);
}
