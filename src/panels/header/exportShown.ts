/** Every request and answer that is on show, as data: what a script can ask again with `normless.analyze`. */

import type { AnalysisId, Edit } from '../../engine/api.ts';
import { freshness } from '../../state/selectors.ts';
import type { SlotId, WorkbenchState } from '../../state/types.ts';

/** One answer with what was asked. */
interface Shown {
  analysis: AnalysisId;
  /** As `normless.analyze(analysis, request)` takes it. */
  request: Record<string, unknown>;
  /** How matrices were kept. */
  storage: readonly string[];
  result: unknown;
}

export interface EverythingShown {
  normless: string;
  link: string;
  /** By where the page keeps it. */
  answers: Partial<Record<SlotId, Shown>>;
  /** The panel that looks closer: how it is set, and the answers that it keeps itself (patching, a text). */
  panel: { id: string; state: unknown } | null;
}

/** All answers to the question as it stands; those still on their way are left out. */
export function everythingShown(state: WorkbenchState, link: string): EverythingShown {
  const answers = (Object.keys(state.slots) as SlotId[]).flatMap((slot) => {
    const { result, key } = state.slots[slot];
    const fresh = ['live', 'committed'].includes(freshness(state, slot));
    if (!result || !key || !fresh || state.wanted[slot] === undefined) return [];
    return [[slot, shownOf(key, result)] as const];
  });
  return { normless: state.version, link, answers: Object.fromEntries(answers), panel: panelOf(state) };
}

/** Settings are kept under the panel's id as one word: `logit-lens` has `logitLens`. */
function panelOf({ open, closer }: WorkbenchState): EverythingShown['panel'] {
  const name = open?.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  if (!open || !name || !Object.hasOwn(closer, name)) return null;
  return { id: open, state: closer[name as keyof typeof closer] };
}

/** A request as `requestKey` writes it, and its answer. */
function shownOf(key: string, result: { tokens: number[]; arms: object; engine: string }): Shown {
  const [pair, storage, , , analysis, parameters, , edits] = JSON.parse(key) as [
    string,
    string[],
    string,
    boolean,
    AnalysisId,
    Record<string, unknown>,
    string | null,
    Edit[] | undefined,
  ];
  // By the tokens that were fed: they are the prompt, whatever a tokenizer makes of its text later.
  const { tokens, arms, engine } = result;
  const asked = { pair, tokens, arms: Object.keys(arms), engine, ...parameters, ...(edits && { edits }) };
  return { analysis, request: asked, storage, result };
}
