/** `logit-lens`: every layer's residual stream read as if it were the last. */

import {
  LENS_HOOKS,
  type LogitLensOptions,
  logitLens,
  logitLensBetween,
  logitLensHooks,
  logitLensOf,
} from '../../analysis/logitLens.ts';
import type { LensHook, LogitLensParameters } from '../../analysis/types/index.ts';
import { InputError } from '../../base/errors.ts';
import { type AnalysisContext, type AnalysisSpec, oneOf, tokenList } from './spec.ts';

export const logitLensSpec: AnalysisSpec<'logit-lens'> = {
  normsItself: true,
  hooks: ({ config }, { hooks }) => logitLensHooks(config, checkHooks(hooks)),
  together: (runs, parameters, context) =>
    logitLensOf(runs, optionsOf(parameters, context, 'reading the layers')),
  arm: ({ arm, run, parameters, context }) =>
    logitLens(run, optionsOf(parameters, context, `reading the layers of ${arm}`)),
  between: (first, second) => logitLensBetween(first, second),
};

function optionsOf(
  { k = 5, positions = [], scale = 'recomputed', hooks, target, track = [] }: LogitLensParameters,
  context: AnalysisContext,
  phase: string,
): LogitLensOptions {
  return {
    k,
    positions: checkPositions(positions),
    scale: oneOf('scale', scale, ['recomputed', 'frozen'] as const),
    hooks: checkHooks(hooks),
    target: target === undefined ? null : oneToken(context.tokenIds(target)),
    track: tokenList('track', track, context),
    piece: context.piece,
    onDepth: (done, total) => context.step(done, total, phase),
  };
}

function checkHooks(hooks: LogitLensParameters['hooks'] = ['resid_post']): readonly LensHook[] {
  if (Array.isArray(hooks) && hooks.length > 0)
    return hooks.map((hook) => oneOf('A hook of the lens', hook, LENS_HOOKS));
  throw new InputError(`hooks must be a list of at least one of: ${LENS_HOOKS.join(', ')}.`, { hooks });
}

function checkPositions(positions: readonly number[]): readonly number[] {
  if (Array.isArray(positions)) return positions;
  throw new InputError('positions must be a list of positions. Leave it out for all.', { positions });
}

function oneToken(ids: readonly number[]): number {
  const [id] = ids;
  if (ids.length === 1 && id !== undefined) return id;
  throw new InputError(
    'The target of the lens must be one token, since probabilities of several have no mean. Follow several with `track`.',
    { target: ids },
  );
}
