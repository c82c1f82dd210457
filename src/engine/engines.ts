/** The two engines: which there are, which one answers, and their devices, each opened when it is first needed. */

import { must } from '../base/assert.ts';
import { UnsupportedError } from '../base/errors.ts';
import type { AdapterInfo, EngineChoice, EngineId, EngineInfo, EngineRoute } from './api.ts';
import type { Device, OpenDevice } from './device.ts';
import { ENGINE_CAPABILITIES } from './status.ts';

export interface EnginesOptions {
  /** WebGPU's adapter, without a device on it. UnsupportedError where there is none. */
  findAdapter(): Promise<AdapterInfo>;
  open: Readonly<Record<EngineId, OpenDevice>>;
}

export class Engines {
  /** Null until `look`, and where there is none. */
  adapter: AdapterInfo | null = null;
  choice: EngineChoice = 'auto';
  #devices = new Map<EngineId, Device>();
  #missing = new Map<EngineId, UnsupportedError>();

  constructor(private readonly options: EnginesOptions) {}

  /** Finds out what this machine has, without opening it. */
  async look(): Promise<void> {
    try {
      this.adapter = await this.options.findAdapter();
      this.#missing.delete('wgsl');
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error;
      this.adapter = null;
      this.#missing.set('wgsl', error);
    }
  }

  /**
   * Which engine answers where nobody names one: our kernels on a real graphics card; ONNX Runtime where WebGPU is
   * missing or computes in software, since WebAssembly is then several times faster.
   * @throws UnsupportedError where neither can run.
   */
  route(): EngineRoute {
    const [noWgsl, noOrt] = [this.#missing.get('wgsl'), this.#missing.get('ort')];
    if (noWgsl && noOrt) throw neither(noWgsl, noOrt);
    const { choice, adapter } = this;
    if (choice !== 'auto' && !this.#missing.has(choice))
      return { engine: choice, choice, why: 'You chose it.' };
    if (noWgsl) {
      const why = `${noWgsl.message} Until then ONNX Runtime computes on the processor.`;
      return { engine: 'ort', choice, why };
    }
    if (!adapter?.isFallback) return { engine: 'wgsl', choice, why: 'WebGPU has a graphics card here.' };
    if (noOrt) {
      const why = `WebGPU computes in software here; ONNX Runtime, which is faster at that, did not start: ${noOrt.message}`;
      return { engine: 'wgsl', choice, why };
    }
    return {
      engine: 'ort',
      choice,
      why: 'WebGPU computes in software here, and ONNX Runtime’s WebAssembly does the same several times faster.',
    };
  }

  /** As `route`, null where neither can run. */
  routeOrNull(): EngineRoute | null {
    return this.#missing.size === 2 ? null : this.route();
  }

  /** Both engines, as far as they are known. */
  infos(): Record<EngineId, EngineInfo> {
    return { wgsl: this.#info('wgsl'), ort: this.#info('ort') };
  }

  #info(id: EngineId): EngineInfo {
    const missing = this.#missing.get(id);
    const device = this.#devices.get(id)?.description ?? null;
    return {
      state: missing ? 'unavailable' : device ? 'ready' : 'idle',
      device: device ?? (id === 'wgsl' && this.adapter ? describeAdapter(this.adapter) : null),
      note: missing?.message ?? null,
      capabilities: ENGINE_CAPABILITIES[id],
    };
  }

  /** The device of an engine that is open, else null. */
  opened(id: EngineId): Device | null {
    return this.#devices.get(id) ?? null;
  }

  /** Opens an engine, or gives the open one. A failure is remembered as the reason why it is unavailable, and tried again when asked again. */
  async open(id: EngineId): Promise<Device> {
    const known = this.#devices.get(id);
    if (known) return known;
    try {
      if (id === 'wgsl' && !this.adapter) {
        await this.look();
        if (!this.adapter) throw must(this.#missing.get('wgsl'), 'no adapter and no reason');
      }
      const device = await this.options.open[id]();
      this.#devices.set(id, device);
      this.#missing.delete(id);
      return device;
    } catch (error) {
      if (error instanceof UnsupportedError) this.#missing.set(id, error);
      throw error;
    }
  }

  /** Opens the one that `route` says; where it turns out not to run, the other. UnsupportedError where neither does. */
  async openRouted(onOpening: (id: EngineId) => void): Promise<Device> {
    for (;;) {
      const { engine } = this.route(); // throws once both have failed
      try {
        onOpening(engine);
        return await this.open(engine);
      } catch (error) {
        if (!(error instanceof UnsupportedError)) throw error;
      }
    }
  }

  /** Gives up an engine's device with everything on it. */
  close(id: EngineId): void {
    this.#devices.get(id)?.destroy();
    this.#devices.delete(id);
  }
}

/** The other of the two. */
export function otherEngine(id: EngineId): EngineId {
  return id === 'wgsl' ? 'ort' : 'wgsl';
}

function neither(wgsl: UnsupportedError, ort: UnsupportedError): UnsupportedError {
  return new UnsupportedError(
    `${wgsl.message} ONNX Runtime, which needs no WebGPU, does not run either: ${ort.message}`,
    {
      wgsl: wgsl.data,
      ort: ort.data,
    },
  );
}

/** `google · swiftshader`. */
export function describeAdapter({ vendor, architecture, description }: AdapterInfo): string {
  return [vendor, architecture, description].filter(Boolean).join(' · ') || 'unnamed adapter';
}
