/** Measuring the paper's claims: one after another on a button, with progress and a way to stop; results stay, marked with what they are of. */

import { toErrorRecord } from '../base/errors.ts';
import { type Claim, type ClaimResult, lacking, measureClaim, type Question } from '../claims/index.ts';
import type { Progress } from '../engine/api.ts';
import type { PaperSettings } from './closer/paper.ts';
import { SAMPLE } from './closer/textReading.ts';
import { notifyError } from './notices.ts';
import { armsToAsk, currentPair, isAtHand } from './selectors.ts';
import { connectedEngine, promptOf, updatePairs } from './session.ts';
import { getState, setState } from './store.ts';
import type { WorkbenchState } from './types.ts';

let underWay: AbortController | null = null;

/** How often the page hears of progress: more would redraw it for nothing. Milliseconds. */
const TICK = 100;

/** Measures claims on the pair, arms and prompt as they stand now; what was under way is stopped. */
export async function measureClaims(claims: readonly Claim[]): Promise<void> {
  underWay?.abort();
  const controller = new AbortController();
  underWay = controller;
  const { signal } = controller;
  const state = getState();
  const failed = { ...state.closer.paper.failed };
  for (const { id } of claims) delete failed[id];
  patch({ failed });
  try {
    await updatePairs(); // how the weights are kept may have changed
    const question = { ...questionOf({ ...state, pairs: getState().pairs }), known: new Map() };
    for (const [done, claim] of claims.entries()) {
      if (signal.aborted) return;
      let told = Number.NEGATIVE_INFINITY;
      const tell = (progress: Progress | null) => {
        if (signal.aborted || performance.now() - told < TICK) return;
        told = performance.now();
        patch({ underWay: { claim: claim.id, done, total: claims.length, progress } });
      };
      tell(null);
      await measureOne(claim, { ...question, signal, onProgress: tell });
    }
  } catch (error) {
    if (!signal.aborted) fail(claims[0]?.id, error);
  } finally {
    if (underWay === controller) {
      underWay = null;
      patch({ underWay: null });
    }
  }
}

/** Stops; what has been measured stays. */
export function cancelMeasuring(): void {
  underWay?.abort(new DOMException('stopped by the person', 'AbortError'));
  underWay = null;
  patch({ underWay: null });
}

export function setPaperText(text: string): void {
  patch({ text });
}

/** What stands between two documents, for the tokenizer. */
const BETWEEN_DOCUMENTS = '<|endoftext|>';

/** Takes the text that the panel on texts has: what was typed or dropped there, else its sample. */
export async function takePaperText(): Promise<void> {
  const { paper, text } = getState().closer;
  const { source, typed, file } = text;
  if (source === 'typed') return setPaperText(typed);
  if (source === 'file') return setPaperText((file?.documents ?? []).join(BETWEEN_DOCUMENTS));
  try {
    const response = await fetch(new URL(SAMPLE, document.baseURI));
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    const sample = await response.text();
    if (getState().closer.paper.text === paper.text) setPaperText(sample); // else one was pasted meanwhile
  } catch (error) {
    notifyError('The sample text could not be fetched: paste a text instead', error);
  }
}

/** Forgets every result. */
export function clearClaims(): void {
  patch({ results: [], failed: {} });
}

/** Arms that can be asked without a download. */
export function armsAtHand(state: WorkbenchState): string[] {
  const infos =
    currentPair(state)
      ?.arms.filter(isAtHand)
      .map(({ id }) => id) ?? [];
  return armsToAsk(state).filter((arm) => infos.includes(arm));
}

/** Why a claim cannot be measured as things stand; null where it can. */
export function lacks(state: WorkbenchState, claim: Claim): string | null {
  return lacking(claim, {
    pair: currentPair(state),
    arms: armsAtHand(state),
    tokens: tokensNow(state)?.length ?? null,
    text: state.closer.paper.text.trim() !== '',
  });
}

/** Whether a result is of the pair, and of the prompt where one matters, that the page is at. */
export function isOfNow(state: WorkbenchState, { pair, prompt, text }: ClaimResult): boolean {
  if (pair.id !== state.pair) return false;
  if (text !== null) return text === state.closer.paper.text;
  if (prompt === null) return true;
  if (prompt.text === undefined) return prompt.tokens?.join() === tokensNow(state)?.join();
  return prompt.text === state.text && prompt.prependBos === state.prependBos;
}

/** The result to show of a claim: the newest of what the page is at, else the newest of all. */
export function resultOf(state: WorkbenchState, claim: number): ClaimResult | null {
  const own = state.closer.paper.results.filter((result) => result.claim === claim);
  return own.find((result) => isOfNow(state, result)) ?? own[0] ?? null;
}

/** Hashes the weights of the arms at hand, by comparing the engines on one token, and notes them with their results. */
export async function hashWeights(): Promise<void> {
  const state = getState();
  patch({ hashing: true, hashError: null });
  try {
    const { pair } = state;
    const first = state.slots['token-stats'].result?.tokens[0] ?? 0;
    const report = await connectedEngine().analyze('verify', {
      pair,
      arms: armsAtHand(state),
      tokens: [first],
    });
    patch({ results: getState().closer.paper.results.map((result) => hashed(result, pair, report.arms)) });
  } catch (error) {
    patch({ hashError: toErrorRecord(error).message });
  } finally {
    patch({ hashing: false });
  }
}

function hashed(
  result: ClaimResult,
  pair: string,
  found: Readonly<Record<string, { dtype: string; weights: string }>>,
): ClaimResult {
  if (result.pair.id !== pair) return result;
  const arms = result.arms.map((arm) => {
    const own = found[arm.id];
    if (!own || own.dtype !== arm.dtype) return arm;
    const others = arm.weights.filter(({ of }) => of !== 'parameters');
    return { ...arm, weights: [...others, { sha256: own.weights, of: 'parameters' as const }] };
  });
  return { ...result, arms };
}

async function measureOne(claim: Claim, question: Question): Promise<void> {
  try {
    const result = await measureClaim(connectedEngine(), claim, question);
    if (question.signal?.aborted) return;
    const { results } = getState().closer.paper;
    patch({ results: [result, ...results.filter((other) => !isSameQuestion(other, result))] });
  } catch (error) {
    if (!question.signal?.aborted) fail(claim.id, error);
  }
}

function isSameQuestion(a: ClaimResult, b: ClaimResult): boolean {
  const key = ({ claim, pair, prompt, text, engines, arms }: ClaimResult) =>
    JSON.stringify([claim, pair.id, prompt, text, engines, arms.map(({ id, dtype }) => [id, dtype])]);
  return key(a) === key(b);
}

function questionOf(state: WorkbenchState): Question {
  const pair = currentPair(state);
  if (!pair) throw new Error('The models are not known yet. Wait for the engine, then measure again.');
  const { text } = state.closer.paper;
  return {
    pair,
    arms: armsAtHand(state),
    prompt: promptOf(state),
    text: text.trim() === '' ? null : text,
  };
}

function tokensNow(state: WorkbenchState): number[] | undefined {
  return state.slots['token-stats'].result?.tokens;
}

function fail(claim: number | undefined, error: unknown): void {
  if (claim === undefined) return;
  patch({ failed: { ...getState().closer.paper.failed, [claim]: toErrorRecord(error).message } });
}

function patch(change: Partial<PaperSettings>): void {
  setState(({ closer }) => ({ closer: { ...closer, paper: { ...closer.paper, ...change } } }));
}
