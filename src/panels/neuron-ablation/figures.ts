/** The panel's numbers: mean changes by arm and neuron, what of them goes through LayerNorm, and the answer in a sentence. */

import type { AblatedStats, NeuronAblationArm } from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import { armTitle } from '../../state/selectors.ts';
import { toCsv } from '../../ui/csv.ts';
import { number, signed } from '../../ui/format.ts';

export type Effect = 'entropy' | 'loss';

export interface OfArm {
  readonly arm: ArmId;
  readonly ablation: NeuronAblationArm;
}

/** Mean changes over positions from `shareFrom` on. */
export interface Change {
  /** Of the absolute values. */
  readonly total: number;
  readonly direct: number;
  /** With its sign, norm recomputed. */
  readonly signed: number;
}

type Table = AblatedStats | NeuronAblationArm;

/** The values of one row of a table: of all neurons at once, or of one neuron or step. */
export function valuesOf(table: Table, effect: Effect, which: 'Total' | 'Direct', row = 0): Float32Array {
  const { data, shape } = table[`${effect}${which}`];
  const width = shape.at(-1) as number;
  return data.subarray(row * width, (row + 1) * width);
}

export function changeOf(ablation: NeuronAblationArm, table: Table, effect: Effect, row = 0): Change {
  const first = ablation.convention.shareFrom;
  const before = ablation[effect].data;
  const changes = (which: 'Total' | 'Direct') =>
    [...valuesOf(table, effect, which, row)].slice(first).map((x, i) => x - (before[first + i] as number));
  const size = (values: readonly number[]) => meanOf(values.map(Math.abs));
  return {
    total: size(changes('Total')),
    direct: size(changes('Direct')),
    signed: meanOf(changes('Total')),
  };
}

export function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;
}

/** Mean over the positions that averages are of. */
export function meanFrom({ convention }: NeuronAblationArm, values: Float32Array): number {
  return meanOf(values.subarray(convention.shareFrom));
}

/** How much of a change goes through LayerNorm, or how much LayerNorm takes back of what would be. */
export function shareInWords(total: number, direct: number): string {
  if (total === 0) return 'nothing changes';
  if (direct <= total) return `${number(100 * (1 - direct / total), 0)} % of it through LayerNorm`;
  return `LayerNorm takes some back: ${number(direct, 3)} with σ frozen`;
}

/** The answer: how far the ablated neurons move the entropy or the loss of each arm, and by what way. */
export function answerInWords(arms: readonly OfArm[], effect: Effect): string {
  const [first] = arms;
  if (!first) return '';
  const count = first.ablation.neurons.length;
  const parts = arms.map(({ arm, ablation }) => {
    const { total, direct } = changeOf(ablation, ablation, effect);
    const of = `by ${number(total, 3)} nats on average in ${armTitle(arm)}`;
    const way = ablation.convention.finalScale === 'none' ? 'which has none' : shareInWords(total, direct);
    return `${of} (${way})`;
  });
  const these = count === 1 ? 'this neuron' : `these ${count} neurons`;
  return `Holding ${these} at the mean moves the ${effect} ${listed(parts)}.`;
}

function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** How sure the arms are, and which way that goes: the sentence after the answer. */
export function directionInWords(arms: readonly OfArm[]): string {
  return arms
    .map(({ arm, ablation }) => {
      const before = meanFrom(ablation, ablation.entropy.data);
      const { signed: change } = changeOf(ablation, ablation, 'entropy');
      return `${armTitle(arm)}: mean entropy ${number(before, 3)}, after ${signed(change, 4)}`;
    })
    .join('; ');
}

/** A row per arm, neuron and position: exactly what is drawn. */
export function ablationCsv(arms: readonly OfArm[]): string {
  const header = [
    'arm',
    'neuron',
    'held_at',
    'position',
    'activation',
    'entropy',
    'entropy_total',
    'entropy_direct',
    'loss',
    'loss_total',
    'loss_direct',
    'sigma',
    'sigma_ablated',
  ];
  const rows = arms.flatMap(({ arm, ablation }) =>
    ablation.neurons.flatMap((neuron, i) => {
      const { single, entropy, loss, sigma, means } = ablation;
      const of = (effect: Effect, which: 'Total' | 'Direct') => valuesOf(single, effect, which, i);
      const T = entropy.data.length;
      return Array.from(entropy.data, (value, p) => [
        arm,
        neuron,
        means[i],
        p,
        ablation.activations.data[i * T + p],
        value,
        of('entropy', 'Total')[p],
        of('entropy', 'Direct')[p],
        loss.data[p],
        of('loss', 'Total')[p],
        of('loss', 'Direct')[p],
        sigma.data[p],
        single.sigmaAblated.data[i * T + p],
      ]);
    }),
  );
  return toCsv(header, rows);
}

export const armColour = (arm: ArmId): string => `var(--arm-${arm}, var(--ink))`;
