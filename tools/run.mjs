// Runs a TypeScript tool on every supported Node (20 cannot by itself): node tools/run.mjs tools/<tool>.ts [arguments]
import { resolve } from 'node:path';
import { runnerImport } from 'vite';

const [tool, ...args] = process.argv.slice(2);
const { module } = await runnerImport(resolve(tool));
process.exitCode = (await module.main(args)) ?? 0;
