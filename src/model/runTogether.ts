/** Runs of several models on one backend as one job: their ops are recorded in turn and handed over together. */

import { assert } from '../base/assert.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ActivationCache } from './cache.ts';
import { checkRun } from './checkRun.ts';
import { planEdits } from './editPlan.ts';
import { copying } from './editSources.ts';
import type { Edit } from './edits.ts';
import { forward } from './forward.ts';
import type { HookName } from './hooks.ts';
import type { Model } from './model.ts';

export interface RunJob {
  readonly model: Model;
  readonly tokens: readonly (readonly number[])[];
  readonly hooks: Iterable<HookName>;
  /** Default none. */
  readonly edits?: readonly Edit[];
}

/**
 * One forward pass each, op by op in turn, so that a device with room for more than one kernel can work on both.
 * Returns at once, the caches in the order of the jobs; if one fails, what the others made is freed.
 * @throws InputError as `Model.run` does.
 */
export function runTogether(jobs: readonly RunJob[]): ActivationCache[] {
  const backend = jobs[0]?.model.backend;
  assert(
    jobs.every(({ model }) => model.backend === backend),
    'models of different backends in one job',
  );
  const runs: Run[] = [];
  try {
    for (const job of jobs) runs.push(begin(job));
    inTurn(runs.map(({ steps }) => steps));
    runs[0]?.ops.flush();
  } catch (error) {
    for (const { ops } of runs) ops.dispose();
    throw error;
  }
  return runs.map(({ cache }) => cache);
}

/** Goes through the steps of several, one of each in turn. */
export function inTurn(all: readonly Iterator<void, void>[]): void {
  let waiting = all;
  while (waiting.length > 0) waiting = waiting.filter((steps) => !steps.next().done);
}

interface Run {
  readonly ops: Ops;
  readonly steps: Generator<void, void>;
  readonly cache: ActivationCache;
}

function begin({ model, tokens, hooks, edits = [] }: RunJob): Run {
  const { config, backend, params } = model;
  const wanted = new Set(hooks);
  const pos = tokens[0]?.length ?? 0;
  const plan = planEdits(config, edits, pos);
  checkRun(config, tokens, wanted, plan);
  const ops = backend.arena(`run of ${tokens.length} × ${pos} tokens`);
  const shape = [tokens.length, pos];
  const ids = ops.upload({ dtype: 'u32', shape, data: Uint32Array.from(tokens.flat()) }, 'tokens');
  const recorded = new Map<HookName, Tensor>();
  const steps = copying(ops, model, plan, (from) =>
    forward(ops, config, params, ids, {
      edits: plan,
      from,
      wants: (name) => wanted.has(name),
      observe: (name, activation) => {
        if (wanted.has(name)) recorded.set(name, ops.keep(activation));
      },
    }),
  );
  return { ops, steps, cache: new ActivationCache(ops, tokens, recorded, edits) };
}
