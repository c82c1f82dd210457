/** The engine itself: loads arms, runs prompts, answers analyses, one job at a time on the device. Lives in the worker; tests use it in-thread. */

import { defaultNullDimension, rankConfidenceNeurons } from '../analysis/confidenceNeurons.ts';
import { must } from '../base/assert.ts';
import { DeviceError, InputError, toErrorRecord, UnsupportedError } from '../base/errors.ts';
import { allHooks } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import { OpsModel } from '../model/opsModel.ts';
import type { StorageDType } from '../tensor/params.ts';
import { labelled } from '../tensor/tensor.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { type AnalysisContext, analysisSpec, everyAnalysisHook } from './analyses.ts';
import type {
  AddRequest,
  AnalysisId,
  AnalysisRequest,
  AnalysisResult,
  ArmCheck,
  ArmId,
  Budget,
  BudgetRequest,
  CallOptions,
  EngineStatus,
  LoadFilesRequest,
  LoadRequest,
  PairId,
  PairInfo,
  PromptRequest,
  Residency,
  RunRequest,
  RunResult,
  StorageInfo,
  Tokens,
} from './api.ts';
import { checkArm } from './armCheck.ts';
import { type Arm, armOf, armsOf, type LoadedArm, type Pair, pairInfo, unloadArm } from './arms.ts';
import { planBudget, weightBytes } from './budget.ts';
import type { Device, OpenDevice } from './device.ts';
import {
  inspectArm,
  type LoadedParameters,
  type LoadOptions,
  loadParameters,
  pairTokenizer,
  readAhead,
} from './loading.ts';
import { LoadMeter } from './loadMeter.ts';
import { Pairs, type PairsOptions } from './pairs.ts';
import { checkEngine, checkStorage, promptTokens, tokenIds } from './prompts.ts';
import { Queue } from './queue.ts';
import { DEMO_PAIR } from './registry.ts';
import { RunStore } from './runStore.ts';
import { STARTING } from './status.ts';
import { storageInfo } from './storage.ts';

export interface ServiceOptions extends PairsOptions {
  openDevice: OpenDevice;
  onStatus: (status: EngineStatus) => void;
}

/** How arms are to be loaded. */
interface LoadPlan extends CallOptions {
  dtype: StorageDType;
  residency: Residency;
  meter: LoadMeter;
}

/** A prompt turned into what is fed, and the arms it is for. */
interface Prepared {
  pair: Pair;
  arms: { arm: Arm; loaded: LoadedArm }[];
  tokens: number[];
  tokenizer: Tokenizer | null;
}

export class EngineService {
  #device: Device | null = null;
  #pairs: Pairs;
  #current: PairId = DEMO_PAIR;
  /** Work on the device. */
  #queue = new Queue();
  /** Loads, which take long and touch the device only now and then: prompts are answered between their steps. */
  #loads = new Queue();
  #status: EngineStatus = STARTING;
  #runs = new Map<string, { pair: PairId; arms: ArmId[]; tokens: number[] }>();
  #runCount = 0;

  constructor(private readonly options: ServiceOptions) {
    this.#pairs = new Pairs(options);
  }

  // --- life ----------------------------------------------------------------------------------------

