/** Writes texts as token ids for the training: one file of uint16 per corpus, the held-out stories, and a manifest. */

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { documentsIn } from '../src/base/documents.ts';
import { loadTokenizer, type Tokenizer } from '../src/tokenizer/tokenizer.ts';
import { makeTokenizer } from '../tools/makeTokenizer.ts';

/** GPT-2's first tokens that the demo models know; `<|endoftext|>` is the id after them. */
const TOKENS = 8191;
/** The last stories longer than so many characters are held out of the corpus named `tinystories`. */
const HELD_OUT = { corpus: 'tinystories', stories: 420, characters: 200 };

interface Entry {
  name: string;
  documents: number;
  tokens: number;
  /** Of the text as it was read; null for the held-out stories, which are part of another text. */
  textSha256: string | null;
  idsSha256: string;
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Splits the documents in those to train on and those held out. */
export function holdOut(documents: readonly string[]): { train: string[]; held: string[] } {
  const long = documents.filter((text) => text.length > HELD_OUT.characters);
  const held = new Set(long.slice(-HELD_OUT.stories));
  return { train: documents.filter((text) => !held.has(text)), held: [...held] };
}

/** Every document opened by `<|endoftext|>`, little-endian uint16, [token]. */
function idsOf(documents: readonly string[], tokenizer: Tokenizer): Buffer {
  const ids = documents.flatMap((text) => [TOKENS, ...tokenizer.encode(text)]);
  const bytes = Buffer.alloc(2 * ids.length);
  for (const [i, id] of ids.entries()) bytes.writeUInt16LE(id, 2 * i);
  return bytes;
}

/** `node tools/run.mjs training/tokenise.ts <folder to write> <text>...`; returns the exit status. */
export function main([out, ...paths]: string[]): number {
  if (!out || paths.length === 0) {
    process.stderr.write('Usage: node tools/run.mjs training/tokenise.ts <folder to write> <text.txt>...\n');
    return 1;
  }
  mkdirSync(out, { recursive: true });
  const json = makeTokenizer(TOKENS);
  writeFileSync(join(out, 'tokenizer.json'), json);
  const tokenizer = loadTokenizer(JSON.parse(json));

  const entries: Entry[] = [];
  const write = (name: string, documents: readonly string[], textSha256: string | null) => {
    const ids = idsOf(documents, tokenizer);
    writeFileSync(join(out, `${name}.u16`), ids);
    const entry = {
      name,
      documents: documents.length,
      tokens: ids.length / 2,
      textSha256,
      idsSha256: sha256(ids),
    };
    entries.push(entry);
    process.stdout.write(`${name}: ${entry.documents} documents, ${entry.tokens} tokens\n`);
  };
  for (const path of paths) {
    const bytes = readFileSync(path);
    const name = basename(path).replace(/\.[^.]*$/, '');
    const documents = documentsIn(path, bytes.toString('utf8'));
    const { train, held } =
      name === HELD_OUT.corpus ? holdOut(documents) : { train: documents, held: [] as string[] };
    write(name, train, sha256(bytes));
    if (held.length > 0) write('held-out', held, null);
  }
  writeFileSync(
    join(out, 'manifest.json'),
    `${JSON.stringify({ tokens: TOKENS, endOfText: TOKENS, tokenizerSha256: sha256(Buffer.from(json)), corpora: entries }, null, 2)}\n`,
  );
  return 0;
}
