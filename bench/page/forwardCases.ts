/** Cases about a forward pass of a random GPT-2 small, whole or a twelfth of it: announced and made ready in one way. */

import type { OpsModel } from '../../src/model/opsModel.ts';
import type { Suite } from '../contract.ts';
import type { TimedCase, Trial } from './cases.ts';
import type { Machine } from './machine.ts';
import { ourModel } from './ourForward.ts';
import { type RandomModel, randomModel, randomTokens } from './weights.ts';

const MODELS = {
  small: 'GPT-2 small',
  sixth: 'a sixth of GPT-2 small',
  twelfth: 'a twelfth of GPT-2 small',
} as const;

export interface ForwardSize {
  readonly T: number;
  readonly shape: keyof typeof MODELS;
  readonly suites: readonly Suite[];
  readonly mostRounds?: number;
}

/** Of what is timed against the forward pass it comes from. */
export const USUAL_SIZES: readonly ForwardSize[] = [
  { T: 64, shape: 'twelfth', suites: ['ci'] },
  { T: 64, shape: 'small', suites: ['full'] },
];

/** What a trial works on; `model` is ours and freed by the trial. */
export interface Subject {
  readonly machine: Machine;
  readonly random: RandomModel;
  readonly model: OpsModel;
  readonly tokens: readonly number[];
}

/** `row` may depend on the size; so does the name, which is unique. */
export function forwardCases(
  sizes: readonly ForwardSize[],
  rowOf: (size: ForwardSize) => { row: string; name: string },
  peer: string,
  trial: (subject: Subject) => Promise<Trial>,
): readonly TimedCase[] {
  return sizes.map((size) => {
    const { T, shape, suites, mostRounds } = size;
    const { row, name } = rowOf(size);
    return {
      row,
      name: `${name} ${shape}`,
      model: `${MODELS[shape]}, random`,
      T,
      dtype: 'f32',
      kind: 'timed',
      peer,
      suites,
      ...(mostRounds !== undefined && { mostRounds }),
      prepare: (machine) => {
        const random = randomModel(shape);
        const tokens = randomTokens(T, random.config.dVocab);
        return trial({ machine, random, tokens, model: ourModel(machine.backend, random) });
      },
    };
  });
}
