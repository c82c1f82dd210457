/** Compares a live result with the committed one, number by number: what the page shows as "reproduced to …". */

import type { AnalysisId, AnalysisResult, EngineId, SelfCheck } from './api.ts';

/** One committed analysis: what was asked and what came out, tensors revived. */
export interface CommittedAnalysis<Id extends AnalysisId = AnalysisId> {
  id: Id;
  request: Record<string, unknown>;
  result: AnalysisResult<Id>;
}

/** Committed numbers come from the CPU twin (f64 sums); f32 kernels may differ by rounding (SCIENCE §9). */
export const SELF_CHECK_TOLERANCE = 1e-3;

/**
 * Largest |live − committed| over every number, relative to max(1, |committed|). A missing value, another shape
 * or another text counts as infinite.
 */
export function compareResults(
  committed: unknown,
  live: unknown,
  where = '',
): { maxAbs: number; where: string } {
  if (typeof committed === 'number') {
    if (typeof live !== 'number' || Number.isNaN(live) !== Number.isNaN(committed))
      return { maxAbs: Infinity, where };
    if (Number.isNaN(committed) || committed === live) return { maxAbs: 0, where };
    return { maxAbs: Math.abs(live - committed) / Math.max(1, Math.abs(committed)), where };
  }
  if (committed === null || typeof committed !== 'object') {
    return { maxAbs: committed === live ? 0 : Infinity, where };
  }
  if (live === null || typeof live !== 'object') return { maxAbs: Infinity, where };
  const [expected, actual] = [Object.entries(committed), live as Record<string, unknown>];
  if (expected.length !== Object.keys(live).length) return { maxAbs: Infinity, where: `${where} (its size)` };
  let worst = { maxAbs: 0, where };
  for (const [key, value] of expected) {
    const inner = compareResults(value, actual[key], where ? `${where}.${key}` : key);
    if (inner.maxAbs > worst.maxAbs) worst = inner;
  }
  return worst;
}

/**
 * Asks every committed analysis of an engine again and reports the largest difference: the CPU twin against this engine,
 * reduced to what the page shows. `verify` is the long form, hook by hook.
 */
export async function selfCheck(
  engine: EngineId,
  committed: Readonly<Record<string, CommittedAnalysis>>,
  analyze: (id: AnalysisId, request: Record<string, unknown>) => Promise<object>,
): Promise<SelfCheck> {
  let worst = { maxAbs: 0, where: '' };
  for (const [key, { id, request, result }] of Object.entries(committed)) {
    const live = await analyze(id, { ...request, engine });
    const difference = compareResults({ ...result, engine }, live, key);
    if (difference.maxAbs > worst.maxAbs) worst = difference;
  }
  return { engine, ...worst, tolerance: SELF_CHECK_TOLERANCE, ok: worst.maxAbs <= SELF_CHECK_TOLERANCE };
}
