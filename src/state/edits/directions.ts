/** Directions to steer along, fetched from one model: a token's, or the difference of two prompts' activations. */

import { InputError } from '../../base/errors.ts';
import type { ArmId, RunRequest } from '../../engine/api.ts';
import { currentPair, speaksIds, vocabularyOf } from '../selectors.ts';
import { connectedEngine } from '../session.ts';
import { getState } from '../store.ts';
import { parseIds } from '../tokenIds.ts';

/**
 * [d_model]: the direction of the residual stream along which a token's logit grows over the vocabulary's mean, by the
 * arm's final gain and unembedding.
 */
export async function tokenDirection(token: number, arm: ArmId): Promise<number[]> {
  const { pair } = getState();
  const part = { direction: { toward: token } };
  const result = await connectedEngine().analyze('writes', {
    pair,
    arms: [arm],
    ...promptOf('a'),
    part,
    k: 1,
  });
  return [...(result.arms[arm]?.vector.data ?? [])];
}

/**
 * What a hook holds at the last position of one prompt less what it holds at that of another, in one arm; `head` and
 * `neuron` narrow it. Prompts as on the page: texts, or ids where there is no tokenizer.
 * @throws InputError on an empty prompt, a hook of attention, or what the engine refuses.
 */
export async function promptDifference(
  prompts: readonly [string, string],
  hook: string,
  arm: ArmId,
  narrow: { head?: number; neuron?: number },
): Promise<number[]> {
  const { pair } = getState();
  const asked = prompts.map((prompt) => ({ pair, arms: [arm], ...promptOf(prompt), hooks: [hook] }));
  const rows: number[][] = [];
  for (const request of asked) rows.push(await lastRow(request, hook, arm, narrow));
  const [first = [], second = []] = rows;
  return first.map((value, i) => value - (second[i] as number));
}

async function lastRow(
  request: RunRequest,
  hook: string,
  arm: ArmId,
  { head, neuron }: { head?: number; neuron?: number },
): Promise<number[]> {
  const engine = connectedEngine();
  const run = await engine.run(request);
  await engine.dispose(run);
  const activation = run.arms[arm]?.activations[hook];
  const [pos = 0, ...rest] = activation?.shape ?? [];
  if (activation?.axes[0] !== 'pos')
    throw new InputError(
      'Attention has no list of numbers per token to take a difference of. Choose another site.',
      {
        hook,
      },
    );
  const width = rest.reduce((product, n) => product * n, 1);
  const row = [...activation.data.subarray((pos - 1) * width, pos * width)];
  if (neuron !== undefined) return row.slice(neuron, neuron + 1);
  if (head === undefined) return row;
  const perHead = rest[1] as number;
  return row.slice(head * perHead, (head + 1) * perHead);
}

/** A prompt as the pair takes it, with BOS as on the page. @throws InputError on an empty one, and on what is no id. */
export function promptOf(text: string): { text: string; prependBos: boolean } | { tokens: number[] } {
  const state = getState();
  if (text === '') throw new InputError('Type the other prompt, whose activations are taken.', { text });
  if (!speaksIds(state)) return { text, prependBos: state.prependBos };
  return { tokens: parseIds(text, vocabularyOf(currentPair(state))) };
}
