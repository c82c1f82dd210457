/** The states looked at in this visit, newest first, with a few numbers of each, so that two of them can be held side by side. */

import { complete, type FullLink } from '../../share/defaults.ts';
import type { Link } from '../../share/schema.ts';
import { getState } from '../store.ts';
import type { WorkbenchState } from '../types.ts';
import { fingerprintOf } from './fingerprint.ts';
import { patchLinking, same } from './slice.ts';
import type { HistoryAnswer, HistoryEntry } from './types.ts';

/** States that are kept. */
const KEPT = 40;
let nextId = 1;

/**
 * Notes a state of the page and, once they are there, its numbers. A state seen before comes to the front again; a
 * prompt that was typed on before its numbers came was none to look at, and goes.
 */
export function record(state: WorkbenchState, inputs: Link): void {
  const history = getState().linking.history.filter((entry, i) => i > 0 || !isHalfOf(entry, inputs));
  const [newest] = history;
  const known = history.find(({ link }) => same(link, inputs));
  const answers = answersOf(state) ?? known?.answers ?? null;
  if (known && known === newest && same(known.answers ?? {}, answers ?? {})) return;
  const changed = known?.changed ?? (newest ? changeOf(newest.link, inputs) : 'the first of this visit');
  const entry = { id: known?.id ?? nextId++, link: inputs, changed, answers };
  patchLinking({ history: [entry, ...history.filter((each) => each !== known)].slice(0, KEPT) });
}

/** Whether an entry without numbers is only the beginning of the prompt that is there now. */
function isHalfOf({ link, answers }: HistoryEntry, inputs: Link): boolean {
  const [half, whole] = [complete(link).text, complete(inputs).text];
  return answers === null && whole.length > half.length && whole.startsWith(half);
}

/** The fingerprint with its tokens in words; null while the numbers on screen answer another question. */
function answersOf(state: WorkbenchState): HistoryEntry['answers'] {
  const fingerprint = fingerprintOf(state);
  const predictions = state.slots.predictions.result;
  if (!fingerprint || !predictions) return null;
  return Object.fromEntries(
    Object.entries(fingerprint).map(([arm, { top, prob, value }]): [string, HistoryAnswer] => {
      const piece = predictions.arms[arm]?.top[0]?.piece ?? '';
      return [arm, { top: { id: top, piece }, prob, value }];
    }),
  );
}

const PARTS: readonly [words: string, part: (full: FullLink) => unknown][] = [
  ['models', ({ pair }) => pair],
  ['prompt', ({ text, prependBos }) => [text, prependBos]],
  ['position', ({ position }) => position],
  ['target', ({ target, contrast }) => [target, contrast]],
  ['edits', ({ edits }) => edits],
  ['arms on show', ({ view }) => [view.shown, view.compare]],
  ['open panel', ({ view }) => view.open],
  ['pins', ({ pins }) => pins],
  ['panel’s settings', ({ closer }) => closer],
  ['generation', ({ generation }) => generation],
];

/** What differs between two states, in words. */
export function changeOf(before: Link, after: Link): string {
  const [a, b] = [complete(before), complete(after)];
  const changed = PARTS.filter(([, part]) => JSON.stringify(part(a)) !== JSON.stringify(part(b)));
  return changed.length > 0 ? changed.map(([words]) => words).join(', ') : 'view';
}
