/** All rows there are, in the order in which they run. */

import type { Case } from '../page/cases.ts';
import { cacheFull } from './cacheFull.ts';
import { counters } from './counters.ts';
import { dlaHeadsOne } from './dlaHeadsOne.ts';
import { matmulShapes } from './matmulShapes.ts';
import { memory } from './memory.ts';
import { prefill } from './prefill.ts';
import { wasmFallback } from './wasmFallback.ts';

export const CASES: readonly Case[] = [
  ...matmulShapes,
  ...prefill,
  ...wasmFallback,
  ...cacheFull,
  ...dlaHeadsOne,
  ...counters,
  ...memory,
];
