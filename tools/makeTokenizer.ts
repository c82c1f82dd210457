/** Writes GPT-2's tokenizer.json, whole or cut to its first tokens, from the ranks in the npm package js-tiktoken. */

import { writeFileSync } from 'node:fs';
import gpt2 from 'js-tiktoken/ranks/gpt2';
import { BYTE_OF_SYMBOL } from '../src/tokenizer/bytes.ts';
import { composeTokenizer } from '../src/weights/tokenizerFiles.ts';

/** The whole of GPT-2: 256 bytes and 50,000 merges; <|endoftext|> comes after them. */
export const GPT2_TOKENS = 50_256;

/** js-tiktoken's own format cut the same way, for using it as an oracle. */
export function cutRanks(tokens: number): typeof gpt2 {
  return {
    ...gpt2,
    bpe_ranks: gpt2.bpe_ranks
      .split(' ')
      .slice(0, 2 + tokens)
      .join(' '), // "!", the first rank, then one token each
    special_tokens: { '<|endoftext|>': tokens },
  };
}

/** The last merge that makes `token`: what is left when every merge older than it has been applied. */
function lastMerge(token: string, rank: number, ranks: ReadonlyMap<string, number>): string {
  const parts = [...token];
  while (parts.length > 2) {
    let best = rank;
    let at = -1;
    for (let i = 0; i + 1 < parts.length; i++) {
      const candidate = ranks.get(`${parts[i]}${parts[i + 1]}`);
      if (candidate !== undefined && candidate < best) {
        best = candidate;
        at = i;
      }
    }
    if (at < 0) throw new Error(`no merges lead to "${token}" of rank ${rank}`);
    parts.splice(at, 2, `${parts[at]}${parts[at + 1]}`);
  }
  return parts.join(' ');
}

/** tokenizer.json for the first `tokens` of GPT-2 (256 to 50,256) with `<|endoftext|>` as the id after them. */
export function makeTokenizer(tokens: number): string {
  if (!Number.isInteger(tokens) || tokens < 256 || tokens > GPT2_TOKENS)
    throw new Error(`${tokens} tokens: a whole number from 256 to ${GPT2_TOKENS} is needed`);
  const alphabet = [...BYTE_OF_SYMBOL.keys()];
  const base64 = gpt2.bpe_ranks.split(' ').slice(2, 2 + tokens);
  const texts = base64.map((token) =>
    Array.from(Buffer.from(token, 'base64'), (byte) => alphabet[byte]).join(''),
  );
  const ranks = new Map(texts.map((text, rank) => [text, rank]));
  const merges = texts.slice(256).map((text, i) => lastMerge(text, 256 + i, ranks));
  const vocab = Object.fromEntries([...ranks, ['<|endoftext|>', tokens]]);
  return JSON.stringify(composeTokenizer(vocab, merges));
}

/** `node tools/run.mjs tools/makeTokenizer.ts 8191 public/models/demo/original/tokenizer.json` */
export function main([tokens, file]: string[]): number {
  if (!file) {
    console.error('Usage: node tools/run.mjs tools/makeTokenizer.ts <tokens, at most 50256> <file>');
    return 1;
  }
  writeFileSync(file, makeTokenizer(Number(tokens)));
  return 0;
}
