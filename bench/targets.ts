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
  'prefill.T256': { software: 0.134, hardware: 1 },
  'cache.full': { software: 1.05, hardware: 1.08 },
  'dla.heads.one': { software: 0.015, hardware: 0.05 },
  'dla.heads.perpos': { software: 0.1, hardware: 0.12 },
  'dla.neurons.perpos': { software: 0.35, hardware: 0.35 },
  'direct.heads.one': { software: 0.05, hardware: 0.05 },
  'entropy.k10.cached': { software: 0.08, hardware: 0.05 },
  'entropy.k10.uncached': { software: 0.16, hardware: 0.15 },
  'entropy.k50': { software: 1, hardware: 1 },
  'sweep.heads': { software: 0.4, hardware: 0.2 },
  'sweep.layerpos': { software: 0.25, hardware: 0.1 },
  atp: { software: 3.3, hardware: 4 },
  'decode.ctx256': { software: 0.03, hardware: 0.8 },
  pair: { software: 1.02, hardware: 0.9 },
  load: { software: 1.15, hardware: 1.15 },
};

/** The target of a row; null where its ratio is only reported. */
export function targetOf(row: string, isFallback: boolean): number | null {
  const target = TARGETS[row];
  if (!target) return null;
  return isFallback ? target.software : target.hardware;
}

/** Ratios ours / torch on the same graphics card, by how torch ran and by row (PERF §4, §5). */
export const TORCH_TARGETS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'torch eager': { 'prefill.T16': 1, 'prefill.T64': 1, 'decode.ctx256': 1 },
};

/** What single figures may be, whatever the adapter. */
export const LIMITS = {
  dispatchesPerForward: (nLayers: number) => 7 * nLayers + 4,
  submitsPerForward: 1,
  readbackBytesPerInteraction: 64 * 1024,
  allocationsPerSteadyRun: 0,
  bindGroupsPerSteadyRun: 0,
  /** Device memory ÷ (weights + the smallest useful cache + scratch). */
  memory: 1.15,
  /** Between two frames of the page while the engine works: 16.7 is the least, 20 is not seen. */
  frameP95Ms: 20,
  frameMaxMs: 50,
  /** Tasks of the page beyond 50 ms. */
  longTasks: 0,
  /** All kernels for f32, compiled anew; and those that a tiny model uses, as tests do. */
  compileSeconds: 2,
  compileTinySeconds: 0.5,
} as const;
