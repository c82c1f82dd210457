/** A text as it is read: documents in one stream, cut into windows in which every token is scored at most once. */

import { InputError } from '../../base/errors.ts';
import type { ModelConfig } from '../../tensor/params.ts';
import { checkCount } from '../armRun.ts';

/** Tokens fed at a time where nobody says: enough context for most of what a small model does with it. */
export const USUAL_WINDOW = 256;

/** A text and how it is cut. Window i begins at token i·stride of the stream. */
export interface Reading {
  /** All documents, the separator between two of them. */
  readonly tokens: readonly number[];
  readonly documents: number;
  readonly emptyDocuments: number;
  /** Tokens fed at a time, BOS included. */
  readonly window: number;
  readonly stride: number;
  /** What every window begins with; null for nothing. */
  readonly bos: number | null;
}

export interface Window {
  readonly index: number;
  /** Where its first token of the text stands in the stream. */
  readonly start: number;
  /** As fed, BOS included. */
  readonly tokens: readonly number[];
  /** 1 where a BOS stands before the text, else 0. */
  readonly prefix: 0 | 1;
  /** The first position whose next token is scored here; the last one scored is the last but one. */
  readonly from: number;
}

export interface ReadingOptions {
  readonly window?: number | undefined;
  readonly stride?: number | undefined;
  readonly prependBos?: boolean | undefined;
}

/**
 * Documents as one stream, <|endoftext|> between two of them, and the windows to read it in.
 * @throws InputError where nothing can be scored, or no such windows can be cut.
 */
export function readingOf(
  documents: readonly (readonly number[])[],
  config: Pick<ModelConfig, 'nCtx' | 'bosTokenId'>,
  options: ReadingOptions,
): Reading {
  const { prependBos = false } = options;
  const filled = documents.filter(({ length }) => length > 0);
  const special = config.bosTokenId;
  if (special === null && (prependBos || filled.length > 1))
    throw new InputError(
      'This model names no <|endoftext|> token (neither bos_token_id nor eos_token_id), so windows cannot begin with it nor documents be joined by it. Give one document, without BOS.',
      { documents: filled.length, prependBos },
    );
  const bos = prependBos ? special : null;
  const prefix = bos === null ? 0 : 1;
  const window = checkCount('window', options.window ?? Math.min(config.nCtx, USUAL_WINDOW), 2, config.nCtx);
  const content = window - prefix;
  const stride = checkCount('stride', options.stride ?? content, 1, content);
  const tokens = filled.flatMap((ids, i) => (i === 0 ? ids : [special as number, ...ids]));
  if (tokens.length + prefix < 2)
    throw new InputError(
      tokens.length === 0
        ? 'The text is empty: there is nothing to read. Paste a text, drop a file, or take the sample.'
        : 'The text is a single token, which nothing comes before. Give a longer text, or let windows begin with BOS.',
      { tokens: tokens.length },
    );
  return {
    tokens,
    documents: filled.length,
    emptyDocuments: documents.length - filled.length,
    window,
    stride,
    bos,
  };
}

/** How many windows score anything. */
export function windowCount({ tokens, window, stride, bos }: Reading): number {
  const content = window - (bos === null ? 0 : 1);
  const count = 1 + Math.ceil(Math.max(0, tokens.length - content) / stride);
  const last = tokens.length - (count - 1) * stride;
  return last === 1 && bos === null && stride === content ? count - 1 : count; // a lone token has nothing before it
}

export function windowAt(reading: Reading, index: number): Window {
  const { window, stride, bos } = reading;
  const prefix = bos === null ? 0 : 1;
  const content = window - prefix;
  const start = index * stride;
  const text = reading.tokens.slice(start, start + content);
  // What the window before has scored is context here.
  const firstNew = index === 0 ? 0 : content - stride;
  return {
    index,
    start,
    tokens: bos === null ? text : [bos, ...text],
    prefix,
    from: Math.max(0, firstNew - 1 + prefix),
  };
}

/** How many positions a window scores. */
export const scoredIn = ({ tokens, from }: Pick<Window, 'tokens' | 'from'>): number =>
  tokens.length - 1 - from;

/** How many positions all windows score. */
export function scoredTokens(reading: Reading): number {
  const count = windowCount(reading);
  const [first, second] = [windowAt(reading, 0), windowAt(reading, count - 1)];
  if (count === 1) return scoredIn(first);
  const whole = scoredIn(windowAt(reading, 1));
  return scoredIn(first) + (count > 2 ? (count - 2) * whole : 0) + scoredIn(second);
}

/** Where the token predicted at a position of a window stands in the stream. */
export const indexInText = ({ start, prefix }: Pick<Window, 'start' | 'prefix'>, position: number): number =>
  start + position + 1 - prefix;

/** What was done, in a sentence. */
export function conventionOf(reading: Reading): string {
  const { window, stride, bos, documents } = reading;
  const content = window - (bos === null ? 0 : 1);
  const overlap =
    stride === content
      ? 'windows do not overlap'
      : `a window begins every ${stride} tokens and scores only what the one before did not`;
  const unscored = stride === content ? 'each' : 'the text';
  const begin =
    bos === null ? `no BOS, so the first token of ${unscored} is not scored` : 'each begins with BOS';
  const joined = documents > 1 ? `, ${documents} documents joined by <|endoftext|>` : '';
  return `Windows of ${window} tokens (${begin}); ${overlap}${joined}. Natural logarithms; means over scored tokens, outliers aside; 95 % intervals by bootstrap over windows.`;
}
