/** The panel on a whole text as it was left: which text, how it is read, and what came of it. */

import type { AnalysisResult, ArmId, PairId, Progress } from '../../engine/api.ts';

export type TextSource = 'sample' | 'typed' | 'file';

/** How much of a window the one before has scored already. */
export type Overlap = 'none' | 'half' | 'most';

/** What decides the numbers. */
export interface TextQuestion {
  source: TextSource;
  typed: string;
  file: { name: string; documents: string[] } | null;
  /** Tokens fed at a time; null is the engine's choice. */
  window: number | null;
  overlap: Overlap;
  prependBos: boolean;
  /** Whether every head's share of the tokens that came is wanted too, which takes longer. */
  attribution: boolean;
}

export interface TextSettings extends TextQuestion {
  /** What the result, or what is under way, answers. */
  asked: { pair: PairId; arms: ArmId[]; question: TextQuestion } | null;
  reading: boolean;
  progress: Progress | null;
  /** The newest there is; its `coverage` says of how much. */
  result: AnalysisResult<'corpus'> | null;
  error: string | null;
}

export const INITIAL_TEXT: TextSettings = {
  source: 'sample',
  typed: '',
  file: null,
  window: null,
  overlap: 'none',
  prependBos: false,
  attribution: false,
  asked: null,
  reading: false,
  progress: null,
  result: null,
  error: null,
};
