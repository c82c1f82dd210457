/** Cases about a forward pass of a random GPT-2 small, whole or one layer of it: announced and made ready in one way. */

import type { OpsModel } from '../../src/model/opsModel.ts';
import type { Suite } from '../contract.ts';
import type { TimedCase, Trial } from './cases.ts';
import type { Machine } from './machine.ts';
import { ourModel } from './ourForward.ts';
import { type RandomModel, randomModel, randomTokens } from './weights.ts';

const SMALL = 12;

export interface ForwardSize {
  readonly T: number;
  readonly nLayers: 1 | typeof SMALL;
  readonly suites: readonly Suite[];
  readonly mostRounds?: number;
}

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
    const { T, nLayers, suites, mostRounds } = size;
    const { row, name } = rowOf(size);
    return {
      row,
      name: `${name} ${nLayers === SMALL ? 'small' : 'one layer'}`,
      model: nLayers === SMALL ? 'GPT-2 small, random' : 'one layer of GPT-2 small, random',
      T,
      dtype: 'f32',
      kind: 'timed',
      peer,
      suites,
      ...(mostRounds !== undefined && { mostRounds }),
      prepare: (machine) => {
        const random = randomModel(nLayers);
        const tokens = randomTokens(T, random.config.dVocab);
        return trial({ machine, random, tokens, model: ourModel(machine.backend, random) });
      },
    };
  });
}
