/** A text read twice, in words and as tables: how sure the models are each time, and what moves or does not. */

import type {
  CutHeads,
  HeldPredictions,
  InductionArm,
  RepeatEffect,
  ScoredHead,
} from '../../analysis/types/index.ts';
import type { ArmId } from '../../engine/api.ts';
import { armTitle } from '../../state/selectors.ts';
import type { LabelledTensor } from '../../tensor/tensor.ts';
import { type CsvCell, toCsv } from '../../ui/csv.ts';
import { number, signed } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { meanOf } from './figures.ts';

export interface TwiceOfArm {
  readonly arm: ArmId;
  readonly twice: InductionArm;
}

/** Attention from which on the published study calls a head an induction head (SCIENCE §6). */
const INDUCTION = 0.7;

/** One row of a [row, position] table. */
export function rowOf({ data, shape }: LabelledTensor, row: number): Float32Array {
  const width = shape.at(-1) as number;
  return data.subarray(row * width, (row + 1) * width);
}

/** Predictions with one neuron ablated, or with all of them where it is null. */
export function heldOf(
  { neurons, clip, mean }: InductionArm,
  how: 'clip' | 'mean',
  neuron: number | null,
): { entropy: Float32Array; loss: Float32Array; effect: RepeatEffect } {
  const { single, together } = { clip, mean }[how];
  const i = neuron === null ? -1 : neurons.indexOf(neuron);
  const of = (table: HeldPredictions<unknown>, row: number) => ({
    entropy: rowOf(table.entropy, row),
    loss: rowOf(table.loss, row),
  });
  if (i < 0) return { ...of(together, 0), effect: together.effect };
  return { ...of(single, i), effect: single.effect[i] as RepeatEffect };
}

/** Mean over each reading; position 0, which is read once, left out. */
export function meansOf({ text: { second } }: InductionArm, values: Float32Array) {
  return { first: meanOf(values.subarray(1, second)), second: meanOf(values.subarray(second)) };
}

export const headName = ({ layer, head }: Pick<ScoredHead, 'layer' | 'head'>): string => `L${layer}H${head}`;

/** How sure an arm is each time, and what its neurons have to do with it. */
export function twiceInWords({ arm, twice }: TwiceOfArm): string {
  const { first, second } = meansOf(twice, twice.entropy.data);
  const surer = second < first ? 'surer' : 'less sure';
  const clip = heldOf(twice, 'clip', null).effect;
  const mean = heldOf(twice, 'mean', null).effect;
  const these = twice.neurons.length === 1 ? 'The neuron' : `The ${twice.neurons.length} neurons`;
  return `${armTitle(arm)} is ${surer} the second time: mean entropy ${number(first, 3)}, then ${number(second, 3)} nats. ${these} clipped: ${changeInWords(clip, twice)}; held at the first reading’s mean: ${changeInWords(mean, twice)}.`;
}

/** `+0.0023 nats (+0.5 %; most at ␣day, 18: +3.3 %)`. */
function changeInWords({ entropy, relative, most }: RepeatEffect, { text }: InductionArm): string {
  const nats = `${signed(entropy, 4)} nats`;
  if (relative === null || !most) return nats;
  const where = `${glyphs(text.pieces[most.position] ?? '')}, ${most.position}`;
  return `${nats} (${share(relative)}; most at ${where}: ${share(most.relative)})`;
}

const share = (value: number): string => `${signed(100 * value, 1)} %`;

/** Whether any head finds the text again, and how much its attention says so. */
export function headsInWords({ arm, twice: { heads } }: TwiceOfArm): string {
  const best = [...heads.induction].sort((a, b) => b.score - a.score)[0];
  if (!best) return '';
  const attention = `${number(100 * best.score, 0)} % of its attention`;
  if (best.score >= INDUCTION)
    return `${armTitle(arm)} has heads that find the text again: ${headName(best)} gives ${attention} to what came next the first time.`;
  return `${armTitle(arm)} has no head that finds the text again as the study asks of one (${100 * INDUCTION} %): ${headName(best)} gives ${attention} to what came next the first time.`;
}

/** What was read: all of the prompt, or why not. */
export function readInWords({ text: { second, period, of, cut } }: InductionArm): string {
  const what = `Token 0 once, the ${period} after it twice.`;
  if (cut === null) return what;
  const why =
    cut === 'length' ? 'the page reads no more' : 'both readings of more do not fit the models’ context';
  return `${what} Of the prompt’s ${of} tokens these are the first ${second}; ${why}.`;
}

/** A row per arm, neuron (or all) and position: exactly what is drawn. */
export function twiceCsv(arms: readonly TwiceOfArm[]): string {
  const header = [
    ...['arm', 'neuron', 'position', 'reading', 'activation', 'entropy', 'entropy_clip'],
    ...['entropy_mean', 'loss', 'loss_clip', 'loss_mean', 'piece'],
  ];
  const rows = arms.flatMap(({ arm, twice }) =>
    [null, ...twice.neurons].flatMap((neuron, row) => {
      const [clip, mean] = [heldOf(twice, 'clip', neuron), heldOf(twice, 'mean', neuron)];
      const activations = neuron === null ? null : rowOf(twice.activations, row - 1);
      return twice.text.pieces.map((piece, p): CsvCell[] => [
        ...[arm, neuron ?? 'all', p, p < twice.text.second ? 1 : 2, activations?.[p]],
        ...[twice.entropy.data[p], clip.entropy[p], mean.entropy[p]],
        ...[twice.loss.data[p], clip.loss[p], mean.loss[p], piece],
      ]);
    }),
  );
  return toCsv(header, rows);
}

export interface CutRow {
  /** What it is cut off besides those above it; null before anything is. */
  readonly head: ScoredHead | null;
  readonly kind: 'none' | 'induction' | 'control';
  /** Over the second reading. */
  readonly entropy: number;
  readonly loss: number;
  /** Of each neuron. */
  readonly activations: number[];
}

/** The second reading as it is, and with more and more heads cut off. */
export function cutRows(twice: InductionArm): CutRow[] {
  const { heads, text, entropy, loss, activations } = twice;
  const again = (values: Float32Array) => meanOf(values.subarray(text.second));
  const row = (kind: CutRow['kind'], head: ScoredHead | null, step: Omit<CutHeads, 'heads'>): CutRow => ({
    kind,
    head,
    entropy: again(step.entropy.data),
    loss: again(step.loss.data),
    activations: twice.neurons.map((_, i) => again(rowOf(step.activations, i))),
  });
  const steps = (kind: 'induction' | 'control') =>
    heads.cut[kind].map((step, i) => row(kind, heads[kind][i] ?? null, step));
  return [row('none', null, { entropy, loss, activations }), ...steps('induction'), ...steps('control')];
}

/** A row per arm, step and neuron. */
export function headsCsv(arms: readonly TwiceOfArm[]): string {
  const header = ['arm', 'kind', 'head', 'score', 'entropy', 'loss', 'neuron', 'activation'];
  const rows = arms.flatMap(({ arm, twice }) =>
    cutRows(twice).flatMap(({ kind, head, entropy, loss, activations }) =>
      twice.neurons.map((neuron, i): CsvCell[] => [
        ...[arm, kind, head && headName(head), head?.score, entropy, loss, neuron, activations[i]],
      ]),
    ),
  );
  return toCsv(header, rows);
}
