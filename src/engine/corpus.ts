/** A whole text read by several arms, window by window: in jobs so short that other questions get their turn, told as it comes in. */

import { checkCount, checkIds, everyTwo } from '../analysis/armRun.ts';
import { addRecord, emptyShard, type Shard, type WindowRecord } from '../analysis/corpus/records.ts';
import { type Ablate, corpusHooks, type ScoreOptions, scoreWindows } from '../analysis/corpus/score.ts';
import { corpusArm, corpusBetween, coverageOf, type SummaryOptions } from '../analysis/corpus/summary.ts';
import {
  conventionOf,
  type Reading,
  readingOf,
  type Window,
  windowAt,
  windowCount,
} from '../analysis/corpus/windows.ts';
import { checkNeurons } from '../analysis/neuronAblation.ts';
import type { CorpusExtra, CorpusReport } from '../analysis/types/index.ts';
import { logitsSource } from '../analysis/unembed.ts';
import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { Model } from '../model/model.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { AnalysisRequest, AnalysisResult, ArmId, CallOptions, EngineId, PairId } from './api.ts';
import { withCaches } from './corpusRuns.ts';
import type { Stage } from './stage.ts';

const EXTRAS: readonly CorpusExtra[] = ['activation-means', 'direct-effect', 'attribution'];
/** A job should be so long that starting it costs little, and so short that nobody notices it. Milliseconds. */
const JOB = 250;
/** Tokens of one batch: more gain nothing on any device. */
const BATCH_TOKENS = 4096;
/** Logits of one batch, where a run makes those of every position. */
const BATCH_LOGITS = 64 * 2 ** 20;
/** How often a partial result is told, and how small a share of the time it may take. */
const TICK = 1000;
const TELLING = 0.1;

/** What is read, and what is made of it: the request with its defaults, checked. */
export interface CorpusPlan {
  readonly reading: Reading;
  readonly score: ScoreOptions;
  readonly summary: Omit<SummaryOptions, 'piece'>;
}

type Parameters = Pick<
  AnalysisRequest<'corpus'>,
  | 'text'
  | 'tokens'
  | 'documents'
  | 'window'
  | 'stride'
  | 'prependBos'
  | 'want'
  | 'ablate'
  | 'listed'
  | 'resamples'
  | 'seed'
>;

/** @throws InputError for parameters that cannot be used, and for a text that has nothing to score. */
export function corpusPlan(
  request: Parameters,
  config: ModelConfig,
  tokenizer: Tokenizer | null,
  arms: readonly ArmId[] = [],
): CorpusPlan {
  const { want = [], listed = 20, resamples = 1000, seed = 0 } = request;
  const unknown = want.find((extra) => !EXTRAS.includes(extra));
  if (unknown !== undefined)
    throw new InputError(`There is nothing called '${unknown}' to want of a text: ${EXTRAS.join(', ')}.`, {
      want,
      known: EXTRAS,
    });
  checkCount('listed', listed, 0, 1000);
  const ablate = request.ablate ? checkedAblate(request.ablate, config, arms) : null;
  return {
    reading: readingOf(documentsOf(request, config, tokenizer), config, request),
    score: {
      listed,
      means: want.includes('activation-means'),
      effects: want.includes('direct-effect'),
      attribution: want.includes('attribution'),
      ablate,
    },
    summary: {
      listed,
      ablate,
      resamples: checkCount('resamples', resamples, 0, 10_000),
      seed: checkCount('seed', seed, 0, 2 ** 32 - 1),
    },
  };
}

/** Checked before anything is read. */
function checkedAblate(
  { neurons, means }: NonNullable<Parameters['ablate']>,
  config: ModelConfig,
  arms: readonly ArmId[],
): Ablate {
  const { dMlp } = config;
  checkNeurons(neurons, config);
  const without = means && arms.find((arm) => means[arm]?.length !== dMlp);
  if (without !== undefined)
    throw new InputError(
      `ablate.means must hold the mean of each of the ${dMlp} last-layer neurons for ${without}, as want: ['activation-means'] gives them. Leave means out to hold neurons at each window's own.`,
      { arm: without },
    );
  return { neurons, means: means ?? null };
}

/** Whether the request gives ids only, which need no tokenizer. */
export function givesIds(request: Parameters): boolean {
  return documentsGiven(request).every((document) => typeof document !== 'string');
}

/** A text, or ids, are one document. */
function documentsGiven({ text, tokens, documents }: Parameters): readonly (string | readonly number[])[] {
  const given = [text, tokens, documents].filter((each) => each !== undefined);
  if (given.length !== 1)
    throw new InputError(
      'Give one of: a text, token ids, or documents (a list of texts or of lists of ids).',
      { given: given.length },
    );
  if (documents === undefined) return [text ?? (tokens as number[])];
  if (Array.isArray(documents)) return documents;
  throw new InputError('documents must be a list: of texts, or of lists of token ids.', {
    documents: typeof documents,
  });
}

function documentsOf(
  request: Parameters,
  config: ModelConfig,
  tokenizer: Tokenizer | null,
): (readonly number[])[] {
  return documentsGiven(request).map((document) => {
    if (typeof document === 'string') return must(tokenizer, 'a text without a tokenizer').encode(document);
    if (Array.isArray(document)) return [...checkIds('documents', document, config)];
    throw new InputError('documents must hold texts or lists of token ids, nothing else.', {
      found: typeof document,
    });
  });
}

/** How a reading is followed. */
export interface Following extends CallOptions {
  /** The windows to read, by index. Default all. */
  readonly only?: readonly number[];
  /** What came of some windows, as soon as they are read. */
  onRecords(records: readonly WindowRecord[]): void;
}

