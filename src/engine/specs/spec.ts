/** What an analysis is to the engine: the hooks it reads, its checked parameters, its result per arm and between two arms. */

import type { ArmRun } from '../../analysis/armRun.ts';
import type { RankedNeurons } from '../../analysis/confidenceNeurons.ts';
import type { LogitsSource } from '../../analysis/unembed.ts';
import { InputError } from '../../base/errors.ts';
import type { Edit } from '../../model/edits.ts';
import type { HookName } from '../../model/hooks.ts';
import type { ModelConfig } from '../../tensor/params.ts';
import type { Analyses, AnalysisId, ArmId, TokenRef } from '../api.ts';

/** What an analysis may ask of the engine besides its own arm's run. */
export interface AnalysisContext {
  arms: readonly ArmId[];
  /** Of the request, whatever of them reaches an arm. */
  edits: readonly Edit[];
  piece(id: number): string;
  /** Ids as they are; a text must be exactly one token, else an InputError with the split. */
  tokenIds(refs: TokenRef | readonly TokenRef[]): number[];
  /** Between two steps of long work: tells how far it is, lets messages in, and rejects where the call was aborted. */
  step(done: number, total: number, phase: string): Promise<void>;
  /** An arm's neurons ranked on its own weights, cached. Where arms take turns, that arm may be the one on the device then. */
  ranked(arm: ArmId, nullDimension: number | undefined): Promise<RankedNeurons>;
  /** Has an arm's weights on the device again after `ranked` of another. */
  bringBack(arm: ArmId): Promise<void>;
}

export interface ArmInput<Id extends AnalysisId> {
  arm: ArmId;
  run: ArmRun;
  parameters: Analyses[Id]['parameters'];
  context: AnalysisContext;
}

/** Arm by arm, each while its weights are on the device. */
interface ArmByArm<Id extends AnalysisId> {
  arm(input: ArmInput<Id>): Promise<Analyses[Id]['arm']>;
  between?(first: Analyses[Id]['arm'], second: Analyses[Id]['arm']): Analyses[Id]['between'];
}

/** All arms at once, so that what several results share is worked out once; where arms take turns, of what was recorded. */
interface Together<Id extends AnalysisId> {
  together(
    runs: readonly ArmRun[],
    parameters: Analyses[Id]['parameters'],
    context: AnalysisContext,
  ): Promise<{
    /** In the order of the runs. */
    arms: Analyses[Id]['arm'][];
    /** Of every two, as `everyTwo` lists them. */
    between: Analyses[Id]['between'][];
  }>;
}

/** One that goes both ways goes together where all arms are on the device at once, else arm by arm. */
export type AnalysisSpec<Id extends AnalysisId> = {
  /** What a run must record; `logits` says where the logits of this arm come from. */
  hooks(
    arm: { config: ModelConfig; logits: LogitsSource },
    parameters: Analyses[Id]['parameters'],
  ): HookName[];
  /** It runs edited models of its own, so it takes an engine that edits. */
  edits?: true;
  /** It norms residuals of its own at the end, which an edit of the run's final norm would not reach. */
  normsItself?: true;
} & (ArmByArm<Id> | Together<Id>);

/** One of the words allowed, else an InputError listing them. */
export function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new InputError(`${name} is '${String(value)}', but must be one of: ${allowed.join(', ')}.`, {
    [name]: value,
    allowed,
  });
}

/** A list of tokens as ids; one token alone is not taken for a list, since it would be so for no position in particular. */
export function tokenList(name: string, refs: readonly TokenRef[], context: AnalysisContext): number[] {
  if (Array.isArray(refs) && refs.every((ref) => typeof ref === 'number' || typeof ref === 'string'))
    return context.tokenIds(refs);
  const whatElse = name === 'targets' ? " or 'next'" : '';
  throw new InputError(
    `${name} must be a list of tokens (ids, or texts that are one token each), one for each position${whatElse}.`,
    { [name]: refs },
  );
}
