/** An engine for tests of the page: answers with the committed results, when and as the test says. */

import { InputError } from '../base/errors.ts';
import type {
  AddRequest,
  AnalysisId,
  AnalysisRequest,
  AnalysisResult,
  EngineChoice,
  EngineRoute,
  EngineStatus,
  GenerateRequest,
  GenerateResult,
  LoadRequest,
  Normless,
  PairInfo,
  StorageInfo,
} from '../engine/api.ts';
import { exampleReport } from './exampleReport.ts';
import { fakeBudget, fakePairs, fakeStorage, hubArm, OK_CHECK, pairOf } from './fakeModels.suite.ts';
import { firstResult } from './firstResult.ts';
import { initialState } from './initial.ts';

export interface Call {
  id: AnalysisId;
  request: AnalysisRequest<AnalysisId> & { unit?: string };
  resolve: (change?: Partial<AnalysisResult<AnalysisId>>) => void;
  reject: (error: Error) => void;
}

/** A load that the test lets go on, end or fail. An aborted one rejects by itself. */
export interface LoadCall {
  request: LoadRequest;
  finish: () => void;
  reject: (error: Error) => void;
}

/** A text that the test lets come in (`request.onToken`), end or fail. An aborted one rejects by itself. */
export interface GenerateCall {
  request: GenerateRequest;
  finish: (result: GenerateResult) => void;
  reject: (error: Error) => void;
}

/** The tests' hold on a fake engine. */
export interface FakeNormless {
  normless: Normless;
  /** Every analysis asked for, oldest first. */
  calls: Call[];
  /** Every load that moves something, oldest first. */
  loads: LoadCall[];
  /** Every text asked for, oldest first. */
  generations: GenerateCall[];
  /** What it has, to be changed by tests. */
  pairs: PairInfo[];
  storage: StorageInfo;
  added: AddRequest[];
  /** What was chosen to compute, oldest first; `refuse` makes every further choice fail with it. */
  choices: EngineChoice[];
  refuse: Error | null;
  /** Answers everything still open, and all that is asked from now on, at once. */
  answerAll(): void;
  setStatus(change: Partial<EngineStatus>): void;
}

/** What comes when the test says so. */
export function later<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const SINGLE: Record<string, number> = { ' she': 673, ' he': 339, ' ball': 2613, ball: 1894, ' car': 1097 };