  /** Opens the device and loads every arm of the demo pair. UnsupportedError where nothing can run. */
  start(): Promise<void> {
    return this.#queue.run(async () => {
      try {
        const demo = this.#pairs.get(DEMO_PAIR);
        for (const arm of demo.arms.values()) readAhead(arm);
        await this.#openDevice();
        for (const arm of demo.arms.values()) await this.#loadInJob(demo, arm, 'f32');
        this.#report({ phase: 'ready', message: 'Ready.', progress: null, error: null });
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    });
  }

  async #openDevice(): Promise<Device> {
    this.#report({ phase: 'compiling', message: 'Compiling the kernels.', progress: null });
    const device = await this.options.openDevice((done, total) =>
      this.#report({ progress: { done, total, unit: 'pipelines', phase: 'compiling kernels' } }),
    );
    this.#device = device;
    this.#report({ adapter: device.adapter });
    return device;
  }

  #report(change: Partial<EngineStatus>): void {
    this.#status = { ...this.#status, ...change };
    this.options.onStatus(this.#status);
  }

  #fail(error: unknown): void {
    const record = toErrorRecord(error);
    this.#report({ phase: 'failed', message: record.message, progress: null, error: record });
  }

  /**
   * Runs a job on the device, one at a time. A device lost on the way is rebuilt with everything that was
   * loaded, and the job repeated once.
   */
  #job<T>(options: CallOptions, job: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      this.#checkRunnable();
      try {
        return await job();
      } catch (error) {
        if (!(error instanceof DeviceError)) throw error;
        if (error.data.lost !== true) {
          this.#dropRuns(); // a run that found no memory must not be kept, and what the others hold is needed now
          throw error;
        }
        await this.#recover(error);
        options.signal?.throwIfAborted();
        return await job();
      }
    }, options.signal);
  }

  #dropRuns(): void {
    for (const { arm } of this.#loaded()) arm.loaded?.runs.clear();
  }

  /** Every arm that analyses can be asked of, of all pairs. */
  #loaded(): { pair: Pair; arm: Arm; loaded: LoadedArm }[] {
    return this.#pairs
      .all()
      .flatMap((pair) =>
        [...pair.arms.values()].flatMap((arm) => (arm.loaded ? [{ pair, arm, loaded: arm.loaded }] : [])),
      );
  }

  #checkRunnable(): Device {
    if (this.#device) return this.#device;
    throw new UnsupportedError(
      `Nothing can be computed: ${this.#status.error?.message ?? 'the engine has not started.'}`,
      this.#status.error?.data,
    );
  }

  /** Rebuilds the device and what was on it. A model that cannot be read any more is unloaded; the demo must be there. */
  async #recover(cause: DeviceError): Promise<void> {
    this.#report({ phase: 'recovering', message: `${cause.message} Rebuilding it and repeating the run.` });
    const wanted = this.#loaded();
    this.#device?.destroy();
    this.#device = null;
    for (const { arm } of wanted) arm.loaded = null; // its memory went with the device
    const lost: string[] = [];
    try {
      const { backend } = await this.#openDevice();
      for (const { pair, arm, loaded } of wanted) {
        if (loaded.model.parked)
          arm.loaded = takeOver(loaded, new OpsModel(backend, loaded.model.config, null));
        else
          await this.#loadInJob(pair, arm, loaded.dtype, loaded).catch((error: unknown) => {
            if (arm.source.onDemand) throw error;
            lost.push(arm.title);
          });
      }
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    const missing = lost.length > 0 ? ` Not loaded again: ${lost.join(', ')}; load it once more.` : '';
    this.#report({
      phase: 'ready',
      message: `The graphics device was lost; it was rebuilt and the run repeated.${missing}`,
      progress: null,
      recoveries: this.#status.recoveries + 1,
    });
  }

  // --- loading -------------------------------------------------------------------------------------

  /** Loads an arm as part of a job on the device: at the start, on demand, after a loss. */
  async #loadInJob(pair: Pair, arm: Arm, dtype: StorageDType, before?: LoadedArm, options: CallOptions = {}) {
    const { backend } = this.#checkRunnable();
    this.#report({ phase: 'loading', message: `Loading ${arm.title}.`, progress: null });
    const read = await loadParameters(pair, arm, { backend, dtype, ...this.#shown(options) });
    const model = new OpsModel(backend, read.config, read.params);
    arm.config = read.config;
    arm.loaded = before ? takeOver(before, model) : newlyLoaded(model, dtype, read, null);
  }

  /** A load within a job holds everybody up, so its progress is the engine's status too. */
  #shown({ signal, onProgress }: CallOptions): Pick<LoadOptions, 'meter' | 'signal'> {
    const meter = new LoadMeter((progress) => {
      this.#report({ progress });
      onProgress?.(progress);
    });
    return { meter, signal };
  }

  /** As `#loadInJob`, for a request: whatever comes of it, the engine is ready again afterwards. */
  async #onDemand(pair: Pair, arms: readonly Arm[], options: CallOptions): Promise<void> {
    try {
      for (const arm of arms) await this.#loadInJob(pair, arm, 'f32', undefined, options);
    } finally {
      this.#report({ phase: 'ready', message: 'Ready.', progress: null });
    }
  }

  /** Loads arms beside the work on the device, which goes on; each is on show as soon as it is checked. */
  async #load(pair: Pair, arms: readonly Arm[], plan: LoadPlan): Promise<void> {
    const { dtype, residency, meter, signal } = plan;
    for (const arm of arms) meter.expect(arm.id, (await arm.source.size()).files);
    pair.residency = residency;
    for (const arm of arms) {
      const device = this.#checkRunnable();
      if (arm.loaded?.dtype === dtype && !(arm.loaded.model.parked && residency === 'all')) continue;
      if (residency === 'one-at-a-time') await this.#queue.run(async () => this.#park(pair, arm));
      try {
        await this.#loadOne(pair, arm, device, plan);
      } catch (error) {
        if (!(error instanceof DeviceError) || error.data.lost !== true) throw error;
        await this.#queue.run(async () => {
          if (this.#device === device) await this.#recover(error);
        });
        signal?.throwIfAborted();
        await this.#loadOne(pair, arm, this.#checkRunnable(), plan);
      }
    }
  }

  async #loadOne(pair: Pair, arm: Arm, device: Device, { dtype, meter, signal }: LoadPlan): Promise<void> {
    const { backend } = device;
    const read = await loadParameters(pair, arm, { backend, dtype, meter, signal });
    const model = new OpsModel(backend, read.config, read.params);
    await this.#queue.run(async () => {
      if (this.#device !== device)
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
      unloadArm(arm);
      arm.config = read.config;
      arm.loaded = newlyLoaded(model, dtype, read, check);
    });
  }

  /** Makes room for one arm of a pair whose arms take turns. */
  #park(pair: Pair, except: Arm): void {
    for (const arm of pair.arms.values()) if (arm !== except) arm.loaded?.model.park();
  }

  /** Brings a waiting arm's weights back onto the device, within a job. */
  async #makeResident(pair: Pair, arm: Arm, options: CallOptions): Promise<void> {
    const { loaded } = arm;
    if (!loaded?.model.parked) return;
    this.#park(pair, arm);
    this.#report({ phase: 'loading', message: `${arm.title} takes its turn on the device.`, progress: null });
    try {
      const { backend } = this.#checkRunnable();
      const { dtype } = loaded;
      const read = await loadParameters(pair, arm, { backend, dtype, ...this.#shown(options) });
      loaded.model.unpark(read.params);
    } finally {
      this.#report({ phase: 'ready', message: 'Ready.', progress: null });
    }
  }

  /** What loading arms of a pair would take. Looks nothing up on the Hub: what is not known yet is the registry's figure. */
  budget(request: BudgetRequest): Promise<Budget> {
    return this.#job(request, async () => {
      const pair = this.#pairs.get(request.pair);
      return this.#budget(pair, armsOf(pair, request.arms));
    });
  }

  async #budget(pair: Pair, arms: readonly Arm[]): Promise<Budget> {
    const device = this.#checkRunnable();
    const { backend, machineBytes } = device;
    const others = this.#loaded().filter(({ arm, loaded }) => !arms.includes(arm) && !loaded.model.parked);
    return planBudget({
      pair: pair.id,
      arms: await Promise.all(
        arms.map(async (arm) => ({
          id: arm.id,
          config: must(arm.config, `${arm.id} has no configuration`),
          source: await arm.source.size(),
          loaded: arm.loaded !== null,
        })),
      ),
      inUse: others.reduce((sum, { loaded }) => sum + weightBytes(loaded.model.config, loaded.dtype), 0),
      allocated: device.allocatedBytes(),
      limits: backend.limits,
      comfort: Math.min(2 * backend.limits.bufferBytes, machineBytes === null ? Infinity : machineBytes / 2),
      hasRoom: (bytes) => backend.hasRoom(bytes),
      software: device.adapter.isFallback,
    });
  }

  /** How to load arms: as asked, else as they are, else as the budget suggests. DeviceError where it cannot fit. */
  async #plan(pair: Pair, arms: readonly Arm[], request: LoadRequest): Promise<LoadPlan> {
    const meter = new LoadMeter(request.onProgress);
    const asLoaded = arms.find((arm) => arm.loaded)?.loaded?.dtype;
    const dtype = request.dtype ?? asLoaded ?? (arms.every((arm) => arm.source.onDemand) ? 'f32' : undefined);
    if (dtype && request.residency) return { ...request, dtype, residency: request.residency, meter };
    const budget = await this.#queue.run(() => this.#budget(pair, arms), request.signal);
    const chosen = dtype ?? budget.suggested?.dtype ?? 'q8';
    const { residency, message } = budget.plans[chosen];
    if (residency === 'does-not-fit')
      throw new DeviceError(`${pair.title}: ${message} ${budget.basis}`, {
        pair: pair.id,
        dtype: chosen,
        budget,
      });
    const suggested = dtype ? residency : (budget.suggested?.residency ?? residency);
    return { ...request, dtype: chosen, residency: request.residency ?? suggested, meter };
  }

  async pairs(): Promise<PairInfo[]> {
    return this.#pairs.all().map(pairInfo);
  }

  /** Loads arms (default: all of the pair) and makes the pair the current one. Prompts are answered meanwhile. */
  load(request: LoadRequest): Promise<PairInfo> {
    return this.#loads.run(async () => {
      this.#checkRunnable();
      checkEngine(request.engine);
      checkStorage(request);
      const pair = this.#pairs.get(request.pair);
      const arms = armsOf(pair, request.arms);
      await this.#load(pair, arms, await this.#plan(pair, arms, request));
      this.#current = pair.id;
      return pairInfo(pair);
    }, request.signal);
  }

  /** A new pair of a person's own, inspected but not loaded. */
  add(request: AddRequest): Promise<PairInfo> {
    return this.#loads.run(async () => {
      const pair = this.#pairs.make(request, false);
      await this.#inspect(pair, request);
      this.#pairs.put(pair);
      return pairInfo(pair);
    }, request.signal);
  }

  async #inspect(pair: Pair, { signal, onProgress }: CallOptions): Promise<void> {
    const meter = new LoadMeter(onProgress);
    for (const arm of pair.arms.values()) await inspectArm(pair, arm, meter, signal);
  }

  /** A new pair from files a person picked; replaces an added pair of the same id once all of it is loaded. */
  loadFiles(request: LoadFilesRequest): Promise<PairInfo> {
    return this.#loads.run(async () => {
      this.#checkRunnable();
      checkStorage(request);
      const pair = this.#pairs.make(request, true);
      const arms = [...pair.arms.values()];
      try {
        await this.#inspect(pair, { signal: request.signal });
        await this.#load(
          pair,
          arms,
          await this.#plan(pair, arms, { ...request, pair: pair.id, arms: undefined }),
        );
      } catch (error) {
        await this.#queue.run(async () => arms.forEach(unloadArm));
        throw error;
      }
      await this.#queue.run(async () => {
        for (const arm of this.#pairs.put(pair)?.arms.values() ?? []) unloadArm(arm);
      });
      this.#current = pair.id;
      return pairInfo(pair);
    }, request.signal);
  }

  /** Frees arms (default: all of the pair). A bundled one loads again when asked for. */
  unload(request: { pair: PairId; arms?: ArmId[] }): Promise<void> {
    return this.#job({}, async () => {
      const pair = this.#pairs.get(request.pair);
      for (const arm of armsOf(pair, request.arms)) unloadArm(arm);
    });
  }

  /** Unloads and forgets an added pair. */
  remove(request: { pair: PairId }): Promise<void> {
    return this.#loads.run(() =>
      this.#queue.run(async () => {
        const pair = this.#pairs.get(request.pair);
        if (!pair.added)
          throw new InputError(
            `The pair ${pair.id} is part of Normless and stays. Unload it to free its memory.`,
            {
              pair: pair.id,
            },
          );
        for (const arm of pair.arms.values()) unloadArm(arm);
        this.#pairs.delete(pair);
        if (this.#current === pair.id) this.#current = DEMO_PAIR;
      }),
    );
  }

  // --- storage -------------------------------------------------------------------------------------

  async storage(): Promise<StorageInfo> {
    return storageInfo(await this.options.hub.open());
  }

  /** Deletes kept files; what is loaded from them stays loaded. */
  async deleteStored({ ids }: { ids: string[] }): Promise<StorageInfo> {
    const hub = await this.options.hub.open();
    await hub.remove(ids);
    return storageInfo(hub);
  }

  // --- prompts -------------------------------------------------------------------------------------

  /** Ids and pieces of a text; never adds BOS. Needs no device. */
  async tokenize(text: string, options: { pair?: PairId } = {}): Promise<Tokens> {
    if (typeof text !== 'string') throw new InputError('tokenize takes a text.', { type: typeof text });
    const tokenizer = await pairTokenizer(this.#pairs.get(options.pair ?? this.#current));
    const ids = tokenizer.encode(text);
    return { ids, pieces: tokenizer.pieces(ids) };
  }

  async #prepare(request: PromptRequest): Promise<Prepared> {
    checkEngine(request.engine);
    const pair = this.#pairs.get(request.pair ?? this.#current);
    const wanted = request.arms ? armsOf(pair, request.arms) : defaultArms(pair);
    const missing = wanted.filter((arm) => !arm.loaded);
    const unloaded = missing.find((arm) => !arm.source.onDemand);
    if (unloaded) {
      throw new InputError(`${unloaded.title} is not loaded. Call load({pair: '${pair.id}'}) first.`, {
        arm: unloaded.id,
      });
    }
    if (missing.length > 0) await this.#onDemand(pair, missing, request);
    this.#current = pair.id;
    const arms = wanted.map((arm) => ({ arm, loaded: must(arm.loaded, `${arm.id} did not load`) }));
    const tokenizer = await pairTokenizer(pair, request.signal).catch((error: unknown) => {
      if (request.tokens) return null; // ids need no tokenizer
      throw error;
    });
    const { config } = must(arms[0], 'no arm').loaded.model;
    return { pair, arms, tokenizer, tokens: promptTokens(request, config, tokenizer) };
  }

  /**
   * Does something with every arm while its weights are on the device; the results come in the order of `arms`. Where
   * arms take turns, the one that is there goes first, so that each turn costs one change.
   */
  async #withEach<T>(
    { pair, arms }: Prepared,
    request: CallOptions,
    phase: (arm: Arm) => string,
    body: (arm: Arm, loaded: LoadedArm) => Promise<T>,
  ): Promise<{ arm: Arm; result: T }[]> {
    const results = new Map<Arm, T>();
    const order = [...arms].sort((a, b) => Number(a.loaded.model.parked) - Number(b.loaded.model.parked));
    for (const { arm, loaded } of order) {
      request.signal?.throwIfAborted();
      request.onProgress?.({ done: results.size, total: arms.length, unit: 'arms', phase: phase(arm) });
      await this.#makeResident(pair, arm, request);
      results.set(arm, await body(arm, loaded));
    }
    return arms.map(({ arm }) => ({ arm, result: results.get(arm) as T }));
  }

  /** Runs the arms on a prompt and returns the asked activations. What ran stays on the device until disposed or superseded. */
  run(request: RunRequest): Promise<RunResult> {
    return this.#job(request, async () => {
      if (request.edits?.length) {
        throw new InputError('Edits cannot be applied in this version. Leave `edits` out or empty.', {
          edits: request.edits,
        });
      }
      const prepared = await this.#prepare(request);
      const { pair, tokens } = prepared;
      const hooks = [...new Set(request.hooks ?? [])];
      const read = await this.#withEach(
        prepared,
        request,
        (arm) => `running ${arm.id}`,
        async (_, { model, runs }) => {
          const cache = await runs.get(tokens, hooks, []);
          const values = await cache.ops.read(hooks.map((hook) => cache.get(hook)));
          const infos = new Map(allHooks(model.config, tokens.length).map((info) => [info.name, info]));
          const activations = hooks.map((hook, i) => {
            const { axes, shape } = must(infos.get(hook), hook);
            return [hook, labelled(axes, shape, values[i] as Float32Array)] as const;
          });
          return { activations: Object.fromEntries(activations) };
        },
      );
      const arms = Object.fromEntries(read.map(({ arm, result }) => [arm.id, result]));
      const id = `run-${++this.#runCount}`;
      this.#runs.set(id, { pair: pair.id, arms: Object.keys(arms), tokens });
      return { id, pair: pair.id, tokens, engine: 'wgsl' as const, arms };
    });
  }

  /** One analysis on every arm of the request, and between every two of them where it has such a part. */
  analyze<Id extends AnalysisId>(id: Id, request: AnalysisRequest<Id>): Promise<AnalysisResult<Id>> {
    return this.#job(request, async () => {
      const spec = analysisSpec(id);
      const prepared = await this.#prepare(request);
      const { pair, tokens } = prepared;
      const context = this.#context(prepared, request);
      const done = await this.#withEach(
        prepared,
        request,
        (arm) => `${id} of ${arm.id}`,
        async (arm, { model, runs }) => {
          const hooks = spec.hooks(model.config, request);
          const run = { model, cache: await runs.get(tokens, hooks, everyAnalysisHook(model.config)) };
          const result = await spec.arm({ arm: arm.id, run, parameters: request, context });
          return { run, result: result as never };
        },
      );
      const result: AnalysisResult<Id> = {
        analysis: id,
        pair: pair.id,
        tokens,
        pieces: tokens.map(context.piece),
        engine: 'wgsl',
        arms: Object.fromEntries(done.map(({ arm, result }) => [arm.id, result.result])),
      };
      if (!spec.between) return result;
      result.between = {};
      for (const [i, first] of done.entries()) {
        for (const second of done.slice(i + 1)) {
          request.signal?.throwIfAborted();
          const key = `${first.arm.id}|${second.arm.id}`;
          result.between[key] = await spec.between(first.result, second.result, context);
        }
      }
      return result;
    });
  }

  #context({ pair, arms, tokenizer }: Prepared, request: CallOptions): AnalysisContext {
    return {
      arms: arms.map(({ arm }) => arm.id),
      piece: (id) => tokenizer?.piece(id) ?? `#${id}`,
      tokenIds: (refs) => tokenIds(refs, tokenizer),
      ranked: async (armId, nullDimension) => {
        const arm = armOf(pair, armId);
        if (!arm.loaded && arm.source.onDemand) await this.#onDemand(pair, [arm], request);
        if (!arm.loaded)
          throw new InputError(
            `${arm.title} is not loaded, so its neurons cannot be ranked. Load it first.`,
            { arm: armId },
          );
        const { model, ranked } = arm.loaded;
        const dimension = nullDimension ?? defaultNullDimension(model.config);
        const known = ranked.get(dimension);
        if (known) return known;
        await this.#makeResident(pair, arm, request);
        const ranking = rankConfidenceNeurons(model, dimension);
        ranked.set(dimension, ranking);
        ranking.catch(() => ranked.delete(dimension));
        return ranking;
      },
    };
  }

  /** Frees what the device keeps for a run. Disposing twice is allowed. */
  async dispose({ id }: Pick<RunResult, 'id'>): Promise<void> {
    const run = this.#runs.get(id);
    if (!run) return;
    this.#runs.delete(id);
    await this.#queue.run(async () => {
      const pair = this.#pairs.all().find((pair) => pair.id === run.pair);
      for (const arm of run.arms) pair?.arms.get(arm)?.loaded?.runs.drop(run.tokens);
    });
  }
}

function newlyLoaded(
  model: Model,
  dtype: StorageDType,
  read: LoadedParameters,
  check: ArmCheck | null,
): LoadedArm {
  return { model, dtype, runs: new RunStore(model), ranked: new Map(), notes: read.notes, check };
}

/** The same arm on a rebuilt device: its weights are the same, so what was found out about them holds. */
function takeOver(before: LoadedArm, model: Model): LoadedArm {
  return { ...before, model, runs: new RunStore(model) };
}

/** The loaded arms of a pair, or all of them where none is loaded yet and they load on demand. */
function defaultArms(pair: Pair): Arm[] {
  const arms = [...pair.arms.values()];
  const loaded = arms.filter((arm) => arm.loaded);
  return loaded.length > 0 ? loaded : arms;
}
