/** Which arms are on which engine: loads them beside the work or within a job, whole or in turns, and again after a loss. */

import { must } from '../base/assert.ts';
import { DeviceError } from '../base/errors.ts';
import type { Model } from '../model/model.ts';
import type { StorageDType } from '../tensor/params.ts';
import type { ArmCheck, Budget, CallOptions, EngineId, EngineStatus, Residency } from './api.ts';
import { checkArm } from './armCheck.ts';
import { type Arm, type Instance, type LoadedArm, newInstance, type Pair, unloadArm } from './arms.ts';
import { planBudget } from './budget.ts';
import type { Device } from './device.ts';
import type { Engines } from './engines.ts';
import { type LoadedParameters, type LoadOptions, loadParameters } from './loading.ts';
import { LoadMeter } from './loadMeter.ts';
import type { Pairs } from './pairs.ts';
import type { Queue } from './queue.ts';

/** How arms are to be loaded. */
export interface LoadPlan extends CallOptions {
  engine: EngineId;
  dtype: StorageDType;
  residency: Residency;
  meter: LoadMeter;
}

interface Surroundings {
  engines: Engines;
  pairs: Pairs;
  /** Work on the devices, one job at a time. Methods that say "within a job" are called from one. */
  queue: Queue;
  report(change: Partial<EngineStatus>): void;
}

const OPENING: Record<EngineId, string> = {
  wgsl: 'Compiling the kernels.',
  ort: 'Starting ONNX Runtime.',
};

export class Residence {
  constructor(private readonly around: Surroundings) {}

  /** Every arm that analyses can be asked of, of all pairs. */
  loaded(): { pair: Pair; arm: Arm; loaded: LoadedArm }[] {
    return this.around.pairs
      .all()
      .flatMap((pair) =>
        [...pair.arms.values()].flatMap((arm) => (arm.loaded ? [{ pair, arm, loaded: arm.loaded }] : [])),
      );
  }

  /** Frees every kept run, on all engines. */
  dropRuns(): void {
    for (const { loaded } of this.loaded()) for (const { runs } of loaded.on.values()) runs.clear();
  }

  /** Within a job: tells what is going on while an engine is opened. */
  readonly opening = (engine: EngineId) =>
    this.around.report({ phase: 'compiling', message: OPENING[engine], progress: null });

  /** Within a job: the engine's device, opened if it is not. The caller reports ready afterwards. */
  async open(engine: EngineId): Promise<Device> {
    const { engines, report } = this.around;
    const open = engines.opened(engine);
    if (open) return open;
    try {
      this.opening(engine);
      return await engines.open(engine);
    } finally {
      report({ adapter: engines.adapter, engines: engines.infos() });
    }
  }

  /** Beside the work: as `open`, in a job of its own. */
  async openBeside(engine: EngineId): Promise<Device> {
    const open = this.around.engines.opened(engine);
    if (open) return open;
    return this.around.queue.run(() => this.thenReady(() => this.open(engine)));
  }

