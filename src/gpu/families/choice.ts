/** Which family computes what: chosen by the number of rows, because that decides what a kernel's time goes into. */

import type { FamilyName } from './family.ts';

/** Prompts by their rows, each class with the largest number of rows in it. */
export const ROW_CLASSES = { few: 4, some: 32, many: Infinity } as const;
export type RowClass = keyof typeof ROW_CLASSES;

export function rowClass(rows: number): RowClass {
  if (rows <= ROW_CLASSES.few) return 'few';
  return rows <= ROW_CLASSES.some ? 'some' : 'many';
}

/** The family of each class, and how that came about. */
export interface Choice {
  readonly families: Readonly<Record<RowClass, FamilyName>>;
  /** `prior`: known for such adapters. `forced`: asked for. `measured`: the fastest here. */
  readonly by: 'prior' | 'forced' | 'measured';
  /** Families that could not be measured, and why. */
  readonly passedOver: readonly { family: FamilyName; rows: number; reason: string }[];
}

/** One family for everything. */
export function always(family: FamilyName, by: Choice['by']): Choice {
  return { families: { few: family, some: family, many: family }, by, passedOver: [] };
}
