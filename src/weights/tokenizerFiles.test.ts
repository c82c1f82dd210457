import { expect, test } from 'vitest';
import { GPT2_TOKENS, makeTokenizer } from '../../tools/makeTokenizer.ts';
import { hasShared, readShared } from '../../tools/readShared.ts';
import { loadTokenizer } from '../tokenizer/tokenizer.ts';
import type { Bytes } from './byteSource.ts';
import { openCheckpoint } from './checkpoint.ts';
import type { JsonObject } from './json.ts';
import { localFiles } from './localFiles.ts';
import { memoryFiles } from './memory.ts';
import { jsonBytes, makeTinyCheckpoint } from './testing.ts';

interface Gpt2 extends JsonObject {
  model: { vocab: Record<string, number>; merges: string[] };
}

const gpt2 = JSON.parse(makeTokenizer(GPT2_TOKENS)) as Gpt2;
const { vocab, merges } = gpt2.model;
const text = (lines: readonly string[], end: string): Bytes =>
  new TextEncoder().encode(lines.map((line) => line + end).join(''));

/** The checkpoint of an older repository, with GPT-2's vocab.json and this merges.txt. */
const older = (mergesTxt: Bytes) =>
  new Map<string, Bytes>([
    ...makeTinyCheckpoint(),
    ['vocab.json', jsonBytes(vocab)],
    ['merges.txt', mergesTxt],
  ]);

test.each([
  ['as OpenAI wrote it', text(['#version: 0.2', ...merges], '\n')],
  ['without its version', text(merges, '\n')],
  ['with the line ends of Windows', text(['#version: 0.2', ...merges], '\r\n')],
])('vocab.json and merges.txt %s make the very tokenizer.json', async (_, bytes) => {
  expect((await openCheckpoint(memoryFiles(older(bytes)))).tokenizerJson).toEqual(gpt2);
});

test('a tokenizer.json counts before the older files', async () => {
  const files = older(text(merges, '\n')).set('tokenizer.json', jsonBytes({ here: true }));
  expect((await openCheckpoint(memoryFiles(files))).tokenizerJson).toEqual({ here: true });
});

test('a vocabulary without <|endoftext|> has no special token', async () => {
  const files = makeTinyCheckpoint();
  files.set('vocab.json', jsonBytes({ a: 0, b: 1, ab: 2 })).set('merges.txt', text(['a b'], '\n'));
  const { tokenizerJson } = await openCheckpoint(memoryFiles(files));
  expect(tokenizerJson).toMatchObject({ added_tokens: [], model: { merges: ['a b'] } });
});

test.skipIf(!hasShared)('picked older files encode as every third-party vector says', async () => {
  const picked = [...older(text(['#version: 0.2', ...merges], '\n'))].map(
    ([name, bytes]) => new File([bytes], name),
  );
  const { tokenizerJson } = await openCheckpoint(localFiles(picked));
  const tokenizer = loadTokenizer(tokenizerJson);
  const lines = new TextDecoder()
    .decode(await readShared('vectors/gpt2-tokenizer.jsonl'))
    .trim()
    .split('\n');
  expect(lines.length).toBeGreaterThan(100);
  for (const line of lines) {
    const { text, ids, source } = JSON.parse(line) as { text: string; ids: number[]; source: string };
    expect(tokenizer.encode(text), source).toEqual(ids);
  }
});
