/** The engine itself: opens devices, loads arms and has requests answered, one job at a time. Lives in the worker; tests use it in-thread. */

import { ioiPairs } from '../analysis/ioi.ts';
import type { IoiPair } from '../analysis/types/index.ts';
import { DeviceError, InputError, toErrorRecord, UnsupportedError } from '../base/errors.ts';
import { Answers } from './answers.ts';
import type {
  AddRequest,
  AnalysisId,
  AnalysisRequest,
  AnalysisResult,
  ArmId,
  Budget,
  BudgetRequest,
  CallOptions,
  EngineChoice,
  EngineId,
  EngineRoute,
  EngineStatus,
  GenerateRequest,
  GenerateResult,
  IoiRequest,
  LoadFilesRequest,
  LoadRequest,
  PairId,
  PairInfo,
  RunRequest,
  RunResult,
  StorageInfo,
  Tokens,
} from './api.ts';
import { type Arm, armsOf, type Pair, pairInfo, unloadArm } from './arms.ts';
import { Casting } from './casting.ts';
import { Engines, type EnginesOptions } from './engines.ts';
import { inspectArm, pairTokenizer, readAhead } from './loading.ts';
import { LoadMeter } from './loadMeter.ts';
import { Pairs, type PairsOptions } from './pairs.ts';
import { checkEngine, checkStorage } from './prompts.ts';
import { Queue } from './queue.ts';
import { DEMO_PAIR } from './registry.ts';
import { type LoadPlan, Residence } from './residence.ts';
import { STARTING } from './status.ts';
import { storageInfo } from './storage.ts';
import type { Surroundings } from './verify.ts';

export interface ServiceOptions extends PairsOptions, EnginesOptions {
  /** What `verify` tells of where it ran. */
  surroundings: Surroundings;
  onStatus: (status: EngineStatus) => void;
}

export class EngineService {
  #pairs: Pairs;
  #engines: Engines;
  #residence: Residence;
  /** Work on the devices. */
  #queue = new Queue();
  /** Loads, which take long and touch the device only now and then: prompts are answered between their steps. */
  #loads = new Queue();
  #status: EngineStatus = STARTING;
  #casting: Casting;
  #answers: Answers;

