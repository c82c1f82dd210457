/** Every analysis by its id: the hooks it reads, its checked parameters, its result per arm and between two arms. */

import type { ArmRun } from '../analysis/armRun.ts';
import { checkCount } from '../analysis/armRun.ts';
import { confidenceHooks, confidenceNeurons, type RankedNeurons } from '../analysis/confidenceNeurons.ts';
import { directLogitAttribution, dlaBetween, dlaHooks } from '../analysis/directLogitAttribution.ts';
import { predictions, predictionsBetween, predictionsHooks } from '../analysis/predictions.ts';
import { tokenStats, tokenStatsBetween, tokenStatsHooks } from '../analysis/tokenStats.ts';
import type { DlaUnit } from '../analysis/types.ts';
import { InputError } from '../base/errors.ts';
import type { HookName } from '../model/hooks.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Analyses, AnalysisId, ArmId, TokenRef } from './api.ts';

/** What an analysis may ask of the engine besides its own arm's run. */
export interface AnalysisContext {
  arms: readonly ArmId[];
  piece(id: number): string;
  /** Ids as they are; a text must be exactly one token, else an InputError with the split. */
  tokenIds(refs: TokenRef | readonly TokenRef[]): number[];
  /** An arm's neurons ranked on its own weights, cached. */
  ranked(arm: ArmId, nullDimension: number | undefined): Promise<RankedNeurons>;
}

interface ArmInput<Id extends AnalysisId> {
  arm: ArmId;
  run: ArmRun;
  parameters: Analyses[Id]['parameters'];
  context: AnalysisContext;
}

export interface AnalysisSpec<Id extends AnalysisId> {
  hooks(config: ModelConfig, parameters: Analyses[Id]['parameters']): HookName[];
  arm(input: ArmInput<Id>): Promise<Analyses[Id]['arm']>;
  between?(
    first: { run: ArmRun; result: Analyses[Id]['arm'] },
    second: { run: ArmRun; result: Analyses[Id]['arm'] },
    context: AnalysisContext,
  ): Promise<Analyses[Id]['between']>;
}

const UNITS: readonly DlaUnit[] = ['component', 'head', 'neuron', 'head-source'];

/** `verify` is not among them: it works on several engines' runs of an arm (verify.ts). */
export type OneRunAnalysis = Exclude<AnalysisId, 'verify'>;

export const ANALYSES: { readonly [Id in OneRunAnalysis]: AnalysisSpec<Id> } = {
  predictions: {
    hooks: predictionsHooks,
    arm: ({ run, parameters: { position = -1, k = 10, score = [] }, context }) =>
      predictions(run, { position, k, score: context.tokenIds(score), piece: context.piece }),
    between: (first, second, context) => predictionsBetween(first, second, context.piece),
  },

  'token-stats': {
    hooks: tokenStatsHooks,
    arm: ({ run }) => tokenStats(run),
    between: (first, second) => tokenStatsBetween(first.run, second.run),
  },

  dla: {
    hooks: (config, { unit = 'component' }) => dlaHooks(config, oneOf('unit', unit, UNITS)),
    arm: ({ run, parameters, context }) => {
      const { position = -1, unit = 'component', centerUnembed = true, valueBias = 'head' } = parameters;
      if (parameters.target === undefined) {
        throw new InputError(
          "dla needs a target: a token id, a text that is one token (' Mary'), or a list of them.",
          {
            target: null,
          },
        );
      }
      return directLogitAttribution(run, {
        position,
        target: context.tokenIds(parameters.target),
        contrast: parameters.contrast === undefined ? [] : context.tokenIds(parameters.contrast),
        centerUnembed,
        unit,
        valueBias: oneOf('valueBias', valueBias, ['head', 'folded'] as const),
      });
    },
    between: async (first, second) => dlaBetween(first.result, second.result),
  },

  'confidence-neurons': {
    hooks: confidenceHooks,
    arm: async ({ arm, run, parameters, context }) => {
      const by =
        parameters.by ?? (context.arms.includes('original') ? 'original' : (context.arms[0] as ArmId));
      const k = checkCount('k', parameters.k ?? 16, 1, run.model.config.dMlp);
      const chosen = await context.ranked(by, parameters.nullDimension);
      const own = await context.ranked(arm, parameters.nullDimension);
      return confidenceNeurons(
        run,
        own,
        by,
        chosen.ranking.slice(0, k).map((stats) => stats.neuron),
      );
    },
  },
};

/** The spec of an analysis; InputError listing the known ones where there is none. */
export function analysisSpec<Id extends OneRunAnalysis>(id: Id): AnalysisSpec<Id> {
  if (Object.hasOwn(ANALYSES, id)) return ANALYSES[id];
  const known = [...Object.keys(ANALYSES), 'verify'];
  throw new InputError(`There is no analysis '${String(id)}'. There are: ${known.join(', ')}.`, {
    id,
    known,
  });
}

/** What all analyses together read: recorded in one forward pass where it is small. */
export function everyAnalysisHook(config: ModelConfig): HookName[] {
  const dla = UNITS.flatMap((unit) => dlaHooks(config, unit));
  return [...new Set([...dla, ...confidenceHooks(config)])];
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  throw new InputError(`${name} is '${String(value)}', but must be one of: ${allowed.join(', ')}.`, {
    [name]: value,
    allowed,
  });
}
