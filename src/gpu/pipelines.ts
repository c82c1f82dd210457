/** Compiled kernels: each compiled once, ahead of use, so that recording work never waits. */

import { must } from '../base/assert.ts';
import { DeviceError } from '../base/errors.ts';
import type { Kernel } from './kernel.ts';

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #ready = new Map<Kernel, Pipeline>();
  /** By source and constants: the same kernel asked for twice is compiled once, also while it is being compiled. */
  readonly #compiling = new Map<string, Promise<Pipeline>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Compiles all of them side by side. Throws DeviceError with the compiler's words when one is refused. */
  async warm(kernels: readonly Kernel[], onProgress?: (done: number, total: number) => void): Promise<void> {
    let done = 0;
    onProgress?.(0, kernels.length);
    await Promise.all(
      kernels.map(async (kernel) => {
        await this.compile(kernel);
        onProgress?.(++done, kernels.length);
      }),
    );
  }

  async compile(kernel: Kernel): Promise<Pipeline> {
    const key = JSON.stringify([kernel.wgsl, kernel.constants]);
    const compiling = this.#compiling.get(key) ?? this.#compile(kernel);
    this.#compiling.set(key, compiling);
    const pipeline = await compiling;
    this.#ready.set(kernel, pipeline);
    return pipeline;
  }

  /** A kernel that has been compiled before. */
  get(kernel: Kernel): Pipeline {
    return must(this.#ready.get(kernel), `kernel ${kernel.name} was used before it was compiled`);
  }

  async #compile(kernel: Kernel): Promise<Pipeline> {
    const { name, wgsl, bindings, constants } = kernel;
    this.#device.pushErrorScope('validation');
    const module = this.#device.createShaderModule({ label: name, code: wgsl });
    const refused = this.#device.popErrorScope();
    const layout = this.#device.createBindGroupLayout({
      label: name,
      entries: [
        ...bindings.map((access, binding): GPUBindGroupLayoutEntry => {
          const type = access === 'read' ? 'read-only-storage' : 'storage';
          return { binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } };
        }),
        { binding: bindings.length, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } },
      ],
    });
    try {
      const pipeline = await this.#device.createComputePipelineAsync({
        label: name,
        layout: this.#device.createPipelineLayout({ label: name, bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main', constants },
      });
      return { pipeline, layout };
    } catch (cause) {
      const [scope, info] = await Promise.all([refused, module.getCompilationInfo()]);
      const lines = info.messages.map((m) => `${m.type} ${m.lineNum}:${m.linePos} ${m.message}`);
      const reasons = [scope?.message, ...lines, lines.length ? null : String(cause)]
        .filter(Boolean)
        .join('\n');
      throw new DeviceError(
        `This graphics device refuses the kernel ${name}; a newer browser or driver may take it.\n${reasons}`,
        { kernel: name, messages: lines },
        { cause },
      );
    }
  }
}
