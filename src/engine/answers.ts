/** Answers requests: runs, analyses, long work and continuations, each by its cast. */

import { everyTwo } from '../analysis/armRun.ts';
import type { PatchPair } from '../analysis/types/index.ts';
import { logitsSource } from '../analysis/unembed.ts';
import { must } from '../base/assert.ts';
import { runHooks } from '../model/backward.ts';
import { editsFor } from '../model/edits.ts';
import type { Model } from '../model/model.ts';
import { analysisSpec, everyAnalysisHook, type OneRunAnalysis, resultsOf } from './analyses.ts';
import type {
  AnalysisId,
  AnalysisRequest,
  AnalysisResult,
  ArmResults,
  EditedResult,
  GenerateRequest,
  GenerateResult,
  PromptRequest,
  RunRequest,
  RunResult,
} from './api.ts';
import { attributionPatching } from './attributionPatching.ts';
import type { Casting, House, Prepared } from './casting.ts';
import { corpus, corpusPlan, givesIds } from './corpus.ts';
import { refuseEdits, refuseFinalNorm } from './edits.ts';
import { generate } from './generate.ts';
import { askedGradients, checkDerivable, readGradients, readHooks } from './gradients.ts';
import { activationPatching, type PatchingHead } from './patching.ts';
import { type AskedPair, askedPairs, haveTexts, pairsOf, refusePrompt } from './patchingPrompts.ts';
import type { Queue } from './queue.ts';
import type { Stage } from './stage.ts';
import { type Surroundings, verify } from './verify.ts';

/** Whatever answers need of the service they belong to. */
export interface AnswersHouse extends House {
  /** What `verify` tells of where it ran. */
  readonly surroundings: Surroundings;
  readonly queue: Queue;
  readonly tellEngines: () => void;
}

export class Answers {
  #runs = new Map<string, Prepared>();
  #runCount = 0;

  constructor(
    private readonly house: AnswersHouse,
    private readonly casting: Casting,
  ) {}

  /**
   * Runs the arms on a prompt and returns the asked activations, and the gradients of a metric where they are asked for. What
   * ran stays on the device until disposed or superseded.
   */
  run(request: RunRequest): Promise<RunResult> {
    return this.house.job(request, async () => {
      if (request.gradients) checkDerivable(request.engine);
      const prepared = await this.casting.prepare(request, request.gradients !== undefined);
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
      this.casting.runTogether(prepared, wanted);
      const read = await this.casting.withEach(
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

  /** Frees what the device keeps for a run. Disposing twice is allowed. */
  async dispose({ id }: Pick<RunResult, 'id'>): Promise<void> {
    const run = this.#runs.get(id);
    if (!run) return;
    this.#runs.delete(id);
    const { engine, arms, tokens, edits } = run;
    await this.house.queue.run(async () => {
      for (const { arm } of arms) {
        const instance = arm.loaded?.on.get(engine);
        instance?.runs.drop(tokens, editsFor(instance.model.config, edits));
      }
    });
  }

  /** One analysis on every arm of the request, and between every two of them where it has such a part. */
  analyze<Id extends AnalysisId>(id: Id, request: AnalysisRequest<Id>): Promise<AnalysisResult<Id>> {
    return this.#answer(id, request) as Promise<unknown> as Promise<AnalysisResult<Id>>;
  }

  /** Most analyses read one run of every arm; these four go their own ways. */
  #answer(id: AnalysisId, request: AnalysisRequest<AnalysisId>) {
    switch (id) {
      case 'verify':
        return this.#verify(request as AnalysisRequest<'verify'>);
      case 'corpus':
        return this.#corpus(request as AnalysisRequest<'corpus'>);
      case 'activation-patching':
        return this.#activationPatching(request as AnalysisRequest<'activation-patching'>);
      case 'attribution-patching':
        return this.#attributionPatching(request as AnalysisRequest<'attribution-patching'>);
      default:
        return this.#analyze(id, request as AnalysisRequest<typeof id>);
    }
  }

  #analyze<Id extends OneRunAnalysis>(id: Id, request: AnalysisRequest<Id>): Promise<ArmResults<Id>> {
    return this.house.job(request, async () => {
      const spec = analysisSpec(id);
      const prepared = await this.casting.prepare(request, spec.edits);
      if (spec.normsItself) refuseFinalNorm(id, prepared.edits);
      const { pair, engine, arms, tokens } = prepared;
      const context = this.casting.context(prepared, request);
      // An arm that will have had its turn by then cannot unembed what is asked of several arms at once.
      const turns = arms.length > 1 && arms.some(({ instance }) => instance.model.parked);
      const wanted = (model: Model) => {
        const logits = turns ? 'logits' : logitsSource(model);
        const hooks = spec.hooks({ config: model.config, logits }, request);
        return { hooks, also: everyAnalysisHook(model.config, logits) };
      };
      this.casting.runTogether(prepared, wanted);
      const done = await this.casting.withEach(
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
    return this.house.job(request, async () => {
      refuseEdits('verify', request.edits);
      const prepared = await this.casting.prepare(request);
      const { pair, tokens, tokenizer, arms } = prepared;
      const { report, ...result } = await verify(
        { pair, tokens, arms: arms.map(({ arm }) => arm) },
        {
          engines: this.house.engines,
          residence: this.house.residence,
          surroundings: this.house.surroundings,
        },
        request,
      );
      this.house.tellEngines();
      const pieces = tokens.map((id) => tokenizer?.piece(id) ?? `#${id}`);
      return { analysis: 'verify', pair: pair.id, tokens, pieces, ...result, ...report };
    });
  }

  /** A whole text, read in many jobs: between them other requests get their turn. */
  async #corpus(request: AnalysisRequest<'corpus'>): Promise<AnalysisResult<'corpus'>> {
    const { pair, engine, arms, tokenizer, plan } = await this.house.job(request, async () => {
      refuseEdits('corpus', request.edits);
      const ids = givesIds(request) ? (request.tokens ?? []) : undefined;
      const gathered = await this.casting.gather({ ...request, tokens: ids });
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
    const stage = this.casting.stage({ pair, engine, arms }, request);
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
    return this.house.job(request, async () => {
      refuseEdits(id, request.edits);
      refusePrompt(id, request);
      const ids = haveTexts(pairs) ? undefined : [];
      const { pair, engine, arms, tokenizer } = await this.casting.gather({ ...request, tokens: ids }, true);
      const { config } = must(arms[0], 'no arm').instance.model;
      const piece = (id: number) => tokenizer?.piece(id) ?? `#${id}`;
      return {
        stage: this.casting.stage({ pair, engine, arms }, request),
        asked: askedPairs(pairs, request, config, tokenizer),
        head: { pair: pair.id, engine, piece, arms: arms.map(({ arm }) => arm.id) },
      };
    });
  }

  /** Continues a prompt on every arm of the request. One job: whatever else is asked waits until it ends or is aborted. */
  generate(request: GenerateRequest): Promise<GenerateResult> {
    return this.house.job(request, async () => {
      refuseEdits('generate', request.edits);
      const prepared = await this.casting.prepare(request);
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
            const done = await this.casting.withEach(
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
}

/** What a result says of its request's edits: nothing where there were none. */
function edited({ edits, arms }: Prepared): EditedResult {
  if (edits.length === 0) return {};
  const unedited = arms.filter(({ instance }) => editsFor(instance.model.config, edits).length === 0);
  return { edits, unedited: unedited.map(({ arm }) => arm.id) };
}

function keyed<T>(keys: readonly string[], values: readonly T[]): Record<string, T> {
  return Object.fromEntries(keys.map((key, i) => [key, values[i] as T]));
}
