/** Compiled kernels: each compiled once, ahead of use where its use is foreseen, so that recording work does not wait. */

import { DeviceError } from '../base/errors.ts';
import type { Faults } from './faults.ts';
import type { Kernel } from './kernel.ts';

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

export class Pipelines {
  readonly #device: GPUDevice;
  readonly #faults: Faults;
  readonly #ready = new Map<Kernel, Pipeline>();
  /** By source and constants: the same kernel asked for twice is compiled once, also while it is being compiled. */
  readonly #compiling = new Map<string, Promise<Pipeline>>();

  /** The first kernel that was refused after work with it had been recorded: nothing since can be trusted. */
  refused: DeviceError | null = null;

  constructor(device: GPUDevice, faults: Faults) {
    this.#device = device;
    this.#faults = faults;
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

  /** A kernel that was compiled ahead, or else is now: work recorded with it waits for that on the device. */
  get(kernel: Kernel): Pipeline {
    const ready = this.#ready.get(kernel);
    if (ready) return ready;
    const now = this.#faults.scope(
      'validation',
      () => {
        const { layout, descriptor } = this.#describe(kernel);
        return { layout, pipeline: this.#device.createComputePipeline(descriptor) };
      },
      (error) => {
        this.refused ??= refusal(kernel, error.message, []);
      },
    );
    this.#ready.set(kernel, now);
    return now;
  }

  #describe(kernel: Kernel) {
    const { name, wgsl, bindings, constants } = kernel;
    const module = this.#device.createShaderModule({ label: name, code: wgsl });
    const layout = this.#device.createBindGroupLayout({
      label: name,
      entries: [
        ...bindings.map((access, binding): GPUBindGroupLayoutEntry => {
          const type = access === 'read' ? 'read-only-storage' : 'storage';
          return { binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } };
        }),
        {
          binding: bindings.length,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type: 'uniform', hasDynamicOffset: true },
        },
      ],
    });
    const descriptor: GPUComputePipelineDescriptor = {
      label: name,
      layout: this.#device.createPipelineLayout({ label: name, bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main', constants },
    };
    return { module, layout, descriptor };
  }

  async #compile(kernel: Kernel): Promise<Pipeline> {
    this.#device.pushErrorScope('validation');
    const { module, layout, descriptor } = this.#describe(kernel);
    const refused = this.#device.popErrorScope();
    try {
      return { pipeline: await this.#device.createComputePipelineAsync(descriptor), layout };
    } catch (cause) {
      const [scope, info] = await Promise.all([refused, module.getCompilationInfo()]);
      const lines = info.messages.map((m) => `${m.type} ${m.lineNum}:${m.linePos} ${m.message}`);
      const reasons = [scope?.message, ...lines, lines.length ? null : String(cause)].filter(Boolean);
      throw refusal(kernel, reasons.join('\n'), lines, cause);
    }
  }
}

function refusal(kernel: Kernel, reasons: string, messages: readonly string[], cause?: unknown): DeviceError {
  return new DeviceError(
    `This graphics device refuses the kernel ${kernel.name}; a newer browser or driver may take it.\n${reasons}`,
    { kernel: kernel.name, messages },
    { cause },
  );
}
