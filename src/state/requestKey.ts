/** The identity of a request: two requests with one key have one answer. */

import type { Ask, WorkbenchState } from './types.ts';

type Question = Pick<WorkbenchState, 'pair' | 'text' | 'prependBos' | 'engine'>;

/**
 * Pair, prompt, analysis, parameters and the engine that answers as one string; arms are left out, a result that covers
 * more is as good. Verify asks every engine, so it is the same request whichever answers the others.
 */
export function requestKey({ pair, text, prependBos, engine }: Question, ask: Ask): string {
  const answering = ask.analysis === 'verify' ? null : engine.route?.engine;
  return JSON.stringify([pair, text, prependBos, ask.analysis, ask.parameters, answering]);
}
