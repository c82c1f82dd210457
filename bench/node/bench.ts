/**
 * The suite in Node on Dawn, no browser: npm run bench:node [-- --suite ci|full|gpu --filter matmul --json out.json
 * --rounds 20 --torch torch.json], or -- --probe, or -- --golden. README.md says more.
 */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { help } from '../../tools/told.ts';
import { BUNDLE, buildForNode, NODE_DIR } from './build.ts';
import { readOptions } from './options.ts';
import { dawnEnv } from './vulkan.ts';

/** Returns the exit status. */
export async function main(args: string[]): Promise<number> {
  readOptions(args.filter((arg) => arg !== '--help')); // a wrong one is told before anything is fetched
  if (help(import.meta.filename, args)) return 0;
  await buildForNode();
  // --liftoff-only: else V8 spends most of a minute on one function of ONNX Runtime's WebAssembly.
  const { status, signal, error } = spawnSync(
    process.execPath,
    ['--liftoff-only', join(NODE_DIR, BUNDLE), ...args],
    { stdio: 'inherit', env: dawnEnv() as NodeJS.ProcessEnv },
  );
  if (error) throw error;
  if (signal) console.error(`The suite was ended by ${signal}.`);
  return status ?? 1;
}
