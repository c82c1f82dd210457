/**
 * Bind groups kept for the next time the same kernel works on the same memory. They cover whole buffers, and a kernel is
 * told its shapes apart from them, so that prompts of lengths that share their buffers share these too.
 */

import type { Allocation } from './buffers.ts';
import type { Pipeline } from './pipelines.ts';
import type { Binding } from './recorder.ts';

/** Kept at most; a forward pass of GPT-2 XL takes some 350. Beyond it all are forgotten, which only costs their making. */
const MOST = 4096;

export class BindGroups {
  readonly #device: GPUDevice;
  #known = new Map<string, GPUBindGroup>();
  #layouts = new Map<GPUBindGroupLayout, number>();
  made = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The kernel's bindings in order; behind them its shapes, at an offset given with every use. */
  get(
    { layout }: Pipeline,
    bindings: readonly Binding[],
    uniforms: Allocation,
    uniformBytes: number,
  ): GPUBindGroup {
    const key = [
      this.#layoutId(layout),
      ...bindings.map(({ allocation }) => allocation.id),
      uniforms.id,
    ].join();
    const known = this.#known.get(key);
    if (known) return known;
    const entries = bindings.map(({ allocation }, binding): GPUBindGroupEntry => {
      return { binding, resource: { buffer: allocation.buffer } };
    });
    entries.push({ binding: bindings.length, resource: { buffer: uniforms.buffer, size: uniformBytes } });
    const group = this.#device.createBindGroup({ layout, entries });
    if (this.#known.size >= MOST) this.#known.clear();
    this.#known.set(key, group);
    this.made++;
    return group;
  }

  #layoutId(layout: GPUBindGroupLayout): number {
    const id = this.#layouts.get(layout) ?? this.#layouts.size;
    this.#layouts.set(layout, id);
    return id;
  }
}
