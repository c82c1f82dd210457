/** A request's prompt becomes the ids that are fed; what requests may not ask for is refused by name. */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { EngineChoice, LoadRequest, PromptRequest, TokenRef } from './api.ts';
import { STORAGES } from './budget.ts';

/** The ids to feed; BOS is prepended to a text unless asked not to, never to ids. */
export function promptTokens(
  request: PromptRequest,
  config: ModelConfig,
  tokenizer: Tokenizer | null,
): number[] {
  const { text, tokens, prependBos = true } = request;
  if ((text === undefined) === (tokens === undefined)) {
    throw new InputError('Give either a text or token ids, not both and not neither.', { text, tokens });
  }
  if (tokens) return [...tokens];
  const ids = must(tokenizer, 'a text without a tokenizer').encode(text as string);
  if (!prependBos) return ids;
  if (config.bosTokenId !== null) return [config.bosTokenId, ...ids];
  throw new InputError(
    'This model names no BOS token (neither bos_token_id nor eos_token_id). Switch BOS off.',
    { prependBos },
  );
}

/** Ids as they are, texts that are exactly one token. */
export function tokenIds(refs: TokenRef | readonly TokenRef[], tokenizer: Tokenizer | null): number[] {
  return [refs].flat().map((ref) => {
    if (typeof ref === 'number') return ref;
    if (tokenizer) return tokenizer.single(ref);
    throw new InputError(`'${ref}' is a text, but this pair has no tokenizer. Give a token id.`, { ref });
  });
}

/** The engine a request names, `auto` where it names none; InputError for what is no engine. */
export function checkEngine(engine: EngineChoice = 'auto'): EngineChoice {
  if (engine === 'auto' || engine === 'wgsl' || engine === 'ort') return engine;
  throw new InputError(`There is no engine '${String(engine)}'. Use 'auto', 'wgsl' or 'ort'.`, { engine });
}

export function checkStorage({ dtype, residency }: Pick<LoadRequest, 'dtype' | 'residency'>): void {
  if (dtype !== undefined && !STORAGES.includes(dtype))
    throw new InputError(`Weights cannot be stored as '${String(dtype)}'. Use 'f32', 'f16' or 'q8'.`, {
      dtype,
    });
  if (residency !== undefined && residency !== 'all' && residency !== 'one-at-a-time')
    throw new InputError(`The residency '${String(residency)}' is unknown. Use 'all' or 'one-at-a-time'.`, {
      residency,
    });
}
