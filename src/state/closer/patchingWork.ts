/** Work of the patching panel that a button asks for: one at a time of a kind, with progress, parts as they come in, and a way to stop. */

import { toErrorRecord } from '../../base/errors.ts';
import type { ArmId, PairId, Progress } from '../../engine/api.ts';
import { getState } from '../store.ts';
import type { Kept, PatchingResults, PatchingWork, Work } from './patching.ts';
import { patchPatching } from './patchingPrompts.ts';

export type WorkId = keyof PatchingResults;

/** Answers kept of each kind: enough to go to and fro between a few choices. */
const KEPT = 12;
/** How often the page hears of progress: more would redraw it for nothing. Milliseconds. */
const TICK = 100;

const underWay = new Map<WorkId, AbortController>();

/** What a work answers, as it is kept with the answer. */
export type WorkQuestion = Pick<Kept<unknown>, 'key' | 'arms' | 'pieces' | 'normalise'>;

/** What a work's call gets from here. */
export interface WorkCall<R> {
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
  onPartial: (result: R) => void;
}

/** Does the work; what was under way of this kind is stopped, and what came of earlier questions stays beside it. */
export async function runWork<Id extends WorkId>(
  id: Id,
  question: WorkQuestion,
  call: (to: WorkCall<PatchingResults[Id]>) => Promise<PatchingResults[Id]>,
): Promise<void> {
  underWay.get(id)?.abort();
  const controller = new AbortController();
  const { signal } = controller;
  underWay.set(id, controller);
  const whileWanted = (change: Partial<Work<PatchingResults[Id]>>) => {
    if (!signal.aborted) patchWork(id, change);
  };
  const keep = (result: PatchingResults[Id], whole: boolean) => {
    const others = workOf(id).kept.filter((each) => each.key !== question.key);
    whileWanted({ kept: [{ ...question, result, whole }, ...others].slice(0, KEPT) });
  };
  let told = Number.NEGATIVE_INFINITY;
  const onProgress = (progress: Progress) => {
    if (performance.now() - told < TICK) return;
    told = performance.now();
    whileWanted({ progress });
  };
  patchWork(id, { asked: question.key, progress: null, failed: null });
  try {
    keep(await call({ signal, onProgress, onPartial: (result) => keep(result, false) }), true);
  } catch (error) {
    whileWanted({ failed: { key: question.key, message: toErrorRecord(error).message } });
  } finally {
    if (underWay.get(id) === controller) {
      underWay.delete(id);
      patchWork(id, { asked: null, progress: null });
    }
  }
}

/** Stops; what came in stays, and says that it is a part. */
export function stopWork(id: WorkId): void {
  underWay.get(id)?.abort(new DOMException('stopped by the person', 'AbortError'));
  underWay.delete(id);
  patchWork(id, { asked: null, progress: null });
}

/** The answer to this question for these arms, or the part of it there is; null where there is none. */
export function answerTo<R>(work: Work<R>, key: string, arms: readonly ArmId[]): Kept<R> | null {
  const own = work.kept.find((each) => each.key === key);
  return own && arms.every((arm) => own.arms.includes(arm)) ? own : null;
}

/** Why this question has no answer; null while it is under way, and of any other question. */
export function failureOf(work: Work<unknown>, key: string): string | null {
  return work.asked === null && work.failed?.key === key ? work.failed.message : null;
}

/** The newest answer there is of this pair, whatever the question; null where there is none. */
export function newestOf<R extends { pair: PairId }>(work: Work<R>, pair: PairId): Kept<R> | null {
  return work.kept.find(({ result }) => result.pair === pair) ?? null;
}

function workOf<Id extends WorkId>(id: Id): Work<PatchingResults[Id]> {
  const works: PatchingWork = getState().closer.patching;
  return works[id];
}

function patchWork<Id extends WorkId>(id: Id, change: Partial<Work<PatchingResults[Id]>>): void {
  patchPatching({ [id]: { ...workOf(id), ...change } });
}
