/** Why edited models gave no answer: which edit is at fault, or what else. */

import type { ErrorRecord } from '../../base/errors.ts';
import type { EditEntry } from '../../state/edits/types.ts';
import type { WorkbenchState } from '../../state/types.ts';

const ASKED = [
  'edited:token-stats',
  'edited:predictions',
  'edited:dla:component',
  'edited:dla:head',
] as const;

export interface Refusals {
  /** By the edit's id, without its number in the list. */
  byEdit: Map<number, string>;
  /** What concerns no edit in particular, each once. */
  others: string[];
}

/** The errors of the requests that stand now. The engine counts edits from 1, among those that are on. */
export function refusals(state: Pick<WorkbenchState, 'slots' | 'edits' | 'wanted'>): Refusals {
  const errors = ASKED.flatMap((slot): ErrorRecord[] => {
    const { error } = state.slots[slot];
    return error && state.wanted[slot] !== undefined ? [error] : [];
  });
  const on = state.edits.filter((entry) => entry.on);
  const byEdit = new Map<number, string>();
  const others = new Set<string>();
  for (const { message } of errors) {
    const [, count, rest = ''] = /^Edit (\d+): (.*)$/s.exec(message) ?? [];
    const entry: EditEntry | undefined = on[Number(count) - 1];
    if (entry) byEdit.set(entry.id, rest.charAt(0).toUpperCase() + rest.slice(1));
    else others.add(message);
  }
  return { byEdit, others: [...others] };
}