/**
 * Reads the windows, all arms at once, or where they take turns one after the other through the whole text. An abort is
 * heard between jobs.
 */
export async function readCorpus(stage: Stage, plan: CorpusPlan, following: Following): Promise<void> {
  const { reading, score } = plan;
  const { signal, onProgress, onRecords } = following;
  const indices = following.only ?? Array.from({ length: windowCount(reading) }, (_, i) => i);
  const ids = stage.arms.map(({ id }) => id);
  const turns = stage.together ? [ids] : ids.map((id) => [id]);
  const total = turns.length * indices.length;
  let done = 0;
  for (const arms of turns) {
    const phase = `reading by ${arms.join(', ')}`;
    const most = score.effects || score.attribution || score.ablate ? 1 : mostOf(stage, reading);
    let size = 1;
    for (let next = 0; next < indices.length; ) {
      signal?.throwIfAborted();
      onProgress?.({ done, total, unit: 'windows', phase });
      const began = performance.now();
      const batch = equallyLong(reading, indices.slice(next, next + size));
      onRecords(await stage.withArms(arms, (models) => readBatch(arms, models, batch, score)));
      const took = performance.now() - began;
      next += batch.length;
      done += batch.length;
      if (took > 2 * JOB) size = Math.max(1, size >> 1);
      else if (took < JOB / 2 && batch.length === size) size = Math.min(2 * size, most);
    }
    onProgress?.({ done, total, unit: 'windows', phase });
  }
}

function mostOf({ arms }: Stage, { window }: Reading): number {
  const vocabulary = Math.max(...arms.map(({ config }) => config.dVocab));
  const byLogits = Math.floor(BATCH_LOGITS / (4 * window * vocabulary));
  return Math.max(1, Math.min(Math.floor(BATCH_TOKENS / window), byLogits));
}

/** The first of these windows, and those behind it that are as long. */
function equallyLong(reading: Reading, indices: readonly number[]): Window[] {
  const windows = indices.map((index) => windowAt(reading, index));
  const other = windows.findIndex(({ tokens }) => tokens.length !== windows[0]?.tokens.length);
  return other < 0 ? windows : windows.slice(0, other);
}

async function readBatch(
  arms: readonly ArmId[],
  models: readonly Model[],
  windows: readonly Window[],
  score: ScoreOptions,
): Promise<WindowRecord[]> {
  const jobs = models.map((model) => ({
    model,
    tokens: windows.map(({ tokens }) => tokens),
    hooks: corpusHooks(model.config, logitsSource(model), score),
  }));
  return withCaches(jobs, (caches) =>
    scoreWindows(
      caches.map((cache, i) => ({ arm: arms[i] as ArmId, model: models[i] as Model, cache })),
      windows,
      score,
    ),
  );
}

/** Who answers, for the head of the result. */
export interface CorpusHead {
  readonly pair: PairId;
  readonly engine: EngineId;
  readonly arms: readonly { id: ArmId; config: ModelConfig }[];
  readonly piece: (id: number) => string;
}

/** What a shard of a reading comes to. Arms that have read nothing yet are left out. */
export function corpusResult(shard: Shard, plan: CorpusPlan, head: CorpusHead): AnalysisResult<'corpus'> {
  const { reading } = plan;
  const options: SummaryOptions = { ...plan.summary, piece: head.piece };
  const begun = head.arms.filter(({ id }) => coverageOf(shard, reading, [id]).windows > 0);
  const met = everyTwo(begun.map(({ id }) => id)).filter(
    (two) => coverageOf(shard, reading, two).windows > 0,
  );
  const report: CorpusReport = {
    coverage: coverageOf(
      shard,
      reading,
      head.arms.map(({ id }) => id),
    ),
    reading: {
      window: reading.window,
      stride: reading.stride,
      prependBos: reading.bos !== null,
      tokens: reading.tokens.length,
      documents: reading.documents,
      emptyDocuments: reading.emptyDocuments,
      seed: options.seed,
      resamples: options.resamples,
      convention: conventionOf(reading),
    },
  };
  return {
    analysis: 'corpus',
    pair: head.pair,
    engine: head.engine,
    tokens: [], // a text may have millions: what was read is in the places listed
    pieces: [],
    arms: Object.fromEntries(
      begun.map(({ id, config }) => [id, corpusArm(shard, reading, id, config, options)]),
    ),
    between: Object.fromEntries(
      met.map((two) => [two.join('|'), corpusBetween(shard, reading, two, options)]),
    ),
    ...report,
  };
}

/** Reads the whole text and tells what there is of the result every second or so; the last told is right whenever it is cut off. */
export async function corpus(
  stage: Stage,
  plan: CorpusPlan,
  head: CorpusHead,
  { signal, onProgress, onPartial }: Pick<AnalysisRequest<'corpus'>, 'signal' | 'onProgress' | 'onPartial'>,
): Promise<AnalysisResult<'corpus'>> {
  const shard = emptyShard();
  let told = performance.now();
  let pause = TICK;
  await readCorpus(stage, plan, {
    signal,
    onProgress,
    onRecords: (records) => {
      for (const record of records) addRecord(shard, record);
      const now = performance.now();
      if (!onPartial || signal?.aborted || now - told < pause) return;
      onPartial(corpusResult(shard, plan, head));
      told = performance.now();
      pause = Math.max(TICK, (told - now) / TELLING);
    },
  });
  return corpusResult(shard, plan, head);
}