/** `ready` decides whether the engine ever starts. Unknown words are two tokens. */
export function fakeNormless(ready: Promise<void> = Promise.resolve()): FakeNormless {
  const calls: Call[] = [];
  const listeners = new Set<(status: EngineStatus) => void>();
  let status: EngineStatus = initialState().engine;
  let atOnce = false;
  ready.catch(() => undefined);

  const analyze = (id: AnalysisId, request: Call['request']) =>
    new Promise((resolve, reject) => {
      const answer = (change = {}) => resolve({ ...committed(id, request), ...change });
      calls.push({ id, request, resolve: answer, reject });
      if (atOnce) answer();
    });
  const unused = () => Promise.reject(new Error('not part of these tests'));
  const loads: LoadCall[] = [];
  const generations: GenerateCall[] = [];
  const generate = (request: GenerateRequest) =>
    new Promise<GenerateResult>((finish, reject) => {
      request.signal?.addEventListener('abort', () => reject(request.signal?.reason as Error));
      generations.push({ request, finish, reject });
    });
  const pairs = fakePairs();
  const added: AddRequest[] = [];
  const storage = fakeStorage();
  const find = (id: string): PairInfo => {
    const pair = pairs.find((each) => each.id === id);
    if (!pair) throw new InputError(`There is no pair ${id}.`);
    return pair;
  };
  const setLoaded = (pair: PairInfo, ids: readonly string[], change: Partial<PairInfo['arms'][number]>) => {
    pair.arms = pair.arms.map((arm) => (ids.includes(arm.id) ? { ...arm, ...change } : arm));
  };
  const load = (request: LoadRequest) =>
    new Promise<PairInfo>((resolve, reject) => {
      const pair = find(request.pair);
      const { arms = pair.arms.map(({ id }) => id), dtype = 'f32', signal } = request;
      const finish = () => {
        setLoaded(pair, arms, { loaded: true, resident: true, dtype, check: { ...OK_CHECK } });
        pair.residency = request.residency ?? 'all';
        resolve(structuredClone(pair));
      };
      const isLoaded = (id: string) => pair.arms.some((arm) => arm.id === id && arm.loaded);
      if (!request.dtype && arms.every(isLoaded)) return resolve(structuredClone(pair));
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
      loads.push({ request, finish, reject });
    });
  const setStatus = (change: Partial<EngineStatus>) => {
    status = { ...status, ...change };
    for (const listener of listeners) listener(status);
  };
  const normless: Normless = {
    ready,
    version: '0.0.0-test',
    pairs: async () => structuredClone(pairs),
    tokenize: async (text) => {
      const id = SINGLE[text];
      return id === undefined
        ? { ids: [1, 2], pieces: [text.slice(0, 2), text.slice(2)] }
        : { ids: [id], pieces: [text] };
    },
    ioi: async () => [],
    analyze: analyze as Normless['analyze'],
    generate,
    load,
    loadFiles: unused,
    unload: async ({ pair }) => {
      const found = find(pair);
      const ids = found.arms.map(({ id }) => id);
      setLoaded(found, ids, { loaded: false, resident: false, dtype: null, check: null });
    },
    add: async (request) => {
      const { id, title = id, arms } = request;
      for (const arm of Object.keys(arms)) {
        request.onProgress?.({ done: 0, total: 1, unit: 'bytes', phase: 'looking up', arm });
        if (arm === 'refused') throw new InputError('This is not a GPT-2.');
      }
      added.push(request);
      const pair = pairOf(
        id,
        title,
        Object.keys(arms).map((arm) => hubArm(arm, 'me/mine')),
        { added: true },
      );
      pairs.push(pair);
      return pair;
    },
    remove: async ({ pair }) => {
      pairs.splice(pairs.indexOf(find(pair)), 1);
    },
    budget: async ({ pair, arms }) => {
      const found = find(pair);
      return fakeBudget(found, arms ?? found.arms.map(({ id }) => id));
    },
    storage: async () => structuredClone(storage),
    deleteStored: async ({ ids }) => {
      storage.files = storage.files.filter(({ id }) => !ids.includes(id));
      return structuredClone(storage);
    },
    persistStorage: async () => {
      storage.persisted = true;
      return true;
    },
    setEngine: async ({ engine: choice }) => {
      fake.choices.push(choice);
      if (fake.refuse) throw fake.refuse;
      const route: EngineRoute = {
        engine: choice === 'auto' ? 'ort' : choice,
        choice,
        why: 'A test said so.',
      };
      setStatus({ route });
      return route;
    },
    run: unused,
    dispose: unused,
    status: () => status,
    subscribe: (listener) => {
      listeners.add(listener);
      listener(status);
      return () => listeners.delete(listener);
    },
  };
  const fake: FakeNormless = {
    normless,
    calls,
    loads,
    generations,
    pairs,
    storage,
    added,
    choices: [],
    refuse: null,
    answerAll: () => {
      atOnce = true;
      for (const call of calls) call.resolve();
    },
    setStatus,
  };
  return fake;
}

function committed(id: AnalysisId, request: Call['request']): AnalysisResult<AnalysisId> {
  const { results } = firstResult;
  if (id === 'verify') return exampleReport();
  if (id === 'dla') return request.unit === 'head' ? results['dla:head'] : results['dla:component'];
  if (id === 'predictions' || id === 'token-stats' || id === 'confidence-neurons') return results[id];
  if (id === 'edit-effects') return noEffects(request);
  throw new Error(`the page does not ask for ${id} while no panel is open that looks closer`);
}

/** The models answer the same with edits as without, so no edit does anything. */
function noEffects({ edits = [] }: Call['request']): AnalysisResult<'edit-effects'> {
  const { pair, tokens, pieces, arms } = firstResult.results['dla:component'];
  const of = ({ actual }: { actual: number }) => ({
    base: actual,
    edited: actual,
    alone: edits.map(() => ({ total: 0, direct: 0 })),
    total: 0,
  });
  const own = Object.entries(arms).map(([arm, dla]) => [arm, of(dla)]);
  return { analysis: 'edit-effects', pair, tokens, pieces, engine: 'wgsl', arms: Object.fromEntries(own) };
}
