/** The engine itself: loads arms, runs prompts, answers analyses, one job at a time on the devices. Lives in the worker; tests use it in-thread. */

import { everyTwo } from '../analysis/armRun.ts';
import { defaultNullDimension, rankConfidenceNeurons } from '../analysis/confidenceNeurons.ts';
import { ioiPairs } from '../analysis/ioi.ts';
import type { IoiPair, PatchPair } from '../analysis/types/index.ts';
import { logitsSource } from '../analysis/unembed.ts';
import { must } from '../base/assert.ts';
import { DeviceError, InputError, toErrorRecord, UnsupportedError } from '../base/errors.ts';
import { turn } from '../base/turn.ts';
import { runHooks } from '../model/backward.ts';
import { checkEdits } from '../model/checkEdits.ts';
import { type Edit, editsFor } from '../model/edits.ts';
import type { HookName } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { analysisSpec, everyAnalysisHook, type OneRunAnalysis, resultsOf } from './analyses.ts';
import type {
  AddRequest,
  AnalysisId,
  AnalysisRequest,
  AnalysisResult,
  ArmId,
  ArmResults,
  Budget,
  BudgetRequest,
  CallOptions,
  EditedResult,
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
  PromptRequest,
  RunRequest,
  RunResult,
  StorageInfo,
  Tokens,
} from './api.ts';
import { type Arm, armOf, armsOf, type Instance, type Pair, pairInfo, unloadArm } from './arms.ts';
import { attributionPatching } from './attributionPatching.ts';
import { corpus, corpusPlan, givesIds } from './corpus.ts';
import { checkEditing, checkReach, refuseEdits, refuseFinalNorm, withTokens } from './edits.ts';
import { Engines, type EnginesOptions, otherEngine } from './engines.ts';
import { generate } from './generate.ts';
import { askedGradients, checkDerivable, readGradients, readHooks } from './gradients.ts';
import { inspectArm, pairTokenizer, readAhead } from './loading.ts';
import { LoadMeter } from './loadMeter.ts';
import { Pairs, type PairsOptions } from './pairs.ts';
import { activationPatching, type PatchingHead } from './patching.ts';
import { type AskedPair, askedPairs, haveTexts, pairsOf, refusePrompt } from './patchingPrompts.ts';
import { checkEngine, checkStorage, promptTokens, tokenIds } from './prompts.ts';
import { Queue } from './queue.ts';
import { DEMO_PAIR } from './registry.ts';
import { type LoadPlan, Residence } from './residence.ts';
import { RunStore } from './runStore.ts';
import type { AnalysisContext } from './specs/spec.ts';
import type { Stage } from './stage.ts';
import { STARTING } from './status.ts';
import { storageInfo } from './storage.ts';
import { type Surroundings, verify } from './verify.ts';

export interface ServiceOptions extends PairsOptions, EnginesOptions {
  /** What `verify` tells of where it ran. */
  surroundings: Surroundings;
  onStatus: (status: EngineStatus) => void;
}

/** A prompt turned into what is fed, the arms it is for, and the engine they are on. */
interface Prepared {
  pair: Pair;
  engine: EngineId;
  arms: { arm: Arm; instance: Instance }[];
  tokens: number[];
  tokenizer: Tokenizer | null;
  edits: readonly Edit[];
}

export class EngineService {
  #pairs: Pairs;
  #engines: Engines;
  #residence: Residence;
  #current: PairId = DEMO_PAIR;
  /** Work on the devices. */
  #queue = new Queue();
  /** Loads, which take long and touch the device only now and then: prompts are answered between their steps. */
  #loads = new Queue();
  #status: EngineStatus = STARTING;
  #runs = new Map<string, Prepared>();
  #runCount = 0;

