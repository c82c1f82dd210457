/** The finished analysis that is committed with the build: the page's first paint, which the live engine must reproduce. */

import type { AnalysisId, PairId } from '../engine/api.ts';
import type { CommittedAnalysis } from '../engine/selfCheck.ts';
import firstResultJson from './firstResult.json' with { type: 'json' };
import type { COMMITTED } from './slots.ts';
import type { ResultOf } from './types.ts';

/** Tensors are `{axes, shape, data}`, with plain number arrays in JSON and Float32Arrays once revived. */
export interface FirstResult {
  made: string;
  prompt: { text: string; prependBos: boolean };
  pair: PairId;
  /** What was asked for each slot, so that the live engine can be asked the same. */
  requests: Record<CommittedSlot, { id: AnalysisId; request: Record<string, unknown> }>;
  results: { [S in CommittedSlot]: ResultOf<S> };
}

export type CommittedSlot = keyof typeof COMMITTED;

/** Turns every `{axes, shape, data: number[]}` inside `value` into a tensor with a Float32Array. */
export function reviveTensors(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reviveTensors);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const isTensor = 'axes' in value && 'shape' in value && 'data' in value && Array.isArray(value.data);
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      key,
      isTensor && key === 'data' ? new Float32Array(inner as number[]) : reviveTensors(inner),
    ]),
  );
}

/** The committed result, revived. */
export const firstResult = reviveTensors(firstResultJson) as FirstResult;

/** The same, as the engine's self-check takes it. */
export const committedAnalyses: Record<string, CommittedAnalysis> = Object.fromEntries(
  Object.entries(firstResult.requests).map(([slot, asked]) => [
    slot,
    { ...asked, result: firstResult.results[slot as CommittedSlot] as CommittedAnalysis['result'] },
  ]),
);
