/** What the engines are called on the page. */

import type { VerifiedEngine } from '../engine/api.ts';

const NAMES: Record<VerifiedEngine, string> = {
  wgsl: 'WebGPU kernels',
  ort: 'ONNX Runtime',
  cpu: 'CPU twin',
};

/** `WebGPU kernels`; an engine it does not know keeps its id. */
export function engineName(engine: string): string {
  return NAMES[engine as VerifiedEngine] ?? engine;
}
