/** The tokenizer of a checkpoint on disk. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTokenizer, type Tokenizer } from '../../src/tokenizer/tokenizer.ts';

/** Null where the folder has no tokenizer.json. */
export async function tokenizerIn(folder: string): Promise<Tokenizer | null> {
  const path = join(folder, 'tokenizer.json');
  return existsSync(path) ? loadTokenizer(JSON.parse(readFileSync(path, 'utf8'))) : null;
}
