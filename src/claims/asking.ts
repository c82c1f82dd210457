/** How a claim asks the engine: always the same pair, arms and signal, noting who answered. */

import type { IoiPair } from '../analysis/types/index.ts';
import { InputError } from '../base/errors.ts';
import type {
  AnalysisId,
  AnalysisRequest,
  AnalysisResult,
  ArmId,
  ArmInfo,
  Edit,
  EngineId,
  GenerateRequest,
  GenerateResult,
  IoiRequest,
  Normless,
  Progress,
} from '../engine/api.ts';
import type { Question } from './types.ts';

/** Activations of one arm by hook, row-major. */
export type Activations = (hook: string) => Float32Array;

export class Asking {
  /** Who answered so far. */
  readonly engines = new Set<EngineId>();
  #prompt: readonly number[] | null = null;

  constructor(
    private readonly normless: Normless,
    private readonly question: Question,
  ) {}

  get pair(): Question['pair'] {
    return this.question.pair;
  }

  /** The arms at hand, in the pair's order. */
  get arms(): ArmInfo[] {
    return this.pair.arms.filter(({ id }) => this.question.arms.includes(id));
  }

  /** Those with LayerNorm, or those without. */
  of(kind: 'layer' | 'linear'): ArmInfo[] {
    return this.arms.filter(({ config }) => config?.norm.kind === kind);
  }

  /** What a result says of an arm; InputError where it says nothing. */
  pick<T>(from: Readonly<Record<ArmId, T>>, arm: ArmId): T {
    const found = from[arm];
    if (found !== undefined) return found;
    throw new InputError(`The result has no arm ${arm}. Load it and measure again.`, { arm });
  }

  /**
   * The first tokens of the page's prompt, at most so many: what is read whole must stay small.
   * InputError where the prompt has fewer than `least`.
   */
  async prompt(most: number, least: number): Promise<number[]> {
    if (!this.#prompt) {
      const { tokens } = await this.analyze('token-stats', this.question.prompt);
      this.#prompt = tokens;
    }
    if (this.#prompt.length < least) {
      throw new InputError(
        `This needs a prompt of at least ${least} tokens; this one has ${this.#prompt.length}. Type a longer one.`,
        { tokens: this.#prompt.length, least },
      );
    }
    return this.#prompt.slice(0, most);
  }

  /** In words, for `Measurement.on`. */
  async promptInWords(taken: readonly number[]): Promise<string> {
    const all = this.#prompt?.length ?? taken.length;
    return all === taken.length
      ? `the prompt of the page, ${all} tokens`
      : `the first ${taken.length} of the ${all} tokens of the page’s prompt`;
  }

  /** The text given for claims about texts; InputError saying where to give one. */
  text(): string {
    const { text } = this.question;
    if (text !== null) return text;
    throw new InputError('This is measured on a text. Paste one into the field above the list.', {});
  }

  async analyze<Id extends AnalysisId>(
    id: Id,
    request: Omit<AnalysisRequest<Id>, 'pair' | 'signal' | 'onProgress'>,
  ): Promise<AnalysisResult<Id>> {
    const { pair, arms, signal } = this.question;
    signal?.throwIfAborted();
    const asked = { pair: pair.id, arms: [...arms], ...request };
    const key = JSON.stringify([id, asked]);
    const known = this.question.known?.get(key) as Promise<AnalysisResult<Id>> | undefined;
    const answer =
      known ??
      this.normless.analyze(id, {
        ...asked,
        signal,
        onProgress: this.#onProgress,
      } as unknown as AnalysisRequest<Id>);
    this.question.known?.set(key, answer);
    const result = await answer.catch((error: unknown) => {
      this.question.known?.delete(key); // the next claim may try again
      throw error;
    });
    signal?.throwIfAborted();
    this.engines.add(result.engine);
    return result;
  }

  /** Pairs of prompts about who is given something, each word one token of the pair's vocabulary. */
  ioi(request: Omit<IoiRequest, 'pair'>): Promise<IoiPair[]> {
    return this.normless.ioi({ pair: this.pair.id, ...request });
  }

  /** One arm's activations on these tokens, as it is or edited. */
  async activations(
    arm: ArmId,
    tokens: readonly number[],
    hooks: readonly string[],
    edits: readonly Edit[] = [],
  ): Promise<Activations> {
    const { pair, signal } = this.question;
    signal?.throwIfAborted();
    const run = await this.normless.run({
      pair: pair.id,
      arms: [arm],
      tokens: [...tokens],
      hooks: [...hooks],
      edits,
      signal,
    });
    await this.normless.dispose(run);
    signal?.throwIfAborted();
    this.engines.add(run.engine);
    const { activations } = this.pick(run.arms, arm);
    return (hook) => {
      const found = activations[hook];
      if (!found) throw new InputError(`The run of ${arm} has no ${hook}.`, { arm, hook });
      return found.data;
    };
  }

  async generate(request: Omit<GenerateRequest, 'pair' | 'signal'>): Promise<GenerateResult> {
    const { pair, arms, signal } = this.question;
    signal?.throwIfAborted();
    const result = await this.normless.generate({ pair: pair.id, arms: [...arms], signal, ...request });
    this.engines.add(result.engine);
    return result;
  }

  /** Tells how far a claim of several questions is. */
  step(done: number, total: number, phase: string): void {
    this.question.signal?.throwIfAborted();
    this.question.onProgress?.({ done, total, unit: 'steps', phase });
  }

  #onProgress = (progress: Progress): void => this.question.onProgress?.(progress);
}