  /** Within a job: whatever comes of `body`, the engine is ready again afterwards. */
  async thenReady<T>(body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } finally {
      this.around.report({ phase: 'ready', message: 'Ready.', progress: null });
    }
  }

  // --- within a job: at the start, on demand, after a loss ----------------------------------------------

  async loadInJob(
    pair: Pair,
    arm: Arm,
    engine: EngineId,
    dtype: StorageDType,
    options: CallOptions = {},
  ): Promise<void> {
    const { backend, createModel } = await this.open(engine);
    this.around.report({ phase: 'loading', message: `Loading ${arm.title}.`, progress: null });
    const read = await loadParameters(pair, arm, { backend, dtype, ...this.#shown(options) });
    putOn(arm, engine, createModel(read.config, read.params), { dtype, read, check: null });
  }

  /** A load within a job holds everybody up, so its progress is the engine's status too. */
  #shown({ signal, onProgress }: CallOptions): Pick<LoadOptions, 'meter' | 'signal'> {
    const meter = new LoadMeter((progress) => {
      this.around.report({ progress });
      onProgress?.(progress);
    });
    return { meter, signal };
  }

  /** Brings arms onto an engine where they are not there yet, kept as they are elsewhere. */
  async bringTo(pair: Pair, arms: readonly Arm[], engine: EngineId, options: CallOptions): Promise<void> {
    const missing = arms.filter((arm) => !arm.loaded?.on.has(engine));
    if (missing.length === 0) return;
    await this.thenReady(async () => {
      for (const arm of missing) {
        if (arm.loaded && pair.residency === 'one-at-a-time') {
          const { createModel } = await this.open(engine);
          arm.loaded.on.set(engine, newInstance(createModel(must(arm.config, 'no configuration'), null)));
        } else await this.loadInJob(pair, arm, engine, arm.loaded?.dtype ?? 'f32', options);
      }
    });
  }

  /** Brings a waiting arm's weights back onto the engine. */
  async makeResident(pair: Pair, arm: Arm, engine: EngineId, options: CallOptions): Promise<void> {
    const { loaded } = arm;
    const model = loaded?.on.get(engine)?.model;
    if (!loaded || !model?.parked) return;
    this.#park(pair, arm, engine);
    this.around.report({
      phase: 'loading',
      message: `${arm.title} takes its turn on the device.`,
      progress: null,
    });
    await this.thenReady(async () => {
      const { backend } = await this.open(engine);
      const { dtype } = loaded;
      const read = await loadParameters(pair, arm, { backend, dtype, ...this.#shown(options) });
      model.unpark(read.params);
    });
  }

  /** Makes room for one arm of a pair whose arms take turns. */
  #park(pair: Pair, except: Arm, engine: EngineId): void {
    for (const arm of pair.arms.values()) if (arm !== except) arm.loaded?.on.get(engine)?.model.park();
  }

  /**
   * Rebuilds the graphics device and what was on it. A model that cannot be read any more is unloaded; the demo must be
   * there. Returns the titles of arms that were lost.
   */
  async recover(cause: DeviceError): Promise<string[]> {
    const { engines, report } = this.around;
    report({ phase: 'recovering', message: `${cause.message} Rebuilding it and repeating the run.` });
    const gone = this.loaded().flatMap(({ pair, arm, loaded }) => {
      const instance = loaded.on.get('wgsl');
      loaded.on.delete('wgsl'); // its memory went with the device
      return instance ? [{ pair, arm, loaded, instance }] : [];
    });
    engines.close('wgsl');
    const { createModel } = await this.open('wgsl');
    const lost: string[] = [];
    for (const { pair, arm, loaded, instance } of gone) {
      const { model } = instance;
      try {
        if (model.parked) loaded.on.set('wgsl', newInstance(createModel(model.config, null)));
        else await this.loadInJob(pair, arm, 'wgsl', loaded.dtype);
        takeOver(arm, instance);
      } catch (error) {
        if (loaded.on.size === 0) arm.loaded = null;
        if (arm.source.onDemand) throw error;
        lost.push(arm.title);
      }
    }
    return lost;
  }

  // --- beside the work: prompts are answered between the steps -------------------------------------------

  /** Loads arms; each is on show as soon as it is checked. `recover` is what to do about a lost device, within a job. */
  async loadBeside(
    pair: Pair,
    arms: readonly Arm[],
    plan: LoadPlan,
    recover: (cause: DeviceError) => Promise<void>,
  ): Promise<void> {
    const { queue, engines } = this.around;
    const { engine, dtype, residency, meter, signal } = plan;
    for (const arm of arms) meter.expect(arm.id, (await arm.source.size()).files);
    pair.residency = residency;
    for (const arm of arms) {
      const device = await this.openBeside(engine);
      const there = arm.loaded?.dtype === dtype ? arm.loaded.on.get(engine) : undefined;
      if (there && !(there.model.parked && residency === 'all')) continue;
      if (residency === 'one-at-a-time') await queue.run(async () => this.#park(pair, arm, engine));
      try {
        await this.#loadOne(pair, arm, device, plan);
      } catch (error) {
        if (!(error instanceof DeviceError) || error.data.lost !== true) throw error;
        await queue.run(async () => {
          if (engines.opened(engine) === device) await recover(error);
        });
        signal?.throwIfAborted();
        await this.#loadOne(pair, arm, await this.openBeside(engine), plan);
      }
    }
  }

  async #loadOne(pair: Pair, arm: Arm, device: Device, plan: LoadPlan): Promise<void> {
    const { engine, dtype, meter, signal } = plan;
    const { backend, createModel } = device;
    const read = await loadParameters(pair, arm, { backend, dtype, meter, signal });
    const model = createModel(read.config, read.params);
    await this.around.queue.run(async () => {
      if (this.around.engines.opened(engine) !== device)
        throw new DeviceError('The graphics device was lost while the model was loaded. Load it again.', {
          lost: true,
        });
      meter.arrived(arm.id);
      let check: ArmCheck;
      try {
        check = await checkArm(model, pair.tokenizer?.tokenizer ?? null, read.nonFinite);
        signal?.throwIfAborted();
      } catch (error) {
        model.park();
        throw error;
      }
      putOn(arm, engine, model, { dtype, read, check });
    });
  }

  /** Within a job: what loading arms would take on an engine. Looks nothing up on the Hub: what is not known yet is the registry's figure. */
  async budget(pair: Pair, arms: readonly Arm[], engine: EngineId): Promise<Budget> {
    const device = this.around.engines.opened(engine) ?? (await this.thenReady(() => this.open(engine)));
    const { backend, machineBytes } = device;
    const others = this.loaded().flatMap(({ arm, loaded }) => {
      const model = loaded.on.get(engine)?.model;
      return model && !model.parked && !arms.includes(arm)
        ? [device.weightBytes(model.config, loaded.dtype)]
        : [];
    });
    return planBudget({
      pair: pair.id,
      engine,
      arms: await Promise.all(
        arms.map(async (arm) => ({
          id: arm.id,
          config: must(arm.config, `${arm.id} has no configuration`),
          source: await arm.source.size(),
          loaded: arm.loaded !== null,
        })),
      ),
      inUse: others.reduce((sum, bytes) => sum + bytes, 0),
      allocated: device.allocatedBytes(),
      limits: backend.limits,
      weightBytes: device.weightBytes,
      comfort: Math.min(2 * backend.limits.bufferBytes, machineBytes === null ? Infinity : machineBytes / 2),
      hasRoom: (bytes) => backend.hasRoom(bytes),
      roomRule: device.roomRule,
    });
  }
}

/** Puts an arm's weights on an engine. Kept otherwise than before, they replace those on every engine. */
function putOn(
  arm: Arm,
  engine: EngineId,
  model: Model,
  { dtype, read, check }: { dtype: StorageDType; read: LoadedParameters; check: ArmCheck | null },
): void {
  const before = arm.loaded?.dtype === dtype ? arm.loaded : null;
  const on = new Map([...(before?.on ?? [])].filter(([id]) => id !== engine));
  unloadArm(arm, before ? engine : undefined);
  arm.config = read.config;
  arm.loaded = {
    dtype,
    on: on.set(engine, newInstance(model)),
    notes: read.notes,
    check: check ?? before?.check ?? null,
  };
}

/** After a loss the weights are the same, so what was found out about them holds. */
function takeOver(arm: Arm, before: Instance): void {
  const instance = must(arm.loaded?.on.get('wgsl'), `${arm.id} was not put back`);
  for (const [dimension, ranking] of before.ranked) instance.ranked.set(dimension, ranking);
}
