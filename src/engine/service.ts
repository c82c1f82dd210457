/** The engine itself: loads arms, runs prompts, answers analyses, one job at a time. Lives in the worker; tests use it in-thread. */

import { defaultNullDimension, rankConfidenceNeurons } from '../analysis/confidenceNeurons.ts';
import { must } from '../base/assert.ts';
import { DeviceError, InputError, toErrorRecord, UnsupportedError } from '../base/errors.ts';
import { allHooks } from '../model/hooks.ts';
import { labelled } from '../tensor/tensor.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { CheckpointFiles } from '../weights/byteSource.ts';
import { localFiles } from '../weights/localFiles.ts';
import { type AnalysisContext, analysisSpec, everyAnalysisHook } from './analyses.ts';
import type {
  AnalysisId,
  AnalysisRequest,
  AnalysisResult,
  ArmId,
  CallOptions,
  EngineStatus,
  LoadFilesRequest,
  LoadRequest,
  PairId,
  PairInfo,
  Progress,
  PromptRequest,
  RunRequest,
  RunResult,
  Tokens,
} from './api.ts';
import type { Device, OpenDevice } from './device.ts';
import {
  type Arm,
  type LoadedArm,
  loadArm,
  type Pair,
  pairInfo,
  pairTokenizer,
  readAhead,
  unloadArm,
} from './pairs.ts';
import { Queue } from './queue.ts';
import { DEMO_PAIR, type RegisteredPair } from './registry.ts';
import { STARTING } from './status.ts';

export interface ServiceOptions {
  openDevice: OpenDevice;
  registry: readonly RegisteredPair[];
  /** The checkpoint at a registry path; a fresh one per load, so that its bytes can be let go. */
  openBundled: (path: string) => CheckpointFiles;
  onStatus: (status: EngineStatus) => void;
}

/** What loading arms takes besides which ones. */
type ArmLoad = Omit<LoadRequest, 'pair' | 'arms'>;

/** A prompt turned into what is fed, and the arms it is for. */
interface Prepared {
  pair: Pair;
  arms: Map<ArmId, LoadedArm>;
  tokens: number[];
  tokenizer: Tokenizer | null;
}

export class EngineService {
  #device: Device | null = null;
  #pairs = new Map<PairId, Pair>();
  #current: PairId = DEMO_PAIR;
  #queue = new Queue();
  #status: EngineStatus = STARTING;
  #runs = new Map<string, { pair: PairId; arms: ArmId[]; tokens: number[] }>();
  #runCount = 0;

  constructor(private readonly options: ServiceOptions) {
    for (const pair of options.registry) this.#pairs.set(pair.id, this.#registered(pair));
  }

  // --- life ----------------------------------------------------------------------------------------

