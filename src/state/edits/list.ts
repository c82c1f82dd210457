/** The list of edits as a value: what adding, switching, moving and removing make of it. */

import type { Edit } from '../../engine/api.ts';
import type { EditEntry } from './types.ts';

type Entries = readonly EditEntry[];

/** At the end, switched on. An edit that is there already is only switched on: twice the same is seldom meant. */
export function withEdit(entries: Entries, edit: Edit, about: string | null = null): EditEntry[] {
  const there = entries.find((entry) => sameEdit(entry.edit, edit));
  if (there) return entries.map((entry) => (entry === there ? { ...entry, on: true } : entry));
  const id = 1 + Math.max(0, ...entries.map((entry) => entry.id));
  return [...entries, { id, edit, on: true, about }];
}

export function switched(entries: Entries, id: number): EditEntry[] {
  return entries.map((entry) => (entry.id === id ? { ...entry, on: !entry.on } : entry));
}

export function without(entries: Entries, id: number): EditEntry[] {
  return entries.filter((entry) => entry.id !== id);
}

/** One place up (−1) or down (+1) the list; at its end it stays. */
export function moved(entries: Entries, id: number, by: -1 | 1): EditEntry[] {
  const from = entries.findIndex((entry) => entry.id === id);
  const to = from + by;
  const next = [...entries];
  const [entry, other] = [entries[from], entries[to]];
  if (entry && other) [next[from], next[to]] = [other, entry];
  return next;
}

/** The edits that are on, as the engine takes them. */
export function active(entries: Entries): Edit[] {
  return entries.filter(({ on }) => on).map(({ edit }) => edit);
}

/** Field by field, in whatever order the fields were written. */
export function sameEdit(a: Edit, b: Edit): boolean {
  return canonical(a) === canonical(b);
}

function canonical(edit: Edit): string {
  const fields = Object.entries(edit).filter(([, value]) => value !== undefined);
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}
