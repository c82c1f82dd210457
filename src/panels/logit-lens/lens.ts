/** From the lens's tensors to what is drawn: grids of layers × positions, lines over layers, the layer from which an answer stands. */

import type { LogitLensArm } from '../../analysis/types/index.ts';
import type { LensColour } from '../../state/closer/logitLens.ts';
import type { LabelledTensor } from '../../tensor/tensor.ts';

/** Row-major [layer, position]. */
export type Grid = Float32Array;

/** The value a cell is coloured by; NaN where the position has no such token. Ranks are shown as 1 ÷ (rank + 1), 1 for the likeliest. */
export function gridOf(lens: LogitLensArm, colour: LensColour): Grid {
  const [, , k = 1] = lens.top.ids.shape;
  if (colour === 'entropy') return lens.entropy.data;
  if (colour === 'rank') return lens.targetRank.data.map((rank) => 1 / (rank + 1));
  if (colour === 'next') return lens.targetLogprob.data.map(Math.exp);
  if (colour === 'target') {
    return lens.tracked[0]?.logprob.data.map(Math.exp) ?? lens.entropy.data.map(() => Number.NaN);
  }
  return lens.entropy.data.map((_, i) => Math.exp(lens.top.logprobs.data[i * k] as number));
}

/** Whether a colour has nothing to show at a position: the last one has no next token, and nothing may be followed. */
export function hasNone({ target, tracked }: LogitLensArm, colour: LensColour, position: number): boolean {
  if (colour === 'target') return tracked.length === 0;
  return (colour === 'next' || colour === 'rank') && target[position] === null;
}

/** second − first. */
export function gridBetween(first: Grid, second: Grid): Grid {
  return second.map((value, i) => value - (first[i] as number));
}

/** One place of a [layer, position] tensor. */
export function at({ data, shape }: LabelledTensor, layer: number, position: number): number {
  return data[layer * (shape[1] as number) + position] as number;
}

export interface TopToken {
  id: number;
  piece: string;
  prob: number;
}

/** The likeliest tokens at one place. */
export function topAt({ top, pieces }: LogitLensArm, layer: number, position: number): TopToken[] {
  const [, width = 0, k = 0] = top.ids.shape;
  return Array.from({ length: k }, (_, rank) => {
    const i = (layer * width + position) * k + rank;
    const id = top.ids.data[i] as number;
    return { id, piece: pieces[id] ?? `#${id}`, prob: Math.exp(top.logprobs.data[i] as number) };
  });
}

/** The first layer from which the last layer's likeliest token is the likeliest at every further one. */
export function settledAt(lens: LogitLensArm, position: number): { layer: number; token: TopToken } | null {
  const last = lens.hooks.length - 1;
  const [answer] = topAt(lens, last, position);
  if (!answer) return null;
  let layer = last;
  while (layer > 0 && topAt(lens, layer - 1, position)[0]?.id === answer.id) layer--;
  return { layer, token: answer };
}
