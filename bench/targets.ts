/** Every target, from PERF §5 (issue 5 points there): change one only by arguing for it in the docs. */

/** The largest difference that two sides may have, absolute, for numbers of the size of logits. */
export const GATE = 1e-3;

interface Target {
  /** On an adapter that computes on the processor, where peers are compared in CPU-seconds. */
  readonly software: number;
  /** On a graphics card, in milliseconds. */
  readonly hardware: number;
}

/** Ratios ours / peer by row, or by case where a row asks for different ones; what is not named is only reported. */
const TARGETS: Readonly<Record<string, Target>> = {
  'matmul.shapes': { software: 0.2, hardware: 0.9 },
  'prefill.T16': { software: 0.064, hardware: 1 },
  'prefill.T64': { software: 0.127, hardware: 1 },
  'cache.full': { software: 1.05, hardware: 1.08 },
  'dla.heads.one': { software: 0.015, hardware: 0.05 },
};

/** The target of a row; null where its ratio is only reported. */
export function targetOf(row: string, isFallback: boolean): number | null {
  const target = TARGETS[row];
  if (!target) return null;
  return isFallback ? target.software : target.hardware;
}

/** What may be counted, whatever the adapter. */
export const LIMITS = {
  dispatchesPerForward: (nLayers: number) => 7 * nLayers + 4,
  submitsPerForward: 1,
  readbackBytesPerInteraction: 64 * 1024,
  allocationsPerSteadyRun: 0,
  /** Device memory ÷ (weights + the smallest useful cache + scratch). */
  memory: 1.15,
} as const;

/** Rows of PERF §5 that nobody has written yet: listed with every table, so that nobody takes them for passed. */
export const NOT_BUILT = [
  'prefill.T256',
  'decode.ctx256',
  'dla.heads.perpos',
  'dla.neurons.perpos',
  'pair',
  'sweep.heads',
  'sweep.layerpos',
  'atp',
  'entropy.k10',
  'load (apart: npm run bench:load)',
  'compile',
  'ui',
] as const;
