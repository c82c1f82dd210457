/** A patching request becomes the ids of its two prompts and a question about them; what cannot be asked is refused by name. */

import type { PatchQuestion } from '../analysis/activationPatching.ts';
import { checkPair } from '../analysis/activationPatchingPair.ts';
import { checkCount } from '../analysis/armRun.ts';
import type {
  FedPrompt,
  PatchingReport,
  PatchPair,
  PatchParameters,
  PatchPrompt,
} from '../analysis/types/index.ts';
import { InputError } from '../base/errors.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { AnalysisRequest, PromptRequest } from './api.ts';
import { promptTokens, tokenIds } from './prompts.ts';
import { oneOf } from './specs/spec.ts';

/** A pair of prompts and its metric, in ids. */
export interface AskedPair {
  readonly clean: readonly number[];
  readonly corrupted: readonly number[];
  readonly target: readonly number[];
  readonly contrast: readonly number[];
}

/** InputError where a request of two prompts also has one of its own. */
export function refusePrompt(call: string, { text, tokens }: PromptRequest): void {
  if (text === undefined && tokens === undefined) return;
  throw new InputError(
    `${call} reads the prompts \`clean\` and \`corrupted\`, each {text} or {tokens}. Leave text and tokens out.`,
    { text, tokens },
  );
}

/** The pairs of a request. @throws InputError where it gives none, or both a list and one pair. */
export function pairsOf(request: AnalysisRequest<'attribution-patching'>): readonly PatchPair[] {
  const { pairs, clean, corrupted, target, contrast } = request as Partial<
    PatchPair & { pairs: PatchPair[] }
  >;
  if (pairs === undefined) return [request as PatchPair];
  if ([clean, corrupted, target, contrast].some((given) => given !== undefined))
    throw new InputError(
      'Give `pairs`, or one pair as clean, corrupted, target and contrast, but not both.',
      {},
    );
  if (Array.isArray(pairs) && pairs.length > 0 && pairs.every((pair) => pair && typeof pair === 'object'))
    return pairs;
  throw new InputError('pairs must be a list of at least one {clean, corrupted, target, contrast?}.', {
    pairs,
  });
}

/** Whether these pairs have any text, which takes a tokenizer. */
export function haveTexts(pairs: readonly Partial<PatchPair>[]): boolean {
  const isText = (prompt: PatchPrompt | undefined) =>
    typeof prompt === 'object' && prompt && 'text' in prompt;
  return pairs.some(
    ({ clean, corrupted, target = [], contrast = [] }) =>
      isText(clean) || isText(corrupted) || [target, contrast].flat().some((ref) => typeof ref === 'string'),
  );
}

/**
 * @throws InputError where a prompt is not given as {text} or {tokens}, where the two differ in length or not at all, and
 * where there is no target.
 */
function askedPair(
  { clean, corrupted, target, contrast = [] }: PatchPair,
  ...[{ prependBos }, config, tokenizer]: Rest
): AskedPair {
  const ids = (name: string, prompt: PatchPrompt | undefined) => {
    if (prompt === null || typeof prompt !== 'object')
      throw new InputError(`Give the ${name} prompt as {text: '…'} or {tokens: […]}.`, { [name]: prompt });
    return promptTokens({ ...prompt, ...(prependBos !== undefined && { prependBos }) }, config, tokenizer);
  };
  if (target === undefined || target === null)
    throw new InputError(
      "Patching needs a target: a token id, a text that is one token (' Mary'), or a list of them.",
      {},
    );
  const pair = {
    clean: ids('clean', clean),
    corrupted: ids('corrupted', corrupted),
    target: tokenIds(target, tokenizer),
    contrast: tokenIds(contrast, tokenizer),
  };
  checkPair(pair.clean, pair.corrupted, (id) => tokenizer?.piece(id) ?? `#${id}`);
  return pair;
}

/** `askedPair` of each; of several the InputError names which. */
export function askedPairs(pairs: readonly PatchPair[], ...rest: Rest): AskedPair[] {
  return pairs.map((pair, index) => {
    try {
      return askedPair(pair, ...rest);
    } catch (error) {
      if (pairs.length === 1 || !(error instanceof InputError)) throw error;
      throw new InputError(`Pair ${index + 1}: ${error.message}`, { ...error.data, pair: index });
    }
  });
}

type Rest = [request: Pick<PromptRequest, 'prependBos'>, config: ModelConfig, tokenizer: Tokenizer | null];

/** What the result says of the two prompts. */
export function fedPair({ clean, corrupted }: AskedPair, piece: (id: number) => string): PatchingReport {
  const fed = (tokens: readonly number[]): FedPrompt => ({ tokens: [...tokens], pieces: tokens.map(piece) });
  const differing = [...clean.keys()].filter((position) => clean[position] !== corrupted[position]);
  return { clean: fed(clean), corrupted: fed(corrupted), differing };
}

/** A question with its defaults. @throws InputError for what is no layer, site, granularity, direction or count. */
export function patchQuestion(
  { target, contrast }: AskedPair,
  { site, granularity = 'position', direction = 'denoising', normalise = false, ...rest }: PatchParameters,
  config: ModelConfig,
): PatchQuestion & { k: number } {
  const every = Array.from({ length: config.nLayers }, (_, layer) => layer);
  const layers = rest.layers ?? every;
  if (!Array.isArray(layers))
    throw new InputError('layers must be a list of layers, like [0, 1].', { layers });
  return {
    site,
    granularity,
    layers: [...new Set(layers)].sort((a, b) => a - b),
    direction: oneOf('direction', direction, ['denoising', 'noising'] as const),
    normalise: normalise === true,
    target,
    contrast,
    k: checkCount('k', rest.k ?? 10, 1, config.dMlp),
  };
}
