/** Scales, stages and surgery in words, and the few sums that the pictures take. */

import type {
  MassiveDimension,
  NormScalesArm,
  NormSurgeryArm,
  NormSurgeryStep,
} from '../../analysis/types/index.ts';
import { armTitle } from '../../state/selectors.ts';
import type { LabelledTensor } from '../../tensor/tensor.ts';
import { compact, number, percent } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';

export interface ArmScales {
  arm: string;
  scales: NormScalesArm;
}

export interface ArmSurgery {
  arm: string;
  surgery: NormSurgeryArm;
}

/** One row of a [row, position] table. */
export function rowOf({ shape, data }: LabelledTensor, row: number): number[] {
  const count = shape[1] ?? 0;
  return [...data.subarray(row * count, (row + 1) * count)];
}

/** The mean over positions ≥ 1; NaN where there are none. */
export function meanOfRest(row: readonly number[]): number {
  const rest = row.slice(1);
  return rest.reduce((sum, value) => sum + value, 0) / rest.length;
}

/** `L0 ln1` of `blocks.0.ln1`, `final` of `ln_final`. */
export function siteName(site: string): string {
  return site === 'ln_final' ? 'final' : site.replace(/^blocks\.(\d+)\./, 'L$1 ');
}

/** `L2 after MLP` of `blocks.2.hook_resid_post`. */
export function stageName(stage: string): string {
  if (stage === 'hook_embed') return 'token embedding';
  if (stage.endsWith('resid_pre')) return 'token + position';
  const layer = /^blocks\.(\d+)\./.exec(stage)?.[1];
  return `L${layer} after ${stage.endsWith('mid') ? 'attention' : 'MLP'}`;
}

/** What the last norm divides by, or would. */
export function answerInWords({ arm, scales }: ArmScales): string {
  const last = rowOf(scales.sigma, scales.sites.length - 1);
  const [first = Number.NaN] = last;
  const mean = meanOfRest(last);
  const later = Number.isNaN(mean) ? '' : `${number(mean)} on average`;
  const both = [later, `${number(first)} at position 0`].filter(Boolean).join(', and ');
  return scales.scale === 'recorded'
    ? `${armTitle(arm)}’s final norm divides by ${both}${spread(last)}.`
    : `${armTitle(arm)} divides by nothing. Its final norm’s σ would be ${both}${spread(last)}.`;
}

function spread(row: readonly number[]): string {
  const rest = row.slice(1);
  if (rest.length < 2) return '';
  return ` (${number(Math.min(...rest))} to ${number(Math.max(...rest))} at the later positions)`;
}

/** `103 (29.0, 68 %)`. */
export function dimensionInWords({ dimension, value, share }: MassiveDimension): string {
  return `${dimension} (${compact(value)}, ${percent(share)})`;
}

/** How a model with LayerNorm ends up, and the one that was trained for it. */
export function surgeryInWords({ arm, surgery }: ArmSurgery): string {
  const [first, ...rest] = surgery.steps;
  if (!first) return '';
  if (surgery.norm === 'linear')
    return `${armTitle(arm)}, trained without LayerNorm: ${lossInWords(first)}; after the last token it predicts ${predictionInWords(first)}.`;
  const step = surgery.by === 'cumulative' ? rest.at(-1) : worst(rest);
  if (!step) return '';
  const what =
    surgery.by === 'cumulative'
      ? 'with every LayerNorm taken out'
      : `with ${step.label === 'final' ? 'the final norm' : step.label} taken out, the step that changes most`;
  return `${armTitle(arm)}: ${lossInWords(first)} as it is, ${lossInWords(step)} ${what} (KL ${number(step.kl, 3)}); after the last token it then predicts ${predictionInWords(step)}, before ${predictionInWords(first)}.`;
}

function worst(steps: readonly NormSurgeryStep[]): NormSurgeryStep | undefined {
  return steps.reduce<NormSurgeryStep | undefined>(
    (most, step) => (most && most.kl >= step.kl ? most : step),
    undefined,
  );
}

function lossInWords({ loss }: NormSurgeryStep): string {
  return loss === null ? 'no loss (one token)' : `loss ${number(loss, 3)}`;
}

export function predictionInWords({ top }: NormSurgeryStep): string {
  return `${glyphs(top.piece)} ${percent(top.prob)}`;
}

/** The scales of a step: one number, or from … to. */
export function sigmaInWords({ frozen }: NormSurgeryStep): string {
  if (frozen.length === 0) return 'its own';
  const sigmas = frozen.map(({ sigma }) => sigma);
  const [least, most] = [Math.min(...sigmas), Math.max(...sigmas)];
  return least === most ? compact(least) : `${compact(least)} to ${compact(most)}`;
}
