/** What a run refuses by name, the same on every engine: prompts and hooks that do not fit the model. */

import { assert } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { ModelConfig } from '../tensor/params.ts';
import { type EditPlan, UNEDITED } from './editPlan.ts';
import { allHooks, type HookName } from './hooks.ts';

/** InputError on an empty prompt, a prompt beyond n_ctx, an id outside the vocabulary, or an unknown hook. */
export function checkRun(
  config: ModelConfig,
  tokens: readonly (readonly number[])[],
  hooks: ReadonlySet<HookName>,
  edits: EditPlan = UNEDITED,
): void {
  checkTokens(config, tokens);
  checkHooks(config, hooks, edits);
}

/** InputError on an empty prompt, one beyond n_ctx, or an id outside the vocabulary. */
export function checkTokens(config: ModelConfig, tokens: readonly (readonly number[])[]): void {
  const pos = tokens[0]?.length ?? 0;
  if (pos === 0) {
    throw new InputError('There are no tokens to run. Type some text, or switch BOS on to run it alone.', {
      tokens: 0,
    });
  }
  if (pos > config.nCtx) {
    throw new InputError(
      `The prompt has ${pos} tokens, but this model reads at most ${config.nCtx}. Shorten it by ${pos - config.nCtx}.`,
      { tokens: pos, nCtx: config.nCtx },
    );
  }
  for (const row of tokens) {
    assert(row.length === pos, `prompts of ${row.length} and ${pos} tokens in one batch`);
    const bad = row.find((id) => !Number.isInteger(id) || id < 0 || id >= config.dVocab);
    if (bad !== undefined) {
      throw new InputError(
        `Token id ${bad} is not in the vocabulary: ids are whole numbers from 0 to ${config.dVocab - 1}.`,
        {
          id: bad,
          dVocab: config.dVocab,
        },
      );
    }
  }
}

function checkHooks(config: ModelConfig, wanted: ReadonlySet<HookName>, edits: EditPlan): void {
  const known = new Set(allHooks(config, 1, edits).map((hook) => hook.name));
  const unknown = [...wanted].filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new InputError(
    `There is no hook ${unknown.join(', ')} in a model of ${config.nLayers} layers. Hooks are named as in TransformerLens, e.g. blocks.0.hook_resid_pre.`,
    { unknown, nLayers: config.nLayers },
  );
}
