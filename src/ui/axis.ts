/** Domains and ticks of plots, linear and logarithmic. */

import { nice, type ScaleLinear, type ScaleLogarithmic } from 'd3';
import { compact } from './format.ts';

export interface Tick {
  value: number;
  label: string;
}

/** Round numbers around the finite ones of these; [0, 1] where there are none. */
export function linearDomain(values: readonly number[], zero: boolean): [number, number] {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return [0, 1];
  const [low, high] = bounds(finite);
  const [least, most] = zero ? [Math.min(0, low), Math.max(0, high)] : [low, high];
  if (least === most) return [least - 0.5, most + 0.5];
  const [start, end] = nice(least, most, 5);
  return [start, end];
}

/** 1, 2 or 5 times powers of ten around the positive ones of these; [0.1, 1] where there are none. */
export function logDomain(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => Number.isFinite(value) && value > 0);
  if (positive.length === 0) return [0.1, 1];
  const [low, high] = bounds(positive);
  const [start, end] = [stepBelow(low), stepAbove(high)];
  return start === end ? [start / 2, end * 2] : [start, end];
}

const STEPS = [1, 2, 5, 10];
/** So that 2 is not above 2.0000001 / 10⁰. */
const ROUNDING = 1e-9;

function stepBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + ROUNDING);
  return power * (STEPS.findLast((step) => step <= (value / power) * (1 + ROUNDING)) ?? 1);
}

function stepAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + ROUNDING);
  return power * (STEPS.find((step) => step >= (value / power) * (1 - ROUNDING)) ?? 10);
}

/** The ticks asked for, else about `count` round ones of the scale. */
export function axisTicks(
  scale: ScaleLinear<number, number> | ScaleLogarithmic<number, number>,
  axis: { ticks?: readonly Tick[]; log?: boolean; format?: (value: number) => string },
  count: number,
): readonly Tick[] {
  if (axis.ticks) return axis.ticks;
  const format = axis.format ?? tickNumber;
  const all = scale.ticks(count);
  const shown = axis.log ? powersOf(all, count) : all;
  return shown.map((value) => ({ value, label: format(value) }));
}

/** Of a logarithmic scale's ticks the powers of ten, or 1, 2 and 5 times them where there is hardly one. */
function powersOf(ticks: readonly number[], count: number): readonly number[] {
  const powers = ticks.filter((value) => isTimesPower(value, [1]));
  if (powers.length < 3) return ticks.filter((value) => isTimesPower(value, [1, 2, 5]));
  const stride = Math.ceil(powers.length / Math.max(1, count + 1));
  return powers.filter((_, i) => i % stride === 0);
}

function isTimesPower(value: number, steps: readonly number[]): boolean {
  const step = value / 10 ** Math.floor(Math.log10(value) + ROUNDING);
  return steps.some((one) => Math.abs(step - one) < 1e-6);
}

/** Room left of a plot for these labels and the axis's name, in pixels. */
export function roomFor(ticks: readonly Tick[]): number {
  return 22 + 6.1 * Math.max(0, ...ticks.map(({ label }) => label.length));
}

/** No more digits than a tick needs: `0.5`, `20`, `1e-3`. */
function tickNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.01 || size >= 1e5) return compactPower(value);
  return String(Number(value.toPrecision(4))).replace('-', '−');
}

function compactPower(value: number): string {
  const mantissa = value / 10 ** Math.floor(Math.log10(Math.abs(value)));
  return Number.isInteger(Number(mantissa.toPrecision(4)))
    ? value.toExponential(0).replace('e+', 'e').replace('-', '−')
    : compact(value);
}

function bounds(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}
