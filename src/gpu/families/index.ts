/** The families there are. */

import type { Family, FamilyName } from './family.ts';
import { registers } from './registers.ts';
import { rows, subgroups } from './rows.ts';
import { tiles } from './tiles.ts';

export const FAMILIES: Readonly<Record<FamilyName, Family>> = { registers, tiles, rows, subgroups };
