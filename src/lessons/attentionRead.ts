import { pinnedHead } from '../state/closer/attentionAsks.ts';
import { active } from '../state/edits/list.ts';
import { positionOf } from '../state/selectors.ts';
import type { WorkbenchState } from '../state/types.ts';
import { number, signed } from '../ui/format.ts';
import { glyphs } from '../ui/glyphs.ts';
import { answerOf, dlaOf, isPinned, largestBy, questionInWords, strongestHead, WITH } from './read.ts';
import type { ChoiceQuestion } from './types.ts';

/** The head of the model with LayerNorm that looks most at position 0, as the panel's list has it. */
export function sinkHead(state: WorkbenchState): { layer: number; head: number; value: number } | null {
  const score = answerOf(state, 'attention')?.arms[WITH]?.overview?.scores.first;
  if (!score) return null;
  const heads = score.shape[1] ?? 1;
  const all = [...score.data].map((value, i) => ({ layer: Math.floor(i / heads), head: i % heads, value }));
  return largestBy(all, ({ value }) => value);
}

interface Source {
  position: number;
  attention: number;
  share: number;
}

/** What the pinned head brings to the answer from each key, at the position that is asked. */
export function sources(state: WorkbenchState): Source[] {
  const wanted = pinnedHead(state);
  const own = answerOf(state, 'attention:head')?.arms[WITH]?.head;
  if (!wanted || !own?.dlaWeighted || own.layer !== wanted.layer || own.head !== wanted.head) return [];
  const keys = own.pattern.shape[1] ?? 0;
  const row = positionOf(state) * keys;
  return Array.from({ length: positionOf(state) + 1 }, (_, position) => ({
    position,
    attention: own.pattern.data[row + position] as number,
    share: own.dlaWeighted?.data[row + position] as number,
  }));
}

const strongestSource = (state: WorkbenchState) => largestBy(sources(state), ({ share }) => Math.abs(share));

function tokenAt(state: WorkbenchState, position: number): string {
  return `${glyphs(state.slots['token-stats'].result?.pieces[position] ?? '')} at ${position}`;
}

/** Offers those to which most attention is paid or which bring most. */
export function whichToken(state: WorkbenchState): ChoiceQuestion | null {
  const all = sources(state);
  const best = strongestSource(state);
  if (!best || state.closer.attention.weighting !== 'dla' || !isPinned(state, strongestHead(state)))
    return null;
  const offered = [
    ...[...all].sort((a, b) => Math.abs(b.share) - Math.abs(a.share)).slice(0, 3),
    ...[...all].sort((a, b) => b.attention - a.attention).slice(0, 3),
  ];
  const positions = [...new Set(offered.map(({ position }) => position))].sort((a, b) => a - b);
  return {
    kind: 'choice',
    asks: `At the asked position, from which token does this head bring most to ${questionInWords(state)} in Original?`,
    options: positions.map((position) => ({ value: String(position), label: tokenAt(state, position) })),
    right: String(best.position),
    hint: 'Look along the framed row of the map of Original, “× logit share”: the strongest colour. Each column is one token.',
    because: `From ${tokenAt(state, best.position)} it brings ${signed(best.share, 2)} logits, with ${number(100 * best.attention, 0)} % of its attention.`,
  };
}

/** Whether an edit cuts attention of the strongest head, and cuts what counts: the answer moves by a good part of its share. */
export function isCut(state: WorkbenchState): boolean {
  const head = strongestHead(state);
  const [before, after] = [answerWith(state, 'dla:head'), answerWith(state, 'edited:dla:head')];
  if (!head || before === undefined || after === undefined) return false;
  const cuts = active(state.edits).some(
    (edit) =>
      edit.kind === 'knock-out' &&
      edit.site === `blocks.${head.layer}.attn.hook_pattern` &&
      edit.head === head.head,
  );
  return cuts && Math.abs(after - before) > Math.abs(head.value) / 4;
}

export const answerWith = (state: WorkbenchState, slot: 'dla:head' | 'edited:dla:head') =>
  dlaOf(state, slot, WITH)?.actual;
