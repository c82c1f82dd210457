/** Text to token ids and back, for any checkpoint whose tokenizer.json is a byte-level BPE, as GPT-2's is. */

import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers';
import { InputError, LoadError } from '../base/errors.ts';
import { BYTE_OF_SYMBOL, bytesOfSymbols, showBytes } from './bytes.ts';

export interface Piece {
  id: number;
  piece: string;
}

export interface Tokenizer {
  /** One more than the highest id. */
  readonly vocabSize: number;
  /**
   * Ids of the text exactly as it stands: nothing is trimmed and BOS is never added. As on the Hub, the text of a
   * special token (`<|endoftext|>`) becomes that token. A lone surrogate is no character: it counts as U+FFFD.
   */
  encode(text: string): number[];
  /** The text of the ids; bytes that form no character become U+FFFD, ids without a token `<unused 50300>`. */
  decode(ids: readonly number[]): string;
  /** The text of one token; bytes that are no whole character show as `<0xE2><0x96>`. */
  piece(id: number): string;
  pieces(ids: readonly number[]): string[];
  /** The id of a text that is exactly one token; otherwise an InputError that shows the split, also as `data.split`. */
  single(text: string): number;
}

interface AddedToken {
  id: number;
  content: string;
}

/** The parts of tokenizer.json that decide how we read it. */
interface TokenizerJson {
  model: { vocab: Record<string, number>; merges: unknown[]; end_of_word_suffix?: string | null };
  added_tokens: AddedToken[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Ids beyond this are an attack on memory, not a vocabulary: the library keeps an array as long as the highest id. */
const MAX_ID = 1 << 22;

const isId = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_ID;

function hasByteLevel(preTokenizer: unknown): boolean {
  if (!isObject(preTokenizer)) return false;
  if (preTokenizer.type === 'ByteLevel') return true;
  return Array.isArray(preTokenizer.pretokenizers) && preTokenizer.pretokenizers.some(hasByteLevel);
}

/** Refuses, naming what was found, anything but a byte-level BPE; an untrusted file goes no further than this. */
function check(json: unknown): TokenizerJson {
  const refuse = (found: string): never => {
    throw new LoadError(
      `tokenizer.json is no byte-level BPE as GPT-2's is: ${found}. Use the tokenizer.json of a GPT-2 checkpoint.`,
      { found },
    );
  };
  if (!isObject(json) || !isObject(json.model)) return refuse('it has no "model"');
  const { model } = json;
  const kind = model.type ?? (Array.isArray(model.merges) ? 'BPE' : 'unnamed'); // old files leave the type out
  if (kind !== 'BPE') return refuse(`its model is ${String(kind)}`);
  if (!hasByteLevel(json.pre_tokenizer)) {
    const name = isObject(json.pre_tokenizer) ? String(json.pre_tokenizer.type) : 'none';
    return refuse(`its pre-tokenizer is ${name}`);
  }
  if (model.end_of_word_suffix) return refuse(`words end in "${String(model.end_of_word_suffix)}"`);
  if (!isObject(model.vocab)) return refuse('it has no vocabulary');
  if (!Array.isArray(model.merges)) return refuse('it has no merges');

  const added: unknown = json.added_tokens ?? [];
  if (!Array.isArray(added)) return refuse('"added_tokens" is no list');
  const badAdded = added.find(
    (each) => !isObject(each) || !isId(each.id) || typeof each.content !== 'string',
  );
  if (badAdded !== undefined) return refuse('an added token has no id or no content');
  const badId = Object.entries(model.vocab).find(([, id]) => !isId(id));
  if (badId)
    return refuse(
      `the token "${badId[0].slice(0, 40)}" has the id ${String(JSON.stringify(badId[1])).slice(0, 40)}`,
    );
  const { vocab } = model;
  const missing = [...BYTE_OF_SYMBOL].find(([symbol]) => !Object.hasOwn(vocab, symbol));
  if (missing) return refuse(`its vocabulary lacks the byte ${missing[1]}, so some text would vanish`);
  return { model, added_tokens: added } as unknown as TokenizerJson;
}

/** A tokenizer from the parsed tokenizer.json; a LoadError where it is not a byte-level BPE. */
export function loadTokenizer(json: unknown): Tokenizer {
  const { model, added_tokens } = check(json);
  const bytes: Uint8Array[] = []; // by id; holes where an id has no token
  for (const [symbols, id] of Object.entries(model.vocab)) bytes[id] = bytesOfSymbols(symbols);
  for (const { id, content } of added_tokens) bytes[id] = new TextEncoder().encode(content);

  const library = build({
    ...(json as object),
    model: { ...model, type: 'BPE' },
    added_tokens,
    normalizer: (json as { normalizer?: unknown }).normalizer ?? null,
    // Decoding is ours, for bytes that are no character; and nothing may add special tokens.
    decoder: null,
    post_processor: null,
  });

  const bytesOf = (id: number): Uint8Array => {
    if (!Number.isInteger(id) || id < 0)
      throw new InputError(`${id} is no token id: give a whole number from 0 to ${bytes.length - 1}.`, {
        id,
      });
    return bytes[id] ?? new TextEncoder().encode(`<unused ${id}>`);
  };
  const encode = (text: string) => library.encode(text.toWellFormed(), { add_special_tokens: false }).ids;
  const piece = (id: number) => showBytes(bytesOf(id));

  return {
    vocabSize: bytes.length,
    encode,
    piece,
    pieces: (ids) => ids.map(piece),
    decode(ids) {
      const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
      return ids.map((id) => utf8.decode(bytesOf(id), { stream: true })).join('') + utf8.decode();
    },
    single(text) {
      const ids = encode(text);
      const [only] = ids;
      if (only !== undefined && ids.length === 1) return only;
      const split: Piece[] = ids.map((id) => ({ id, piece: piece(id) }));
      const spaced = encode(` ${text}`).length === 1 ? ` ${text}` : null;
      throw new InputError(notSingle(text, split, spaced), {
        text,
        split,
        ...(spaced ? { suggestion: spaced } : {}),
      });
    },
  };
}

function build(json: object): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(json, {});
  } catch (cause) {
    throw new LoadError(
      'tokenizer.json is damaged: its tokenizer could not be built. Fetch the file again.',
      {},
      { cause },
    );
  }
}

function notSingle(text: string, split: readonly Piece[], spaced: string | null): string {
  if (split.length === 0)
    return 'A target must be one token, and this text is empty. Type a word, usually after a space.';
  const parts = split.map(({ piece }) => `"${piece}"`).join(' + ');
  const hint = spaced
    ? `With a space in front, "${spaced}", it is one token.`
    : 'Choose one of the parts, or another word.';
  return `"${text}" is not one token but ${split.length}: ${parts}. ${hint}`;
}
