/** The identity of a request: two requests with one key have one answer. */

import { editsAsked } from './edits/reach.ts';
import { currentPair } from './selectors.ts';
import type { Ask, WorkbenchState } from './types.ts';

type Question = Pick<
  WorkbenchState,
  'pair' | 'pairs' | 'text' | 'prependBos' | 'engine' | 'edits' | 'editView'
>;

/**
 * Pair and how its weights are kept, prompt, analysis, parameters and the engine that answers as one string; arms are
 * left out, a result that covers more is as good. Verify asks every engine, so it is the same request whichever answers
 * the others; edited models run on our own kernels, whichever answers the rest.
 */
export function requestKey(question: Question, ask: Ask): string {
  const { pair, text, prependBos, engine } = question;
  const dtypes = currentPair(question)?.arms.flatMap(({ dtype }) => (dtype ? [dtype] : [])) ?? [];
  const kept = [...new Set(dtypes)].sort();
  const answering = ask.analysis === 'verify' ? null : engine.route?.engine;
  const edits = editsAsked(question, ask.slot);
  const asked = [pair, kept, text, prependBos, ask.analysis, ask.parameters];
  return JSON.stringify(edits.length > 0 ? [...asked, 'wgsl', edits] : [...asked, answering]);
}
