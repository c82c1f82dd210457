/** `direct-effect`: attribution held against the measured direct effect. */

import {
  type DirectEffectOptions,
  directEffect,
  directEffectBetween,
  directEffectHooks,
} from '../../analysis/directEffect.ts';
import type { DirectEffectParameters, DirectEffectUnit } from '../../analysis/types/index.ts';
import { InputError } from '../../base/errors.ts';
import { type AnalysisContext, type AnalysisSpec, oneOf } from './spec.ts';

const UNITS: readonly DirectEffectUnit[] = ['component', 'head', 'neuron'];

export const directEffectSpec: AnalysisSpec<'direct-effect'> = {
  normsItself: true,
  hooks: ({ config }, { unit = 'head', layers }) =>
    directEffectHooks(config, oneOf('unit', unit, UNITS), checkLayers(layers)),
  arm: ({ run, parameters, context }) => {
    const { position = -1, positions, contrast, centerUnembed = true, unit = 'head' } = parameters;
    return directEffect(run, {
      positions: positions === undefined ? position : checkPositions(positions),
      target: targetOf(parameters, context),
      contrast: contrast === undefined ? [] : context.tokenIds(contrast),
      centerUnembed,
      unit,
      layers: checkLayers(parameters.layers),
    });
  },
  between: directEffectBetween,
};

function targetOf(
  { target, targets, positions }: DirectEffectParameters,
  context: AnalysisContext,
): DirectEffectOptions['target'] {
  if (target !== undefined && targets !== undefined) {
    throw new InputError(
      'direct-effect was given a target and a rule for targets. Leave out `target` to have each position explain its own token, or leave out `targets`.',
      { target, targets },
    );
  }
  if (target !== undefined) return context.tokenIds(target);
  if (targets !== undefined || positions !== undefined)
    return oneOf('targets', targets ?? 'next', ['next', 'last-input'] as const);
  throw new InputError(
    "direct-effect needs a target: a token id, a text that is one token (' Mary'), or a list of them. For several positions name `positions`, and each explains its next token.",
    { target: null },
  );
}

function checkPositions(positions: 'all' | number[]): 'all' | readonly number[] {
  if (positions === 'all' || Array.isArray(positions)) return positions;
  throw new InputError("positions must be a list of positions, or 'all'.", { positions });
}

function checkLayers(layers: DirectEffectParameters['layers']): DirectEffectOptions['layers'] {
  if (layers === undefined) return null;
  if (layers === 'all' || Array.isArray(layers)) return layers;
  throw new InputError("layers must be a list of layers, or 'all'.", { layers });
}
