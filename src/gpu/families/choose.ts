/** The choice of kernels by a short measurement: of each class of rows the family that took the least time. */

import { type Choice, ROW_CLASSES, type RowClass } from './choice.ts';
import type { FamilyName } from './family.ts';

/** Who stands for each class: how many rows are tried, and which families were written for so many. */
const CANDIDATES: Readonly<Record<RowClass, { rows: number; families: readonly FamilyName[] }>> = {
  few: { rows: 1, families: ['subgroups', 'rows', 'registers'] },
  some: { rows: 16, families: ['tiles', 'registers'] },
  many: { rows: 64, families: ['tiles', 'registers'] },
};

/**
 * `time` gives a family's milliseconds for a product of so many rows. A family that it throws for, or for which it gives
 * no positive number, is passed over and told with the reason; where none is left, the register tiles compute, which ask
 * least of a device.
 */
export async function chooseFamilies(
  time: (family: FamilyName, rows: number) => Promise<number>,
): Promise<Choice> {
  const passedOver: { family: FamilyName; rows: number; reason: string }[] = [];
  const families: Record<RowClass, FamilyName> = { few: 'registers', some: 'registers', many: 'registers' };
  for (const name of Object.keys(ROW_CLASSES) as RowClass[]) {
    const { rows, families: candidates } = CANDIDATES[name];
    let least = Infinity;
    for (const family of candidates) {
      try {
        const ms = await time(family, rows);
        if (!(ms > 0)) throw new Error(`${ms} ms were measured`);
        if (ms < least) [least, families[name]] = [ms, family];
      } catch (error) {
        passedOver.push({ family, rows, reason: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  return { families, by: 'measured', passedOver };
}
