/** Every analysis by its id. */

import { type ArmRun, checkCount, everyTwo } from '../analysis/armRun.ts';
import {
  attributionPerPosition,
  perPositionBetween,
  perPositionHooks,
} from '../analysis/attributionPerPosition.ts';
import { confidenceHooks, confidenceNeurons } from '../analysis/confidenceNeurons.ts';
import { directLogitAttribution, dlaBetween, dlaHooks } from '../analysis/directLogitAttribution.ts';
import { predictionsHooks, predictionsOf } from '../analysis/predictions.ts';
import { tokenStatsHooks, tokenStatsOf } from '../analysis/tokenStats.ts';
import type { DlaPerPositionUnit, DlaUnit } from '../analysis/types/index.ts';
import type { LogitsSource } from '../analysis/unembed.ts';
import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { HookName } from '../model/hooks.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Analyses, AnalysisId, ArmId } from './api.ts';
import { attentionSpec } from './specs/attention.ts';
import { directEffectSpec } from './specs/directEffect.ts';
import { editEffectsSpec } from './specs/editEffects.ts';
import { headCircuitsSpec } from './specs/headCircuits.ts';
import { inductionSpec } from './specs/induction.ts';
import { logitLensSpec } from './specs/logitLens.ts';
import { neuronAblationSpec } from './specs/neuronAblation.ts';
import { normScalesSpec } from './specs/normScales.ts';
import { normSurgerySpec } from './specs/normSurgery.ts';
import { nullDirectionSpec } from './specs/nullDirection.ts';
import { type AnalysisContext, type AnalysisSpec, oneOf, tokenList } from './specs/spec.ts';
import { writesSpec } from './specs/writes.ts';

const UNITS: readonly DlaUnit[] = ['component', 'head', 'neuron', 'head-source'];
const PER_POSITION_UNITS: readonly DlaPerPositionUnit[] = ['head', 'neuron'];

/**
 * Not among them: `verify`, which works on several engines' runs of an arm (verify.ts), and those of many runs: `corpus`
 * (corpus.ts) and patching (patching.ts).
 */
export type OneRunAnalysis = Exclude<AnalysisId, (typeof OF_MANY_RUNS)[number]>;
const OF_MANY_RUNS = [
  'activation-patching',
  'attribution-patching',
  'corpus',
  'verify',
] as const satisfies AnalysisId[];

export const ANALYSES: { readonly [Id in OneRunAnalysis]: AnalysisSpec<Id> } = {
  predictions: {
    hooks: ({ logits }) => predictionsHooks(logits),
    together: (runs, { position = -1, k = 10, score = [] }, context) =>
      predictionsOf(runs, { position, k, score: context.tokenIds(score), piece: context.piece }),
  },

  'token-stats': {
    hooks: ({ logits }) => tokenStatsHooks(logits),
    together: tokenStatsOf,
  },

  dla: {
    hooks: ({ config }, { unit = 'component' }) => dlaHooks(config, oneOf('unit', unit, UNITS)),
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
    between: dlaBetween,
  },

  'dla-per-position': {
    hooks: ({ config }, { unit = 'head' }) =>
      perPositionHooks(config, oneOf('unit', unit, PER_POSITION_UNITS)),
    arm: ({ run, parameters, context }) => {
      const { targets = 'next', contrasts = [], centerUnembed = true, unit = 'head', k = 10 } = parameters;
      return attributionPerPosition(run, {
        targets: targets === 'next' ? targets : tokenList('targets', targets, context),
        contrasts: tokenList('contrasts', contrasts, context),
        centerUnembed,
        unit,
        k,
      });
    },
    between: perPositionBetween,
  },

  'confidence-neurons': {
    hooks: ({ config }) => confidenceHooks(config),
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

  'direct-effect': directEffectSpec,
  writes: writesSpec,
  'head-circuits': headCircuitsSpec,
  'edit-effects': editEffectsSpec,

  'logit-lens': logitLensSpec,
  attention: attentionSpec,
  'neuron-ablation': neuronAblationSpec,
  induction: inductionSpec,
  'null-direction': nullDirectionSpec,
  'norm-scales': normScalesSpec,
  'norm-surgery': normSurgerySpec,
};

/** The spec of an analysis; InputError listing the known ones where there is none. */
export function analysisSpec<Id extends OneRunAnalysis>(id: Id): AnalysisSpec<Id> {
  if (Object.hasOwn(ANALYSES, id)) return ANALYSES[id];
  const known = [...Object.keys(ANALYSES), ...OF_MANY_RUNS];
  throw new InputError(`There is no analysis '${String(id)}'. There are: ${known.join(', ')}.`, {
    id,
    known,
  });
}

/**
 * The results of all arms and between every two of them, null where the analysis has no such part. `parts` are the arms'
 * runs and, of an analysis that goes arm by arm, what came of it.
 */
export async function resultsOf<Id extends OneRunAnalysis>(
  spec: AnalysisSpec<Id>,
  parts: readonly { run: ArmRun; own: Analyses[Id]['arm'] | null }[],
  parameters: Analyses[Id]['parameters'],
  context: AnalysisContext,
): Promise<{ arms: Analyses[Id]['arm'][]; between: Analyses[Id]['between'][] | null }> {
  if ('together' in spec && parts.every(({ own }) => own === null)) {
    return spec.together(
      parts.map(({ run }) => run),
      parameters,
      context,
    );
  }
  const arms = parts.map(({ own }) => must(own, 'an arm without a result'));
  const between = 'arm' in spec ? spec.between : undefined;
  return { arms, between: between ? everyTwo(arms).map(([first, second]) => between(first, second)) : null };
}

/** What all analyses together read: recorded in one forward pass where it is small. */
export function everyAnalysisHook(config: ModelConfig, logits: LogitsSource): HookName[] {
  const dla = UNITS.flatMap((unit) => dlaHooks(config, unit));
  return [...new Set([...dla, ...confidenceHooks(config), logits])];
}
