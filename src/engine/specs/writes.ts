/** `writes`: which tokens a part pushes up and down most. */

import type { WritesPart } from '../../analysis/types/index.ts';
import { type Part, writes, writesBetween, writesHooks } from '../../analysis/writes.ts';
import { InputError } from '../../base/errors.ts';
import type { TokenRef } from '../api.ts';
import type { AnalysisSpec } from './spec.ts';

export const writesSpec: AnalysisSpec<'writes'> = {
  // Which tokens a direction is made of makes no difference to what is recorded.
  hooks: ({ config }, { part, position }) =>
    writesHooks(
      config,
      partOf(part, () => 0),
      position ?? null,
    ),
  arm: ({ run, parameters, context }) =>
    writes(run, {
      part: partOf(parameters.part, (ref) => context.tokenIds(ref)[0] as number),
      position: parameters.position ?? null,
      k: parameters.k ?? 10,
      piece: context.piece,
    }),
  between: writesBetween,
};

/** The part asked for, tokens as ids. */
function partOf(part: WritesPart | undefined, idOf: (ref: TokenRef) => number): Part {
  if (typeof part === 'object' && part !== null) {
    if ('direction' in part) {
      const { direction } = part;
      if (Array.isArray(direction)) return { kind: 'direction', direction };
      if (direction?.toward !== undefined) {
        const { toward, away } = direction;
        return {
          kind: 'direction',
          direction: { toward: idOf(toward), ...(away !== undefined && { away: idOf(away) }) },
        };
      }
    } else if ('head' in part) return { kind: 'head', layer: part.layer, head: part.head };
    else if ('neuron' in part) return { kind: 'neuron', layer: part.layer, neuron: part.neuron };
    else if ('mlp' in part) return { kind: 'mlp', layer: part.layer };
  }
  throw new InputError(
    'writes needs a part: {layer, head}, {layer, mlp: true}, {layer, neuron}, or {direction} with d_model numbers or {toward, away?}.',
    { part },
  );
}
