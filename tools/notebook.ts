/**
 * Makes notebooks of four analyses of the demo, compiles every cell and runs those that need PyTorch alone, which assert
 * our numbers: npm run notebook -- [--python /usr/bin/python3] [--keep folder] [--compile-only]
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Edit } from '../src/engine/api.ts';
import { type Notebook, notebook, OPTIONAL_CELLS } from '../src/share/notebook.ts';
import { computedSnapshot } from '../src/share/snapshot.suite.ts';
import { createCpuService } from './cpuService.ts';
import { told } from './told.ts';

const TEXT = 'Once upon a time, there was a little girl who liked to play. One day,';
const QUESTION = {
  text: TEXT,
  position: -1,
  target: [{ id: 673, piece: ' she' }],
  contrast: [{ id: 339, piece: ' he' }],
};
/** One of every kind, on every form of site. */
const EDITS: readonly Edit[] = [
  { kind: 'scale', site: 'L0.q', head: 2, value: 1.2 },
  { kind: 'set', site: 'L0.attn_scores', head: 1, query: -1, key: 3, value: 2 },
  { kind: 'freeze-norm', site: 'L1.ln1', path: 'v', value: 1.7 },
  { kind: 'knock-out', site: 'L1.pattern', head: 0, query: -1, key: 0 },
  { kind: 'zero', site: 'blocks.2.attn.hook_z', head: 1 },
  { kind: 'mean', site: 'L2.mlp_out', of: 'prompt' },
  { kind: 'add', site: 'L3.mlp_post', neuron: 17, value: 0.5 },
  { kind: 'add', site: 'L3.attn_out', position: -1, value: 0.1 },
  {
    kind: 'from-run',
    site: 'L1.resid_pre',
    position: 10,
    source: { text: TEXT.replace('girl', 'boy') },
  },
  { kind: 'freeze-norm', site: 'ln_final.hook_scale', value: 'prompt' },
];

const CASES = [
  { name: 'plain', edits: [], contrast: [], storage: 'f32' },
  { name: 'edited', edits: EDITS, contrast: QUESTION.contrast, storage: 'f32' },
  { name: 'halves', edits: [], contrast: QUESTION.contrast, storage: 'f16' },
  { name: 'eight-bits', edits: [], contrast: QUESTION.contrast, storage: 'q8' },
] as const;

export async function main(args: string[]): Promise<void> {
  const given = told(import.meta.filename, args, {
    options: {
      python: { type: 'string', default: 'python3' },
      keep: { type: 'string' },
      'compile-only': { type: 'boolean', default: false },
    },
  });
  if (!given) return;
  const { values } = given;
  const folder = values.keep ? resolve(values.keep) : mkdtempSync(join(tmpdir(), 'normless-notebook-'));
  mkdirSync(folder, { recursive: true });
  const service = createCpuService();
  await service.start();
  for (const { name, edits, contrast, storage } of CASES) {
    await service.load({ pair: 'demo', arms: ['original', 'lnfree'], dtype: storage });
    const question = { ...QUESTION, contrast: [...contrast] };
    const snapshot = await computedSnapshot(service, resolve('public/models/demo'), question, edits, storage);
    const made = notebook(snapshot);
    writeFileSync(join(folder, `${name}.ipynb`), JSON.stringify(made, null, 1));
    check(made, join(folder, name), values.python, !values['compile-only']);
  }
  console.log(`Notebooks and scripts are in ${folder}`);
}

/** Compiles each cell by itself, then runs those without further needs as one script, as a reader would from top to bottom. */
function check({ cells }: Notebook, stem: string, python: string, run: boolean): void {
  const code = cells.filter(({ cell_type }) => cell_type === 'code');
  for (const { id, source } of code) {
    const compile = 'import sys; compile(sys.stdin.read(), sys.argv[1], "exec")';
    execFileSync(python, ['-c', compile, id], { input: source, stdio: ['pipe', 'inherit', 'inherit'] });
  }
  console.log(`${stem}: ${code.length} cells compile`);
  if (!run) return;
  const own = code.filter(({ id }) => !OPTIONAL_CELLS.includes(id)).map(({ source }) => source);
  writeFileSync(`${stem}.py`, own.join('\n\n'));
  execFileSync(python, [`${stem}.py`], { stdio: 'inherit' });
}
