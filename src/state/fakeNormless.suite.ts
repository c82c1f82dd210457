/** An engine for tests of the page: answers with the committed results, when and as the test says. */

import type { AnalysisId, AnalysisRequest, AnalysisResult, EngineStatus, Normless } from '../engine/api.ts';
import { firstResult } from './firstResult.ts';
import { initialState } from './initial.ts';

export interface Call {
  id: AnalysisId;
  request: AnalysisRequest<AnalysisId> & { unit?: string };
  resolve: (change?: Partial<AnalysisResult<AnalysisId>>) => void;
  reject: (error: Error) => void;
}

/** The tests' hold on a fake engine. */
export interface FakeNormless {
  normless: Normless;
  /** Every analysis asked for, oldest first. */
  calls: Call[];
  /** Answers everything still open, and all that is asked from now on, at once. */
  answerAll(): void;
  setStatus(change: Partial<EngineStatus>): void;
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
  const normless: Normless = {
    ready,
    version: '0.0.0-test',
    pairs: async () => [
      {
        id: 'demo',
        title: 'Demo',
        arms: ['original', 'vanilla', 'lnfree'].map((arm) => ({
          id: arm,
          title: arm,
          source: 'a test',
          loaded: true,
          dtype: 'f32',
          config: null,
          notes: [],
        })),
      },
    ],
    tokenize: async (text) => {
      const id = SINGLE[text];
      return id === undefined
        ? { ids: [1, 2], pieces: [text.slice(0, 2), text.slice(2)] }
        : { ids: [id], pieces: [text] };
    },
    analyze: analyze as Normless['analyze'],
    load: unused,
    loadFiles: unused,
    unload: unused,
    run: unused,
    dispose: unused,
    status: () => status,
    subscribe: (listener) => {
      listeners.add(listener);
      listener(status);
      return () => listeners.delete(listener);
    },
  };
  return {
    normless,
    calls,
    answerAll: () => {
      atOnce = true;
      for (const call of calls) call.resolve();
    },
    setStatus: (change) => {
      status = { ...status, ...change };
      for (const listener of listeners) listener(status);
    },
  };
}

function committed(id: AnalysisId, request: Call['request']): AnalysisResult<AnalysisId> {
  const { results } = firstResult;
  if (id !== 'dla') return results[id];
  return request.unit === 'head' ? results['dla:head'] : results['dla:component'];
}