  /** Opens the device and loads every arm of the demo pair. UnsupportedError where nothing can run. */
  start(): Promise<void> {
    return this.#queue.run(async () => {
      try {
        const demo = this.#pair(DEMO_PAIR);
        for (const arm of demo.arms.values()) readAhead(arm);
        await this.#openDevice();
        await this.#loadArms(demo, [...demo.arms.values()], {});
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
    for (const pair of this.#pairs.values()) {
      for (const arm of pair.arms.values()) arm.loaded?.runs.clear();
    }
  }

  #checkRunnable(): void {
    if (this.#device) return;
    throw new UnsupportedError(
      `Nothing can be computed: ${this.#status.error?.message ?? 'the engine has not started.'}`,
      this.#status.error?.data,
    );
  }

  async #recover(cause: DeviceError): Promise<void> {
    this.#report({ phase: 'recovering', message: `${cause.message} Rebuilding it and repeating the run.` });
    const wanted = [...this.#pairs.values()].flatMap((pair) =>
      [...pair.arms.values()]
        .filter((arm) => arm.loaded)
        .map((arm) => ({ pair, arm, dtype: arm.loaded?.dtype })),
    );
    this.#device?.destroy();
    this.#device = null;
    for (const { arm } of wanted) arm.loaded = null; // its memory went with the device
    try {
      await this.#openDevice();
      for (const { pair, arm, dtype } of wanted) await this.#loadArms(pair, [arm], { dtype });
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    this.#report({
      phase: 'ready',
      message: 'The graphics device was lost; it was rebuilt and the run repeated.',
      progress: null,
      recoveries: this.#status.recoveries + 1,
    });
  }

  // --- pairs and arms ------------------------------------------------------------------------------

  #registered(pair: RegisteredPair): Pair {
    const arms = pair.arms.map((arm): [ArmId, Arm] => {
      const open = () => this.options.openBundled(arm.path);
      return [
        arm.id,
        {
          id: arm.id,
          title: arm.title,
          source: 'bundled with the page',
          onDemand: true,
          open,
          ahead: null,
          loaded: null,
        },
      ];
    });
    return { id: pair.id, title: pair.title, arms: new Map(arms), tokenizer: null };
  }

  #pair(id: PairId = this.#current): Pair {
    const pair = this.#pairs.get(id);
    if (pair) return pair;
    const known = [...this.#pairs.keys()];
    throw new InputError(`There is no pair '${id}'. There are: ${known.join(', ')}.`, { pair: id, known });
  }

  #arm(pair: Pair, id: ArmId): Arm {
    const arm = pair.arms.get(id);
    if (arm) return arm;
    const known = [...pair.arms.keys()];
    throw new InputError(`The pair ${pair.id} has no arm '${id}'. It has: ${known.join(', ')}.`, {
      arm: id,
      known,
    });
  }

  async #loadArms(pair: Pair, arms: readonly Arm[], request: ArmLoad): Promise<void> {
    const backend = must(this.#device, 'a load without a device').backend;
    for (const arm of arms) {
      const dtype = request.dtype ?? arm.loaded?.dtype ?? 'f32';
      if (arm.loaded?.dtype === dtype) continue;
      this.#report({ phase: 'loading', message: `Loading ${arm.title}.`, progress: null });
      const onProgress = (progress: Progress) => {
        this.#report({ progress });
        request.onProgress?.(progress);
      };
      await loadArm(pair, arm, { backend, dtype, signal: request.signal, onProgress });
    }
  }

  /** A load that a person or an analysis asked for: whatever comes of it, the engine is ready again afterwards. */
  async #loadInJob(pair: Pair, arms: readonly Arm[], request: ArmLoad): Promise<void> {
    try {
      await this.#loadArms(pair, arms, request);
    } finally {
      this.#report({ phase: 'ready', message: 'Ready.', progress: null });
    }
  }

  async pairs(): Promise<PairInfo[]> {
    return [...this.#pairs.values()].map(pairInfo);
  }

  /** Loads arms (default: all of the pair) and makes the pair the current one. */
  load(request: LoadRequest): Promise<PairInfo> {
    return this.#job(request, async () => {
      checkEngine(request.engine);
      checkDtype(request.dtype);
      const pair = this.#pair(request.pair);
      const arms = request.arms?.map((id) => this.#arm(pair, id)) ?? [...pair.arms.values()];
      await this.#loadInJob(pair, arms, request);
      this.#current = pair.id;
      return pairInfo(pair);
    });
  }

  /** A new pair from files a person picked; replaces a pair of picked files with the same id, never a bundled one. */
  loadFiles(request: LoadFilesRequest): Promise<PairInfo> {
    return this.#job(request, async () => {
      checkDtype(request.dtype);
      const { id, title = id } = request;
      if (!id || this.options.registry.some((pair) => pair.id === id)) {
        throw new InputError(
          `'${id}' cannot name a pair of files: it is empty or taken. Choose another id.`,
          { id },
        );
      }
      const chosen = Object.entries(request.arms ?? {});
      if (chosen.length === 0)
        throw new InputError('No arm was given. Name at least one, e.g. {original: files}.', { id });
      const arms = chosen.map(([arm, files]): [ArmId, Arm] => {
        const checkpoint = localFiles(files, arm);
        return [
          arm,
          {
            id: arm,
            title: arm,
            source: 'files from this device',
            onDemand: false,
            open: () => checkpoint,
            ahead: null,
            loaded: null,
          },
        ];
      });
      const pair: Pair = { id, title, arms: new Map(arms), tokenizer: null };
      try {
        await this.#loadInJob(pair, [...pair.arms.values()], request);
      } catch (error) {
        for (const arm of pair.arms.values()) unloadArm(arm);
        throw error;
      }
      for (const arm of this.#pairs.get(id)?.arms.values() ?? []) unloadArm(arm);
      this.#pairs.set(id, pair);
      this.#current = id;
      return pairInfo(pair);
    });
  }

  /** Frees arms (default: all of the pair). A bundled one loads again when asked for. */
  unload(request: { pair: PairId; arms?: ArmId[] }): Promise<void> {
    return this.#job({}, async () => {
      const pair = this.#pair(request.pair);
      for (const arm of request.arms?.map((id) => this.#arm(pair, id)) ?? pair.arms.values()) unloadArm(arm);
    });
  }

  // --- prompts -------------------------------------------------------------------------------------

  /** Ids and pieces of a text; never adds BOS. Needs no device. */
  async tokenize(text: string, options: { pair?: PairId } = {}): Promise<Tokens> {
    if (typeof text !== 'string') throw new InputError('tokenize takes a text.', { type: typeof text });
    const tokenizer = await pairTokenizer(this.#pair(options.pair));
    const ids = tokenizer.encode(text);
    return { ids, pieces: tokenizer.pieces(ids) };
  }

  async #prepare(request: PromptRequest): Promise<Prepared> {
    checkEngine(request.engine);
    const pair = this.#pair(request.pair);
    const wanted = request.arms
      ? [...new Set(request.arms)].map((id) => this.#arm(pair, id))
      : defaultArms(pair);
    if (wanted.length === 0)
      throw new InputError('No arm was named. Name at least one, or leave arms out.', { pair: pair.id });
    const missing = wanted.filter((arm) => !arm.loaded);
    const unloaded = missing.find((arm) => !arm.onDemand);
    if (unloaded) {
      throw new InputError(`${unloaded.title} is not loaded. Call load({pair: '${pair.id}'}) first.`, {
        arm: unloaded.id,
      });
    }
    if (missing.length > 0) await this.#loadInJob(pair, missing, request);
    this.#current = pair.id;

    const arms = new Map(wanted.map((arm) => [arm.id, must(arm.loaded, `${arm.id} did not load`)]));
    const tokenizer = await pairTokenizer(pair, request.signal).catch((error: unknown) => {
      if (request.tokens) return null; // ids need no tokenizer
      throw error;
    });
    return { pair, arms, tokenizer, tokens: promptTokens(request, arms, tokenizer) };
  }

  /** Runs the arms on a prompt and returns the asked activations. What ran stays on the device until disposed or superseded. */
  run(request: RunRequest): Promise<RunResult> {
    return this.#job(request, async () => {
      if (request.edits?.length) {
        throw new InputError('Edits cannot be applied in this version. Leave `edits` out or empty.', {
          edits: request.edits,
        });
      }
      const { pair, arms, tokens } = await this.#prepare(request);
      const results: RunResult['arms'] = {};
      let done = 0;
      for (const [id, arm] of arms) {
        request.signal?.throwIfAborted();
        request.onProgress?.({ done: done++, total: arms.size, unit: 'arms', phase: `running ${id}` });
        const hooks = [...new Set(request.hooks ?? [])];
        const cache = arm.runs.get(tokens, hooks, []);
        const values = await cache.ops.read(hooks.map((hook) => cache.get(hook)));
        const infos = new Map(allHooks(arm.model.config, tokens.length).map((info) => [info.name, info]));
        results[id] = {
          activations: Object.fromEntries(
            hooks.map((hook, i) => {
              const { axes, shape } = must(infos.get(hook), hook);
              return [hook, labelled(axes, shape, values[i] as Float32Array)];
            }),
          ),
        };
      }
      const id = `run-${++this.#runCount}`;
      this.#runs.set(id, { pair: pair.id, arms: [...arms.keys()], tokens });
      return { id, pair: pair.id, tokens, engine: 'wgsl' as const, arms: results };
    });
  }

  /** One analysis on every arm of the request, and between every two of them where it has such a part. */
  analyze<Id extends AnalysisId>(id: Id, request: AnalysisRequest<Id>): Promise<AnalysisResult<Id>> {
    return this.#job(request, async () => {
      const spec = analysisSpec(id);
      const { pair, arms, tokens, tokenizer } = await this.#prepare(request);
      const context = this.#context(pair, [...arms.keys()], tokenizer, request);
      const done: {
        arm: ArmId;
        run: { model: LoadedArm['model']; cache: ReturnType<LoadedArm['runs']['get']> };
        result: never;
      }[] = [];
      for (const [arm, loaded] of arms) {
        request.signal?.throwIfAborted();
        request.onProgress?.({ done: done.length, total: arms.size, unit: 'arms', phase: `${id} of ${arm}` });
        const { model, runs } = loaded;
        const cache = runs.get(tokens, spec.hooks(model.config, request), everyAnalysisHook(model.config));
        const run = { model, cache };
        const result = await spec.arm({ arm, run, parameters: request, context });
        done.push({ arm, run, result: result as never });
      }
      const result: AnalysisResult<Id> = {
        analysis: id,
        pair: pair.id,
        tokens,
        pieces: tokens.map(context.piece),
        engine: 'wgsl',
        arms: Object.fromEntries(done.map(({ arm, result }) => [arm, result])),
      };
      if (!spec.between) return result;
      result.between = {};
      for (const [i, first] of done.entries()) {
        for (const second of done.slice(i + 1)) {
          request.signal?.throwIfAborted();
          result.between[`${first.arm}|${second.arm}`] = await spec.between(first, second, context);
        }
      }
      return result;
    });
  }

  #context(pair: Pair, arms: ArmId[], tokenizer: Tokenizer | null, request: PromptRequest): AnalysisContext {
    return {
      arms,
      piece: (id) => tokenizer?.piece(id) ?? `#${id}`,
      tokenIds: (refs) =>
        [refs].flat().map((ref) => {
          if (typeof ref === 'number') return ref;
          if (!tokenizer)
            throw new InputError(`'${ref}' is a text, but this pair has no tokenizer. Give a token id.`, {
              ref,
            });
          return tokenizer.single(ref);
        }),
      ranked: async (armId, nullDimension) => {
        const arm = this.#arm(pair, armId);
        if (!arm.loaded && arm.onDemand) await this.#loadInJob(pair, [arm], request);
        if (!arm.loaded)
          throw new InputError(
            `${arm.title} is not loaded, so its neurons cannot be ranked. Load it first.`,
            { arm: armId },
          );
        const { model, ranked } = arm.loaded;
        const dimension = nullDimension ?? defaultNullDimension(model.config);
        const known = ranked.get(dimension) ?? rankConfidenceNeurons(model, dimension);
        ranked.set(dimension, known);
        known.catch(() => ranked.delete(dimension));
        return known;
      },
    };
  }

  /** Frees what the device keeps for a run. Disposing twice is allowed. */
  async dispose({ id }: Pick<RunResult, 'id'>): Promise<void> {
    const run = this.#runs.get(id);
    if (!run) return;
    this.#runs.delete(id);
    await this.#queue.run(async () => {
      const arms = this.#pairs.get(run.pair)?.arms;
      for (const arm of run.arms) arms?.get(arm)?.loaded?.runs.drop(run.tokens);
    });
  }
}

