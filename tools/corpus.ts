/**
 * A text read without a page, on Dawn or on the processor, a share of it per call: npm run corpus -- --pair … --text …
 * --shard i/n --out …, and npm run corpus -- --merge … for the numbers of all of them (tools/corpus/options.ts).
 */

import { spawnSync } from 'node:child_process';
import { dawnEnv } from '../bench/node/vulkan.ts';
import { merge } from './corpus/merge.ts';
import { readOptions, USAGE } from './corpus/options.ts';
import { readShard } from './corpus/read.ts';

/** Set for the process that computes in software: libraries are found by the environment that a process starts with. */
const STARTED = 'NORMLESS_CORPUS_SOFTWARE';

/** Returns the exit status. */
export async function main(args: string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  try {
    const options = readOptions(args);
    if (options.task === 'merge') return merge(options, console.log);
    if (options.engine === 'dawn' && options.adapter === 'software' && !process.env[STARTED])
      return againInSoftware(args);
    await readShard(options, console.log);
    // Dawn keeps the process alive for as long as its GPU is reachable, so that it has to be ended.
    if (options.engine === 'dawn') process.exit(0);
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    if (process.env[STARTED]) process.exit(2);
    return 2;
  }
}

function againInSoftware(args: readonly string[]): number {
  const env = { ...dawnEnv({ ...process.env, WEBGPU_ADAPTER: undefined }), [STARTED]: '1' };
  const { status, error } = spawnSync(process.execPath, ['tools/run.mjs', 'tools/corpus.ts', ...args], {
    stdio: 'inherit',
    env: env as NodeJS.ProcessEnv,
  });
  if (error) throw error;
  return status ?? 1;
}
