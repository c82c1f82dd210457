/** Casts a request: what is fed, which arms answer on which engine, and how those are brought on: in turn, together, or job by job. */

import { rankConfidenceNeurons } from '../analysis/confidenceNeurons.ts';
import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import { turn } from '../base/turn.ts';
import { checkEdits } from '../model/checkEdits.ts';
import { type Edit, editsFor } from '../model/edits.ts';
import type { HookName } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { CallOptions, EngineChoice, EngineId, PairId, PromptRequest } from './api.ts';
import { type Arm, armOf, armsOf, type Instance, type Pair } from './arms.ts';
import { checkEditing, checkReach, withTokens } from './edits.ts';
import { type Engines, otherEngine } from './engines.ts';
import { pairTokenizer } from './loading.ts';
import type { Pairs } from './pairs.ts';
import { checkEngine, promptTokens, tokenIds } from './prompts.ts';
import { DEMO_PAIR } from './registry.ts';
import type { Residence } from './residence.ts';
import { RunStore } from './runStore.ts';
import type { AnalysisContext } from './specs/spec.ts';
import type { Stage } from './stage.ts';

/** The arms a request is for, on the engine they are asked on. */
export interface Cast {
  pair: Pair;
  engine: EngineId;
  arms: { arm: Arm; instance: Instance }[];
  tokenizer: Tokenizer | null;
}

/** A cast with its prompt, turned into what is fed. */
export interface Prepared extends Cast {
  tokens: number[];
  edits: readonly Edit[];
}

/** Runs something on the devices, one at a time: see EngineService. */
export type RunJob = <T>(options: CallOptions, job: () => Promise<T>) => Promise<T>;

/** What a cast is made from, and the one way to the devices. */
export interface House {
  readonly pairs: Pairs;
  readonly engines: Engines;
  readonly residence: Residence;
  readonly job: RunJob;
}

export class Casting {
  /** The pair of a request that names none. */
  current: PairId = DEMO_PAIR;

  constructor(private readonly house: House) {}

  /** `editing`: it is asked of an engine that edits, whether or not the request itself has edits. */
  async prepare(request: PromptRequest, editing = false): Promise<Prepared> {
    const asked = checkEdits(request.edits ?? []);
    const gathered = await this.gather(request, editing || asked.length > 0);
    this.current = gathered.pair.id;
    const configs = gathered.arms.map(({ instance }) => instance.model.config);
    const config = must(configs[0], 'no arm');
    const tokens = promptTokens(request, config, gathered.tokenizer);
    const edits = withTokens(asked, (source) => promptTokens(source, config, gathered.tokenizer));
    checkReach(configs, edits, tokens.length);
    return { ...gathered, tokens, edits };
  }

  /** The arms of a request on its engine; without a tokenizer only where the request gives ids. */
  async gather(request: PromptRequest, editing = false): Promise<Cast> {
    const pair = this.house.pairs.get(request.pair ?? this.current);
    const wanted = request.arms ? armsOf(pair, request.arms) : defaultArms(pair);
    const unloaded = wanted.find((arm) => !arm.loaded && !arm.source.onDemand);
    if (unloaded) {
      throw new InputError(`${unloaded.title} is not loaded. Call load({pair: '${pair.id}'}) first.`, {
        arm: unloaded.id,
      });
    }
    const engine = this.#engineFor(request.engine, wanted, editing);
    await this.house.residence.bringTo(pair, wanted, engine, request);
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
    const { engine } = this.house.engines.route();
    const other = otherEngine(engine);
    const hasAll = wanted.every((arm) => arm.loaded?.on.has(engine) || arm.source.onDemand);
    const otherHasAll = wanted.every((arm) => arm.loaded?.on.has(other));
    return this.house.engines.choice === 'auto' && !hasAll && otherHasAll ? other : engine;
  }

  /**
   * Does something with every arm while its weights are on the device; the results come in the order of `arms`. Where
   * arms take turns, the one that is there goes first, so that each turn costs one change.
   */
  async withEach<T>(
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
      await this.house.residence.makeResident(pair, arm, engine, request);
      results.set(arm, await body(arm, instance));
    }
    return arms.map(({ arm }) => ({ arm, result: results.get(arm) as T }));
  }

  /** Makes what `withEach` will ask of the arms' runs as one job, where all arms are there at once. */
  runTogether(
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

  /** Arms for work of many jobs. What is loaded anew meanwhile must be the same weights, which the jobs check. */
  stage({ pair, engine, arms }: Omit<Cast, 'tokenizer'>, { signal }: CallOptions): Stage {
    const kept = new Map(arms.map(({ arm }) => [arm.id, arm.loaded?.dtype]));
    return {
      arms: [...arms]
        .sort((a, b) => Number(a.instance.model.parked) - Number(b.instance.model.parked))
        .map(({ arm, instance }) => ({ id: arm.id, config: instance.model.config })),
      together: arms.every(({ instance }) => !instance.model.parked),
      withArms: async (ids, body) => {
        await turn();
        return this.house.job({ signal }, async () => {
          const now = await this.gather({ pair: pair.id, arms: [...ids], engine, tokens: [], signal });
          for (const { arm } of now.arms) {
            if (arm.loaded?.dtype !== kept.get(arm.id))
              throw new InputError(
                `${arm.title} was loaded with other weights while this was under way. Start again.`,
                { arm: arm.id },
              );
            await this.house.residence.makeResident(pair, arm, engine, { signal });
          }
          return body(now.arms.map(({ instance }) => instance.model));
        });
      },
    };
  }

  context({ pair, engine, arms, tokenizer, edits }: Prepared, request: CallOptions): AnalysisContext {
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
        await this.house.residence.bringTo(pair, [arm], engine, request);
        const { model, ranked } = must(arm.loaded?.on.get(engine), `${armId} did not load`);
        const dimension = nullDimension ?? null;
        const known = ranked.get(dimension);
        if (known) return known;
        await this.house.residence.makeResident(pair, arm, engine, request);
        const ranking = rankConfidenceNeurons(model, dimension);
        ranked.set(dimension, ranking);
        ranking.catch(() => ranked.delete(dimension));
        return ranking;
      },
      bringBack: (armId) => this.house.residence.makeResident(pair, armOf(pair, armId), engine, request),
    };
  }
}

/** The loaded arms of a pair, or all of them where none is loaded yet and they load on demand. */
function defaultArms(pair: Pair): Arm[] {
  const arms = [...pair.arms.values()];
  const loaded = arms.filter((arm) => arm.loaded);
  return loaded.length > 0 ? loaded : arms;
}
