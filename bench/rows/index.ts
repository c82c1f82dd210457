/** All rows there are, in the order in which they run. */

import type { Case } from '../page/cases.ts';
import { attributionPatching } from './attributionPatching.ts';
import { cacheFull } from './cacheFull.ts';
import { compile } from './compile.ts';
import { counters } from './counters.ts';
import { decode } from './decode.ts';
import { directEffectOne } from './directEffect.ts';
import { dlaHeadsOne } from './dlaHeadsOne.ts';
import { dlaPerPosition } from './dlaPerPosition.ts';
import { entropyNeurons } from './entropyNeurons.ts';
import { matmulShapes } from './matmulShapes.ts';
import { memory } from './memory.ts';
import { pair } from './pair.ts';
import { prefill } from './prefill.ts';
import { sweeps } from './sweeps.ts';
import { wasmFallback } from './wasmFallback.ts';

export const CASES: readonly Case[] = [
  ...matmulShapes,
  ...prefill,
  ...decode,
  ...wasmFallback,
  ...cacheFull,
  ...dlaHeadsOne,
  ...dlaPerPosition,
  ...entropyNeurons,
  ...directEffectOne,
  ...sweeps,
  ...attributionPatching,
  ...pair,
  ...counters,
  ...memory,
  ...compile,
];
