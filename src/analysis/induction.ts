/** Entropy neurons in action: a text read twice, the neurons that move when it comes again, kept from moving (SCIENCE §6). */

import { type ArmRun, promptOf } from './armRun.ts';
import { chosenHeads, cutHeads, inductionScoreHooks, inductionScores } from './inductionHeads.ts';
import { heldNeurons } from './inductionHeld.ts';
import { readTwice } from './inductionText.ts';
import { checkNeurons, neuronAblationHooks } from './neuronAblation.ts';
import type { InductionArm, InductionParameters } from './types/index.ts';
import { logitsSource } from './unembed.ts';

export interface InductionOptions {
  /** At most so many tokens of the prompt. */
  readonly length: number;
  /** Of the last layer. */
  readonly neurons: readonly number[];
  /** Whose ranking chose them; null where they were given. */
  readonly by: string | null;
  readonly heads: NonNullable<InductionParameters['heads']>;
  readonly piece: (id: number) => string;
  /** Called before every run with how many are done, of how many. May reject, which ends the work. */
  readonly onStep: (done: number, total: number) => Promise<void>;
}

/**
 * Runs the prompt of `run` read twice: once as it is, whose final residual says what clipping and holding the neurons
 * does, and once for every head cut off.
 * @throws InputError on a text too short, a `length` below 3, and neurons or heads that the model does not have.
 */
export async function induction({ model, cache }: ArmRun, options: InductionOptions): Promise<InductionArm> {
  const { config } = model;
  const { by, piece, onStep } = options;
  const neurons = checkNeurons(options.neurons, config);
  const reading = readTwice(promptOf(cache), options.length, config);
  await onStep(0, 1);
  const hooks = [...neuronAblationHooks(config, logitsSource(model)), ...inductionScoreHooks(config)];
  const twice = { model, cache: await model.run([reading.tokens], hooks) };
  try {
    const scores = await inductionScores(twice, reading);
    const chosen = chosenHeads(scores, options.heads);
    const held = await heldNeurons(twice, neurons, reading);
    let done = 0;
    const beforeRun = () => onStep(++done, 1 + chosen.induction.length + chosen.control.length);
    return {
      layer: config.nLayers - 1,
      text: { ...reading, pieces: reading.tokens.map(piece) },
      by,
      neurons: [...neurons],
      ...held,
      heads: {
        scores,
        ...chosen,
        cut: {
          induction: await cutHeads(twice, neurons, chosen.induction, beforeRun),
          control: await cutHeads(twice, neurons, chosen.control, beforeRun),
        },
      },
      convention: { finalScale: config.norm.kind === 'layer' ? 'recomputed' : 'none' },
    };
  } finally {
    twice.cache.dispose();
  }
}
