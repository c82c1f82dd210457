/** A checkpoint's tokenizer.json, or the same made of the vocab.json and merges.txt that older GPT-2 repositories have. */

import { LoadError } from '../base/errors.ts';
import type { ByteSource, CheckpointFiles } from './byteSource.ts';
import { impostor, type JsonObject, readJson, readSmall } from './json.ts';

const TOKENIZER = 'tokenizer.json';
const VOCAB = 'vocab.json';
const MERGES = 'merges.txt';

/** GPT-2's own are 1.4 MB, those of the largest multilingual vocabularies 14 MB. */
const MAX_TOKENIZER_BYTES = 16 * 2 ** 20;

/** GPT-2's only special token: the beginning and the end of a text. */
const END_OF_TEXT = '<|endoftext|>';

/** The tokenizer, parsed but not yet judged, or null where the checkpoint has none; LoadError where a file is damaged. */
export async function readTokenizer(
  files: CheckpointFiles,
  signal?: AbortSignal,
): Promise<JsonObject | null> {
  const has = (name: string) => files.names.includes(name);
  if (has(TOKENIZER)) return readJson(files.open(TOKENIZER), MAX_TOKENIZER_BYTES, signal);
  if (!has(VOCAB) || !has(MERGES)) return null;
  const vocab = await readJson(files.open(VOCAB), MAX_TOKENIZER_BYTES, signal);
  return composeTokenizer(vocab, await readMerges(files.open(MERGES), signal));
}

/**
 * tokenizer.json as Transformers makes it of GPT-2's two files: symbol string → id, and pairs "a b" in the order of merging.
 * LoadError where a merge makes something that is no token: then the files belong to different models.
 */
export function composeTokenizer(vocab: JsonObject, merges: readonly string[]): JsonObject {
  const stray = merges.find((merge) => !Object.hasOwn(vocab, merge.replace(' ', '')));
  if (stray !== undefined)
    throw new LoadError(
      `${MERGES} merges "${stray.slice(0, 40)}", which is no token of ${VOCAB}. Use the two files of one model.`,
      { merge: stray.slice(0, 40) },
    );
  const byteLevel = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: Object.hasOwn(vocab, END_OF_TEXT) ? [specialToken(END_OF_TEXT, vocab[END_OF_TEXT])] : [],
    normalizer: null,
    pre_tokenizer: { ...byteLevel, add_prefix_space: false },
    post_processor: { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}

function specialToken(content: string, id: unknown): JsonObject {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

/** The lines of merges.txt, each two symbol strings with a space between, without the `#version` in front. */
async function readMerges(source: ByteSource, signal?: AbortSignal): Promise<string[]> {
  const bytes = await readSmall(source, MAX_TOKENIZER_BYTES, signal);
  const found = impostor(bytes);
  if (found) throw damaged(source, `it is ${found}`);
  const lines = new TextDecoder().decode(bytes).split(/\r?\n/);
  if (lines[0]?.startsWith('#version')) lines.shift();
  if (lines.at(-1) === '') lines.pop();
  const bad = lines.findIndex((line) => !/^[^ ]+ [^ ]+$/.test(line));
  if (bad >= 0)
    throw damaged(source, `"${lines[bad]?.slice(0, 40)}" is no pair of symbols with a space between`);
  return lines;
}

function damaged(source: ByteSource, problem: string): LoadError {
  return new LoadError(`${source.name} is damaged: ${problem}. Download or copy the file again.`, {
    file: source.name,
  });
}
