/** What loading arms would take, computed from shapes before a byte moves, and whether the device has room for it. */

import { hookBytes } from '../model/hooks.ts';
import type { BackendLimits } from '../tensor/ops.ts';
import {
  type ModelConfig,
  paramShapes,
  type StorageDType,
  storageBytes,
  storageOf,
} from '../tensor/params.ts';
import { everyAnalysisHook } from './analyses.ts';
import type { ArmBudget, Budget, EngineId, PairId, Residency } from './api.ts';
import type { SourceSize } from './armSource.ts';
import { KEPT_RUN_BYTES, KEPT_RUNS } from './runStore.ts';

/** Widest first: the order of preference. */
export const STORAGES: readonly StorageDType[] = ['f32', 'f16', 'q8'];

/** A prompt of this length is what working memory is estimated for. */
const PROMPT = 64;
/** Temporaries of a run and of an analysis, and read-backs. */
const SCRATCH_BYTES = 64 * 2 ** 20;

export interface BudgetInput {
  pair: PairId;
  engine: EngineId;
  arms: { id: string; config: ModelConfig; source: SourceSize; loaded: boolean }[];
  /** Bytes of other weights on the device, which stay. */
  inUse: number;
  /** Bytes of all buffers on the device. */
  allocated: number;
  limits: BackendLimits;
  /** Bytes that a model's weights take on the device. */
  weightBytes(config: ModelConfig, dtype: StorageDType): number;
  /** Bytes that may be filled without a second thought; what is suggested stays below. */
  comfort: number;
  /** Whether the device grants so many bytes on top of what is in use. */
  hasRoom(bytes: number): Promise<boolean>;
  /** What is counted on where the device is not asked, in a sentence; null where it is. */
  roomRule: string | null;
}

/** Bytes of all parameters as they are kept: exactly what a graphics device will allocate. */
export function weightBytes(config: ModelConfig, dtype: StorageDType): number {
  let bytes = 0;
  for (const shape of paramShapes(config).values()) bytes += storageBytes(shape, storageOf(shape, dtype));
  return bytes;
}

/** An estimate of what one arm's kept runs take, for prompts of 64 tokens; the logits of all positions, which few runs record, included. */
export function workingBytes(config: ModelConfig): number {
  const hooks = new Set(everyAnalysisHook(config, 'logits'));
  const run = hookBytes(config, Math.min(PROMPT, config.nCtx), hooks);
  return run + Math.min((KEPT_RUNS - 1) * run, KEPT_RUN_BYTES);
}

/** The whole budget. Asks the device for room from the smallest plan upwards and stops at the first refusal. */
export async function planBudget(input: BudgetInput): Promise<Budget> {
  const arms = input.arms.map((arm) => armBudget(arm, input));
  const working = SCRATCH_BYTES + input.arms.reduce((sum, { config }) => sum + workingBytes(config), 0);
  const needs = STORAGES.map((dtype) => {
    const weights = arms.map(({ gpu }) => gpu[dtype]);
    return {
      dtype,
      all: weights.reduce((sum, bytes) => sum + bytes, 0) + working,
      one: Math.max(0, ...weights) + working,
    };
  });
  const granted = await largestGranted(
    needs.flatMap(({ all, one }) => [all, one]),
    input,
  );
  const residencyOf = (need: { all: number; one: number }): Residency | 'does-not-fit' => {
    if (need.all <= granted.bytes) return 'all';
    return need.one <= granted.bytes && arms.length > 1 ? 'one-at-a-time' : 'does-not-fit';
  };
  const plan = (need: (typeof needs)[number]) => {
    const residency = residencyOf(need);
    return {
      all: need.all + input.inUse,
      one: need.one + input.inUse,
      residency,
      message: sentence(residency, need, working),
    };
  };
  return {
    pair: input.pair,
    engine: input.engine,
    arms,
    working,
    inUse: input.inUse,
    allocated: input.allocated,
    plans: Object.fromEntries(needs.map((need) => [need.dtype, plan(need)])) as Budget['plans'],
    suggested: suggest(
      needs,
      Math.min(granted.bytes, input.comfort - input.inUse),
      granted.bytes,
      arms.length,
    ),
    limits: {
      bufferBytes: finite(input.limits.bufferBytes),
      bindingBytes: finite(input.limits.bindingBytes),
    },
    basis: granted.basis,
  };
}

function armBudget(
  { id, config, source, loaded }: BudgetInput['arms'][number],
  { limits, weightBytes }: Pick<BudgetInput, 'limits' | 'weightBytes'>,
): ArmBudget {
  const shapes = [...paramShapes(config).values()];
  const perStorage = <T>(f: (dtype: StorageDType) => T) =>
    Object.fromEntries(STORAGES.map((dtype) => [dtype, f(dtype)])) as Record<StorageDType, T>;
  return {
    id,
    files: source.files,
    stored: source.stored,
    download: Math.max(0, source.files - source.stored),
    gpu: perStorage((dtype) => weightBytes(config, dtype)),
    split: perStorage((dtype) =>
      shapes.some((shape) => storageBytes(shape, storageOf(shape, dtype)) > limits.bindingBytes),
    ),
    loaded,
  };
}

async function largestGranted(
  sizes: readonly number[],
  { hasRoom, roomRule }: Pick<BudgetInput, 'hasRoom' | 'roomRule'>,
): Promise<{ bytes: number; basis: string }> {
  const basis = (granted: number, refused: number | null) => {
    if (roomRule) return roomRule;
    if (refused === null) return `The device granted a trial allocation of ${gigabytes(granted)}.`;
    const tried = `The device refused a trial allocation of ${gigabytes(refused)}`;
    return granted > 0 ? `${tried} and granted ${gigabytes(granted)}.` : `${tried}.`;
  };
  let granted = 0;
  for (const bytes of [...new Set(sizes)].sort((a, b) => a - b)) {
    if (!(await hasRoom(bytes))) return { bytes: granted, basis: basis(granted, bytes) };
    granted = bytes;
  }
  return { bytes: granted, basis: basis(granted, null) };
}

/** The widest storage that fits comfortably whole, else one arm at a time, else the smallest that fits at all. */
function suggest(
  needs: readonly { dtype: StorageDType; all: number; one: number }[],
  comfort: number,
  granted: number,
  count: number,
): Budget['suggested'] {
  const whole = needs.find(({ all }) => all <= comfort);
  if (whole) return { dtype: whole.dtype, residency: 'all' };
  const turns = count > 1 ? needs.find(({ one }) => one <= comfort) : undefined;
  if (turns) return { dtype: turns.dtype, residency: 'one-at-a-time' };
  const smallest = needs.at(-1);
  if (smallest && smallest.all <= granted) return { dtype: smallest.dtype, residency: 'all' };
  if (smallest && count > 1 && smallest.one <= granted)
    return { dtype: smallest.dtype, residency: 'one-at-a-time' };
  return null;
}

function sentence(
  residency: Residency | 'does-not-fit',
  need: { all: number; one: number },
  working: number,
): string {
  const work = `about ${gigabytes(working)} of working memory`;
  if (residency === 'all') return `Fits: ${gigabytes(need.all - working)} of weights and ${work}.`;
  if (residency === 'one-at-a-time')
    return `Fits one arm at a time: at most ${gigabytes(need.one - working)} of weights and ${work}. Weights are read again between the arms.`;
  return `Does not fit: even one arm takes ${gigabytes(need.one - working)} of weights and ${work}. Choose a narrower storage or fewer arms, unload another model, or use a smaller one.`;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** `1.23 GB`, `456 MB`. */
export function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