  constructor(private readonly options: ServiceOptions) {
    this.#pairs = new Pairs(options);
    this.#engines = new Engines(options);
    this.#residence = new Residence({
      engines: this.#engines,
      pairs: this.#pairs,
      queue: this.#queue,
      report: (change) => this.#report(change),
    });
    const house = {
      pairs: this.#pairs,
      engines: this.#engines,
      residence: this.#residence,
      job: <T>(asked: CallOptions, job: () => Promise<T>) => this.#job(asked, job),
    };
    this.#casting = new Casting(house);
    this.#answers = new Answers(
      {
        ...house,
        surroundings: options.surroundings,
        queue: this.#queue,
        tellEngines: () => this.#tellEngines(),
      },
      this.#casting,
    );
  }

  // --- life ----------------------------------------------------------------------------------------

  /**
   * Opens the engine that suits this machine, or the one chosen, and loads every arm of the demo pair on it.
   * Returns which one. UnsupportedError where nothing can run.
   */
  start({ engine = 'auto' }: { engine?: EngineChoice } = {}): Promise<EngineRoute> {
    return this.#queue.run(async () => {
      try {
        const demo = this.#pairs.get(DEMO_PAIR);
        for (const arm of demo.arms.values()) readAhead(arm);
        this.#engines.choice = checkEngine(engine);
        await this.#engines.look();
        await this.#openRouted();
        const route = this.#engines.route();
        for (const arm of demo.arms.values()) await this.#residence.loadInJob(demo, arm, route.engine, 'f32');
        this.#report({ phase: 'ready', message: 'Ready.', progress: null, error: null });
        return route;
      } catch (error) {
        this.#fail(error);
        throw error;
      }
    });
  }

  /** Within a job. */
  async #openRouted(): Promise<void> {
    try {
      await this.#engines.openRouted(this.#residence.opening);
    } finally {
      this.#tellEngines();
    }
  }

  #tellEngines(): void {
    const { adapter } = this.#engines;
    this.#report({ adapter, engines: this.#engines.infos(), route: this.#engines.routeOrNull() });
  }

  /** Chooses who answers where a request names no engine; the demo is brought there. The choice before stays where it cannot run. */
  setEngine({ engine, ...options }: { engine: EngineChoice } & CallOptions): Promise<EngineRoute> {
    return this.#job(options, async () => {
      const before = this.#engines.choice;
      this.#engines.choice = checkEngine(engine);
      try {
        return await this.#residence.thenReady(async () => {
          if (engine === 'auto') await this.#openRouted();
          else await this.#residence.open(engine);
          const route = this.#engines.route();
          const demo = this.#pairs.get(DEMO_PAIR);
          await this.#residence.bringTo(demo, [...demo.arms.values()], route.engine, options);
          return route;
        });
      } catch (error) {
        this.#engines.choice = before;
        throw error;
      } finally {
        this.#tellEngines();
      }
    });
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
   * Runs a job on the devices, one at a time. A graphics device lost on the way is rebuilt with everything that was
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
          this.#residence.dropRuns(); // a run that found no memory must not be kept, and what the others hold is needed now
          throw error;
        }
        await this.#recover(error);
        options.signal?.throwIfAborted();
        return await job();
      }
    }, options.signal);
  }

  #checkRunnable(): void {
    if (this.#engines.opened('wgsl') || this.#engines.opened('ort')) return;
    throw new UnsupportedError(
      `Nothing can be computed: ${this.#status.error?.message ?? 'the engine has not started.'}`,
      this.#status.error?.data,
    );
  }

  async #recover(cause: DeviceError): Promise<void> {
    let lost: string[];
    try {
      lost = await this.#residence.recover(cause);
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

  /** What loading arms of a pair would take. Looks nothing up on the Hub: what is not known yet is the registry's figure. */
  budget(request: BudgetRequest): Promise<Budget> {
    return this.#job(request, async () => {
      const pair = this.#pairs.get(request.pair);
      return this.#residence.budget(pair, armsOf(pair, request.arms), this.#loadingEngine(request.engine));
    });
  }

  /** Where weights are loaded: as asked, else as chosen, else as it suits the machine. */
  #loadingEngine(choice: EngineChoice | undefined): EngineId {
    const asked = checkEngine(choice);
    return asked === 'auto' ? this.#engines.route().engine : asked;
  }

  /** How to load arms: as asked, else as they are, else as the budget suggests. DeviceError where it cannot fit. */
  async #plan(pair: Pair, arms: readonly Arm[], request: LoadRequest): Promise<LoadPlan> {
    const meter = new LoadMeter(request.onProgress);
    const engine = this.#loadingEngine(request.engine);
    const asLoaded = arms.find((arm) => arm.loaded)?.loaded?.dtype;
    const dtype = request.dtype ?? asLoaded ?? (arms.every((arm) => arm.source.onDemand) ? 'f32' : undefined);
    if (dtype && request.residency) return { ...request, engine, dtype, residency: request.residency, meter };
    const budget = await this.#queue.run(() => this.#residence.budget(pair, arms, engine), request.signal);
    const chosen = dtype ?? budget.suggested?.dtype ?? 'q8';
    const { residency, message } = budget.plans[chosen];
    if (residency === 'does-not-fit')
      throw new DeviceError(`${pair.title}: ${message} ${budget.basis}`, {
        pair: pair.id,
        dtype: chosen,
        budget,
      });
    const suggested = dtype ? residency : (budget.suggested?.residency ?? residency);
    return { ...request, engine, dtype: chosen, residency: request.residency ?? suggested, meter };
  }

  #load(pair: Pair, arms: readonly Arm[], plan: LoadPlan): Promise<void> {
    return this.#residence.loadBeside(pair, arms, plan, (cause) => this.#recover(cause));
  }

  async pairs(): Promise<PairInfo[]> {
    return this.#pairs.all().map(pairInfo);
  }

  /** Loads arms (default: all of the pair) and makes the pair the current one. Prompts are answered meanwhile. */
  load(request: LoadRequest): Promise<PairInfo> {
    return this.#loads.run(async () => {
      this.#checkRunnable();
      checkStorage(request);
      const pair = this.#pairs.get(request.pair);
      const arms = armsOf(pair, request.arms);
      await this.#load(pair, arms, await this.#plan(pair, arms, request));
      this.#casting.current = pair.id;
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
        await this.#queue.run(async () => {
          for (const arm of arms) unloadArm(arm);
        });
        throw error;
      }
      await this.#queue.run(async () => {
        for (const arm of this.#pairs.put(pair)?.arms.values() ?? []) unloadArm(arm);
      });
      this.#casting.current = pair.id;
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
        if (this.#casting.current === pair.id) this.#casting.current = DEMO_PAIR;
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
    const tokenizer = await pairTokenizer(this.#pairs.get(options.pair ?? this.#casting.current));
    const ids = tokenizer.encode(text);
    return { ids, pieces: tokenizer.pieces(ids) };
  }

  /** Prompts about who is given something, in words of the pair's vocabulary. Needs no device. */
  async ioi({
    pair,
    set = 'seeded',
    count = 16,
    seed = 0,
    template = 0,
  }: IoiRequest = {}): Promise<IoiPair[]> {
    const tokenizer = await pairTokenizer(this.#pairs.get(pair ?? this.#casting.current));
    return ioiPairs({ set, count, seed, template }, (text) => tokenizer.encode(text).length === 1);
  }

  // --- answers: answers.ts ---------------------------------------------------------------------------

  run(request: RunRequest): Promise<RunResult> {
    return this.#answers.run(request);
  }

  dispose(run: Pick<RunResult, 'id'>): Promise<void> {
    return this.#answers.dispose(run);
  }

  analyze<Id extends AnalysisId>(id: Id, request: AnalysisRequest<Id>): Promise<AnalysisResult<Id>> {
    return this.#answers.analyze(id, request);
  }

  generate(request: GenerateRequest): Promise<GenerateResult> {
    return this.#answers.generate(request);
  }
}
