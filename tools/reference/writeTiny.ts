/** Writes the seeded checkpoints to a folder, for gpt2_reference.py: node tools/run.mjs tools/reference/writeTiny.ts <folder> */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TINY_CHECKPOINTS, TINY_TOKENS } from './tiny.ts';

export async function main([folder]: string[]): Promise<number> {
  if (!folder) {
    console.error('Name the folder to write to.');
    return 2;
  }
  for (const [form, make] of Object.entries(TINY_CHECKPOINTS)) {
    mkdirSync(join(folder, form), { recursive: true });
    for (const [name, bytes] of make()) writeFileSync(join(folder, form, name), bytes);
  }
  writeFileSync(join(folder, 'tokens.json'), JSON.stringify(TINY_TOKENS));
  return 0;
}