  constructor(private readonly options: ServiceOptions) {
    this.#pairs = new Pairs(options);
    this.#engines = new Engines(options);
    this.#residence = new Residence({
      engines: this.#engines,
      pairs: this.#pairs,
      queue: this.#queue,
      report: (change) => this.#report(change),
    });
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
        await this.#queue.run(async () => {
          for (const arm of arms) unloadArm(arm);
        });
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

  /** Prompts about who is given something, in words of the pair's vocabulary. Needs no device. */
  async ioi({
    pair,
    set = 'seeded',
    count = 16,
    seed = 0,
    template = 0,
  }: IoiRequest = {}): Promise<IoiPair[]> {
    const tokenizer = await pairTokenizer(this.#pairs.get(pair ?? this.#current));
    return ioiPairs({ set, count, seed, template }, (text) => tokenizer.encode(text).length === 1);
  }

  /** `editing`: it is asked of an engine that edits, whether or not the request itself has edits. */
  async #prepare(request: PromptRequest, editing = false): Promise<Prepared> {
    const asked = checkEdits(request.edits ?? []);
    const gathered = await this.#gather(request, editing || asked.length > 0);
    this.#current = gathered.pair.id;
    const configs = gathered.arms.map(({ instance }) => instance.model.config);
    const config = must(configs[0], 'no arm');
    const tokens = promptTokens(request, config, gathered.tokenizer);
    const edits = withTokens(asked, (source) => promptTokens(source, config, gathered.tokenizer));
    checkReach(configs, edits, tokens.length);
    return { ...gathered, tokens, edits };
  }

  /** The arms of a request on its engine; without a tokenizer only where the request gives ids. */
  async #gather(request: PromptRequest, editing = false): Promise<Omit<Prepared, 'tokens' | 'edits'>> {
    const pair = this.#pairs.get(request.pair ?? this.#current);
    const wanted = request.arms ? armsOf(pair, request.arms) : defaultArms(pair);
    const unloaded = wanted.find((arm) => !arm.loaded && !arm.source.onDemand);
    if (unloaded) {
      throw new InputError(`${unloaded.title} is not loaded. Call load({pair: '${pair.id}'}) first.`, {
        arm: unloaded.id,
      });
    }
    const engine = this.#engineFor(request.engine, wanted, editing);
    await this.#residence.bringTo(pair, wanted, engine, request);
    const arms = wanted.map((arm) => ({
      arm,
      instance: must(arm.loaded?.on.get(engine), `${arm.id} did not load`),
    }));
    const tokenizer = await pairTokenizer(pair, request.signal).catch((error: unknown) => {
      if (request.tokens) return null; // ids need no tokenizer
      throw error;
    });
    return { pair, engine, arms, tokenizer };
  }

  /**
   * The engine a request runs on: as asked, else as chosen, else as it suits the machine; there, weights that would have
   * to be read anew give way to an engine that has them all. Edits are for our own kernels.
   */
  #engineFor(choice: EngineChoice | undefined, wanted: readonly Arm[], editing: boolean): EngineId {
    const asked = checkEngine(choice);
    if (editing) {
      checkEditing(asked);
      return 'wgsl';
    }
    if (asked !== 'auto') return asked;
    const { engine } = this.#engines.route();
    const other = otherEngine(engine);
    const hasAll = wanted.every((arm) => arm.loaded?.on.has(engine) || arm.source.onDemand);
    const otherHasAll = wanted.every((arm) => arm.loaded?.on.has(other));
    return this.#engines.choice === 'auto' && !hasAll && otherHasAll ? other : engine;
  }

  /**
   * Does something with every arm while its weights are on the device; the results come in the order of `arms`. Where
   * arms take turns, the one that is there goes first, so that each turn costs one change.
   */
  async #withEach<T>(
    { pair, engine, arms }: Prepared,
    request: CallOptions,
    phase: (arm: Arm) => string,
    body: (arm: Arm, instance: Instance) => Promise<T>,
  ): Promise<{ arm: Arm; result: T }[]> {
    const results = new Map<Arm, T>();
    const order = [...arms].sort((a, b) => Number(a.instance.model.parked) - Number(b.instance.model.parked));
    for (const { arm, instance } of order) {
      request.signal?.throwIfAborted();
      request.onProgress?.({ done: results.size, total: arms.length, unit: 'arms', phase: phase(arm) });
      await this.#residence.makeResident(pair, arm, engine, request);
      results.set(arm, await body(arm, instance));
    }
    return arms.map(({ arm }) => ({ arm, result: results.get(arm) as T }));
  }

  /** Makes what `#withEach` will ask of the arms' runs as one job, where all arms are there at once. */
  #runTogether(
    { arms, tokens, edits }: Prepared,
    wanted: (model: Model) => { hooks: readonly HookName[]; also: readonly HookName[] },
  ): void {
    if (arms.some(({ instance }) => instance.model.parked)) return;
    const asks = arms.map(({ instance: { model, runs } }) => ({
      store: runs,
      edits: editsFor(model.config, edits),
      ...wanted(model),
    }));
    RunStore.makeTogether(tokens, asks);
  }

  /**
   * Runs the arms on a prompt and returns the asked activations, and the gradients of a metric where they are asked for. What
   * ran stays on the device until disposed or superseded.
   */
  run(request: RunRequest): Promise<RunResult> {
    return this.#job(request, async () => {
      if (request.gradients) checkDerivable(request.engine);
      const prepared = await this.#prepare(request, request.gradients !== undefined);
      const { pair, engine, tokens, tokenizer } = prepared;
      const { config } = must(prepared.arms[0], 'no arm').instance.model;
      const asked =
        request.gradients && askedGradients(request.gradients, { ...request, tokens, config, tokenizer });
      const hooks = [...new Set(request.hooks ?? [])];
      const wanted = (model: Model) => {
        const edits = editsFor(model.config, prepared.edits);
        const back = asked ? runHooks(model, [tokens], new Set(asked.hooks), edits) : [];
        return { hooks: [...new Set([...hooks, ...back])], also: [] };
      };
      this.#runTogether(prepared, wanted);
      const read = await this.#withEach(
        prepared,
        request,
        (arm) => `running ${arm.id}`,
        async (_, { model, runs }) => {
          const cache = await runs.get(
            tokens,
            wanted(model).hooks,
            [],
            editsFor(model.config, prepared.edits),
          );
          const activations = await readHooks(cache.ops, (hook) => cache.get(hook), hooks, model, cache);
          return { activations, ...(asked && (await readGradients(model, cache, asked))) };
        },
      );
      const arms = Object.fromEntries(read.map(({ arm, result }) => [arm.id, result]));
      const id = `run-${++this.#runCount}`;
      this.#runs.set(id, prepared);
      return { id, pair: pair.id, tokens, engine, arms, ...edited(prepared) };
    });
  }

  /** One analysis on every arm of the request, and between every two of them where it has such a part. */
  analyze<Id extends AnalysisId>(id: Id, request: AnalysisRequest<Id>): Promise<AnalysisResult<Id>> {
    const asked: AnalysisId = id;
    const result =
      asked === 'verify'
        ? this.#verify(request)
        : asked === 'corpus'
          ? this.#corpus(request as AnalysisRequest<'corpus'>)
          : asked === 'activation-patching'
            ? this.#activationPatching(request as AnalysisRequest<'activation-patching'>)
            : asked === 'attribution-patching'
              ? this.#attributionPatching(request as AnalysisRequest<'attribution-patching'>)
              : this.#analyze(asked, request);
    return result as Promise<unknown> as Promise<AnalysisResult<Id>>;
  }

  #analyze<Id extends OneRunAnalysis>(id: Id, request: AnalysisRequest<Id>): Promise<ArmResults<Id>> {
    return this.#job(request, async () => {
      const spec = analysisSpec(id);
      const prepared = await this.#prepare(request, spec.edits);
      if (spec.normsItself) refuseFinalNorm(id, prepared.edits);
      const { pair, engine, arms, tokens } = prepared;
      const context = this.#context(prepared, request);
      // An arm that will have had its turn by then cannot unembed what is asked of several arms at once.
      const turns = arms.length > 1 && arms.some(({ instance }) => instance.model.parked);
      const wanted = (model: Model) => {
        const logits = turns ? 'logits' : logitsSource(model);
        const hooks = spec.hooks({ config: model.config, logits }, request);
        return { hooks, also: everyAnalysisHook(model.config, logits) };
      };
      this.#runTogether(prepared, wanted);
      const done = await this.#withEach(
        prepared,
        request,
        (arm) => `${id} of ${arm.id}`,
        async (arm, { model, runs }) => {
          const { hooks, also } = wanted(model);
          const edits = editsFor(model.config, prepared.edits);
          const run = { model, cache: await runs.get(tokens, hooks, also, edits) };
          const byArm = 'arm' in spec && (turns || !('together' in spec));
          const own = byArm ? await spec.arm({ arm: arm.id, run, parameters: request, context }) : null;
          return { run, own };
        },
      );
      request.signal?.throwIfAborted();
      const ids = done.map(({ arm }) => arm.id);
      const parts = done.map(({ result }) => result);
      const { arms: results, between } = await resultsOf(spec, parts, request, context);
      const result: ArmResults<Id> = {
        analysis: id,
        pair: pair.id,
        tokens,
        pieces: tokens.map(context.piece),
        engine,
        arms: keyed(ids, results),
        ...edited(prepared),
      };
      if (!between) return result;
      const pairs = everyTwo(ids).map((two) => two.join('|'));
      return { ...result, between: keyed(pairs, between) };
    });
  }

  /** Every hook of every arm on every engine there is, against each other. */
  #verify(request: AnalysisRequest<'verify'>): Promise<AnalysisResult<'verify'>> {
    return this.#job(request, async () => {
      refuseEdits('verify', request.edits);
      const prepared = await this.#prepare(request);
      const { pair, tokens, tokenizer, arms } = prepared;
      const { report, ...result } = await verify(
        { pair, tokens, arms: arms.map(({ arm }) => arm) },
        { engines: this.#engines, residence: this.#residence, surroundings: this.options.surroundings },
        request,
      );
      this.#tellEngines();
      const pieces = tokens.map((id) => tokenizer?.piece(id) ?? `#${id}`);
      return { analysis: 'verify', pair: pair.id, tokens, pieces, ...result, ...report };
    });
  }

  /** A whole text, read in many jobs: between them other requests get their turn. */
  async #corpus(request: AnalysisRequest<'corpus'>): Promise<AnalysisResult<'corpus'>> {
    const { pair, engine, arms, tokenizer, plan } = await this.#job(request, async () => {
      refuseEdits('corpus', request.edits);
      const ids = givesIds(request) ? (request.tokens ?? []) : undefined;
      const gathered = await this.#gather({ ...request, tokens: ids });
      const { config } = must(gathered.arms[0], 'no arm').instance.model;
      return {
        ...gathered,
        plan: corpusPlan(
          request,
          config,
          gathered.tokenizer,
          gathered.arms.map(({ arm }) => arm.id),
        ),
      };
    });
    const stage = this.#stage({ pair, engine, arms }, request);
    const piece = (id: number) => tokenizer?.piece(id) ?? `#${id}`;
    const asAsked = arms.map(({ arm, instance }) => ({ id: arm.id, config: instance.model.config }));
    const head = { pair: pair.id, engine, piece, arms: asAsked };
    return corpus(stage, plan, head, request);
  }

  /** Two prompts and every patched run between them, in many jobs. */
  async #activationPatching(
    request: AnalysisRequest<'activation-patching'>,
  ): Promise<AnalysisResult<'activation-patching'>> {
    const { stage, asked, head } = await this.#patching('activation-patching', [request], request);
    return activationPatching(stage, must(asked[0], 'no pair'), request, head);
  }

  /** The same foreseen by a gradient, of one pair of prompts or several. */
  async #attributionPatching(
    request: AnalysisRequest<'attribution-patching'>,
  ): Promise<AnalysisResult<'attribution-patching'>> {
    const { stage, asked, head } = await this.#patching('attribution-patching', pairsOf(request), request);
    return attributionPatching(stage, asked, request, head);
  }

  /** Whom a patching analysis asks, about which ids. */
  async #patching(
    id: 'activation-patching' | 'attribution-patching',
    pairs: readonly PatchPair[],
    request: PromptRequest,
  ): Promise<{ stage: Stage; asked: AskedPair[]; head: PatchingHead }> {
    return this.#job(request, async () => {
      refuseEdits(id, request.edits);
      refusePrompt(id, request);
      const ids = haveTexts(pairs) ? undefined : [];
      const { pair, engine, arms, tokenizer } = await this.#gather({ ...request, tokens: ids }, true);
      const { config } = must(arms[0], 'no arm').instance.model;
      const piece = (id: number) => tokenizer?.piece(id) ?? `#${id}`;
      return {
        stage: this.#stage({ pair, engine, arms }, request),
        asked: askedPairs(pairs, request, config, tokenizer),
        head: { pair: pair.id, engine, piece, arms: arms.map(({ arm }) => arm.id) },
      };
    });
  }

  /** Arms for work of many jobs. What is loaded anew meanwhile must be the same weights, which the jobs check. */
  #stage({ pair, engine, arms }: Pick<Prepared, 'pair' | 'engine' | 'arms'>, { signal }: CallOptions): Stage {
    const kept = new Map(arms.map(({ arm }) => [arm.id, arm.loaded?.dtype]));
    return {
      arms: [...arms]
        .sort((a, b) => Number(a.instance.model.parked) - Number(b.instance.model.parked))
        .map(({ arm, instance }) => ({ id: arm.id, config: instance.model.config })),
      together: arms.every(({ instance }) => !instance.model.parked),
      withArms: async (ids, body) => {
        await turn();
        return this.#job({ signal }, async () => {
          const now = await this.#gather({ pair: pair.id, arms: [...ids], engine, tokens: [], signal });
          for (const { arm } of now.arms) {
            if (arm.loaded?.dtype !== kept.get(arm.id))
              throw new InputError(
                `${arm.title} was loaded with other weights while this was under way. Start again.`,
                { arm: arm.id },
              );
            await this.#residence.makeResident(pair, arm, engine, { signal });
          }
          return body(now.arms.map(({ instance }) => instance.model));
        });
      },
    };
  }

  #context({ pair, engine, arms, tokenizer, edits }: Prepared, request: CallOptions): AnalysisContext {
    return {
      arms: arms.map(({ arm }) => arm.id),
      edits,
      piece: (id) => tokenizer?.piece(id) ?? `#${id}`,
      tokenIds: (refs) => tokenIds(refs, tokenizer),
      step: async (done, total, phase) => {
        request.onProgress?.({ done, total, unit: 'steps', phase });
        await turn();
        request.signal?.throwIfAborted();
      },
      ranked: async (armId, nullDimension) => {
        const arm = armOf(pair, armId);
        if (!arm.loaded && !arm.source.onDemand)
          throw new InputError(
            `${arm.title} is not loaded, so its neurons cannot be ranked. Load it first.`,
            { arm: armId },
          );
        await this.#residence.bringTo(pair, [arm], engine, request);
        const { model, ranked } = must(arm.loaded?.on.get(engine), `${armId} did not load`);
        const dimension = nullDimension ?? defaultNullDimension(model.config);
        const known = ranked.get(dimension);
        if (known) return known;
        await this.#residence.makeResident(pair, arm, engine, request);
        const ranking = rankConfidenceNeurons(model, dimension);
        ranked.set(dimension, ranking);
        ranking.catch(() => ranked.delete(dimension));
        return ranking;
      },
      bringBack: (armId) => this.#residence.makeResident(pair, armOf(pair, armId), engine, request),
    };
  }

  /** Continues a prompt on every arm of the request. One job: whatever else is asked waits until it ends or is aborted. */
  generate(request: GenerateRequest): Promise<GenerateResult> {
    return this.#job(request, async () => {
      refuseEdits('generate', request.edits);
      const prepared = await this.#prepare(request);
      const { pair, engine, tokens, tokenizer } = prepared;
      const arms = prepared.arms.map(({ arm, instance }) => ({ id: arm.id, model: instance.model }));
      const generated = await generate(
        {
          arms,
          prompt: tokens,
          tokenizer,
          together: arms.every(({ model }) => !model.parked),
          each: async (ids, phase, body) => {
            const some = { ...prepared, arms: prepared.arms.filter(({ arm }) => ids.includes(arm.id)) };
            const done = await this.#withEach(
              some,
              request,
              ({ id }) => phase(id),
              (arm, { model }) => body(arm.id, model),
            );
            return done.map(({ result }) => result);
          },
        },
        request,
      );
      const pieces = tokens.map((id) => tokenizer?.piece(id) ?? `#${id}`);
      return { pair: pair.id, engine, tokens, pieces, ...generated };
    });
  }

  /** Frees what the device keeps for a run. Disposing twice is allowed. */
  async dispose({ id }: Pick<RunResult, 'id'>): Promise<void> {
    const run = this.#runs.get(id);
    if (!run) return;
    this.#runs.delete(id);
    const { engine, arms, tokens, edits } = run;
    await this.#queue.run(async () => {
      for (const { arm } of arms) {
        const instance = arm.loaded?.on.get(engine);
        instance?.runs.drop(tokens, editsFor(instance.model.config, edits));
      }
    });
  }
}

/** What a result says of its request's edits: nothing where there were none. */
function edited({ edits, arms }: Prepared): EditedResult {
  if (edits.length === 0) return {};
  const unedited = arms.filter(({ instance }) => editsFor(instance.model.config, edits).length === 0);
  return { edits, unedited: unedited.map(({ arm }) => arm.id) };
}

/** The loaded arms of a pair, or all of them where none is loaded yet and they load on demand. */
function defaultArms(pair: Pair): Arm[] {
  const arms = [...pair.arms.values()];
  const loaded = arms.filter((arm) => arm.loaded);
  return loaded.length > 0 ? loaded : arms;
}

function keyed<T>(keys: readonly string[], values: readonly T[]): Record<string, T> {
  return Object.fromEntries(keys.map((key, i) => [key, values[i] as T]));
}