/** The loaded arms of a pair, or all of them where none is loaded yet and they load on demand. */
function defaultArms(pair: Pair): Arm[] {
  const arms = [...pair.arms.values()];
  const loaded = arms.filter((arm) => arm.loaded);
  return loaded.length > 0 ? loaded : arms;
}

function promptTokens(
  request: PromptRequest,
  arms: ReadonlyMap<ArmId, LoadedArm>,
  tokenizer: Tokenizer | null,
): number[] {
  const { text, tokens, prependBos = true } = request;
  if ((text === undefined) === (tokens === undefined)) {
    throw new InputError('Give either a text or token ids, not both and not neither.', { text, tokens });
  }
  if (tokens) return [...tokens];
  const ids = must(tokenizer, 'a text without a tokenizer').encode(text as string);
  if (!prependBos) return ids;
  const bos = [...arms.values()][0]?.model.config.bosTokenId ?? null;
  if (bos !== null) return [bos, ...ids];
  throw new InputError(
    'This model names no BOS token (neither bos_token_id nor eos_token_id). Switch BOS off.',
    {
      prependBos,
    },
  );
}

function checkEngine(engine: PromptRequest['engine']): void {
  if (engine === undefined || engine === 'auto' || engine === 'wgsl') return;
  throw new InputError(`The engine '${engine}' is not part of this version. Use 'auto' or 'wgsl'.`, {
    engine,
  });
}

function checkDtype(dtype: LoadRequest['dtype']): void {
  if (dtype === undefined || dtype === 'f32' || dtype === 'f16') return;
  throw new InputError(
    `Weights cannot be stored as '${String(dtype)}' in this version. Use 'f32' or 'f16'.`,
    { dtype },
  );
}
