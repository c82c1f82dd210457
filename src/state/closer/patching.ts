/** The patching panel as it was left: two prompts, what is patched, and what came of it. */

import type { PatchDirection, PatchGranularity, PatchSite } from '../../analysis/types/index.ts';
import type { AnalysisResult, ArmId, PairId, Progress } from '../../engine/api.ts';
import type { Token } from '../types.ts';

export type PromptSide = 'clean' | 'corrupted';
/** Both prompts, in the order they are shown. */
export const PROMPT_SIDES: readonly PromptSide[] = ['clean', 'corrupted'];

/** The tokens a prompt is fed as, BOS included where the page prepends it. */
export interface SplitPrompt {
  tokens: readonly Token[];
  /** Why it cannot be fed; null where it can. */
  error: string | null;
}

/** Both prompts as tokens; `key` says of which texts, pair and BOS. */
export type SplitPrompts = { key: string } & Record<PromptSide, SplitPrompt>;

/** What came of a question, or so far. */
export interface Kept<R> {
  key: string;
  arms: readonly ArmId[];
  /** The prompts' tokens by position, both where they differ; empty of a set of prompts. */
  pieces: readonly string[];
  /** Whether its numbers are shares of the difference, as they came. */
  normalise: boolean;
  result: R;
  /** False while it comes in, and of what was cancelled. */
  whole: boolean;
}

/** Work that a button asks for: under way, or what came of the newest questions. */
export interface Work<R> {
  /** The question under way. */
  asked: string | null;
  progress: Progress | null;
  /** Why a question has no answer, and which. */
  failed: { key: string; message: string } | null;
  /** The newest first, a few of them, so that going back to a question is instant. */
  kept: readonly Kept<R>[];
}

/** One cell of a map: what one patched run replaced. */
export interface PatchCell {
  layer: number;
  position?: number;
  head?: number;
  neuron?: number;
}

/** The same predictions without the patch on both prompts, and with it. */
export interface PatchedRun {
  clean: AnalysisResult<'predictions'>;
  corrupted: AnalysisResult<'predictions'>;
  patched: AnalysisResult<'predictions'>;
}

export type SweepResult = AnalysisResult<'activation-patching'>;
export type EstimateResult = AnalysisResult<'attribution-patching'>;

/** What each kind of work brings. */
export interface PatchingResults {
  sweep: SweepResult;
  patchedRun: PatchedRun;
  estimate: EstimateResult;
}
export type PatchingWork = { [Id in keyof PatchingResults]: Work<PatchingResults[Id]> };

/** Over which prompts estimate and measurement are compared. */
export type EstimateOver = 'these' | 'ioi' | 'typed';

export interface PatchingSettings extends PatchingWork {
  clean: string;
  corrupted: string;
  target: Token[];
  contrast: Token[];
  /** In whose vocabulary target and contrast stand. */
  wordsOf: PairId;
  site: PatchSite;
  granularity: PatchGranularity;
  direction: PatchDirection;
  normalise: boolean;
  /** Of maps with a third axis the layer looked at; null is the one with the largest value. */
  layer: number | null;
  split: SplitPrompts | null;
  cell: PatchCell | null;
  over: EstimateOver;
  /** As typed: how many pairs of the IOI set, and its seed. */
  ioiCount: string;
  ioiSeed: string;
  /** One pair a line: clean | corrupted | target | contrast. */
  typedPairs: string;
}

export function noWork<R>(): Work<R> {
  return { asked: null, progress: null, failed: null, kept: [] };
}

export const INITIAL_PATCHING: PatchingSettings = {
  clean: 'Once upon a time, there was a little girl who liked to play. One day,',
  corrupted: 'Once upon a time, there was a little boy who liked to play. One day,',
  target: [{ id: 673, piece: ' she' }],
  contrast: [{ id: 339, piece: ' he' }],
  wordsOf: 'demo',
  site: 'resid_post',
  granularity: 'position',
  direction: 'denoising',
  normalise: true,
  layer: null,
  split: null,
  sweep: noWork(),
  cell: null,
  patchedRun: noWork(),
  over: 'these',
  ioiCount: '16',
  ioiSeed: '0',
  typedPairs: '',
  estimate: noWork(),
};
