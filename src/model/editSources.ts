/** The runs that edits copy from: made first, in the same arena, their hooks kept. */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { FromSource } from './applyEdits.ts';
import { checkTokens } from './checkRun.ts';
import type { EditPlan } from './editPlan.ts';
import type { FromRun } from './edits.ts';
import { forward } from './forward.ts';
import type { HookName } from './hooks.ts';
import type { Model } from './model.ts';

/** The steps of `run`, which may copy, after those of the runs that the plan copies from. */
export function* copying(
  ops: Ops,
  model: Pick<Model, 'config' | 'params'>,
  plan: EditPlan,
  run: (from: FromSource) => Generator<void, void>,
): Generator<void, void> {
  const sources = new Map<string, Map<HookName, Tensor>>();
  for (const [key, hooks] of wantedOf(plan)) {
    const tokens = key.split(',').map(Number);
    checkTokens(model.config, [tokens]);
    const ids = ops.upload(
      { dtype: 'u32', shape: [1, tokens.length], data: Uint32Array.from(tokens) },
      'tokens',
    );
    const kept = new Map<HookName, Tensor>();
    yield* forward(ops, model.config, model.params, ids, {
      wants: (name) => hooks.has(name),
      observe: (name, activation) => {
        if (hooks.has(name)) kept.set(name, ops.keep(activation));
      },
    });
    sources.set(key, kept);
  }
  const hookOf = new Map(
    [...plan.steps].flatMap(([hook, steps]) => steps.map(({ edit }) => [edit as unknown, hook] as const)),
  );
  yield* run((edit) => must(sources.get(keyOf(edit))?.get(hookOf.get(edit) ?? ''), 'a run to copy from'));
}

/** For each prompt that is copied from, the hooks that are. */
function wantedOf({ steps }: EditPlan): Map<string, Set<HookName>> {
  const wanted = new Map<string, Set<HookName>>();
  for (const [hook, list] of steps) {
    for (const { edit } of list) {
      if (edit.kind !== 'from-run') continue;
      const key = keyOf(edit);
      wanted.set(key, (wanted.get(key) ?? new Set()).add(hook));
    }
  }
  return wanted;
}

function keyOf({ source }: FromRun): string {
  if ('tokens' in source) return source.tokens.join();
  throw new InputError(
    'This run has no tokenizer at hand, so an edit can copy from token ids only: give its source as {tokens}.',
    { source },
  );
}
