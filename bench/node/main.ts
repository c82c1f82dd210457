/** The suite in Node on Dawn, without a browser: what `npm run bench:node` and a kit's run.sh run, bundled into one file. */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { must } from '../../src/base/assert.ts';
import type { Choice } from '../../src/gpu/families/choice.ts';
import { FAMILY_NAMES, takesFamily } from '../../src/gpu/families/family.ts';
import { createWebGpuBackend } from '../../src/gpu/webgpuBackend.ts';
import type { Row } from '../contract.ts';
import { Bench } from '../page/bench.ts';
import { adapterName, type Computer, casesOf, type Head, report, runCase } from '../runRows.ts';
import { formatTable } from '../table.ts';
import { installDawn } from './dawn.ts';
import { formatWalk, type GoldenWalk, goldenWalks } from './golden.ts';
import { type Options, readOptions } from './options.ts';
import { formatProbe, probeAdapter } from './probe.ts';
import { formatTimes } from './times.ts';
import { missedAgainstTorch, readTorch, withTorch } from './torch.ts';

/** Everything else lies beside the bundle. */
const beside = (name: string) => new URL(name, import.meta.url);

const ORT_FILES = {
  mjs: beside('ort-wasm-simd-threaded.asyncify.mjs').href,
  wasm: beside('ort-wasm-simd-threaded.asyncify.wasm').href,
};

/** Returns the exit status. */
async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (options.task === 'merge') return merge(options);
  const gpu = installDawn(fileURLToPath(beside('dawn.node')), options.dawn);
  if (options.task === 'probe') return probe(gpu, options);
  if (options.task === 'golden') return golden(options);
  return suite(gpu, options);
}

async function probe(gpu: GPU, { json }: Options): Promise<number> {
  const found = await probeAdapter(gpu);
  console.log(formatProbe(found));
  if (json) writeJson(json, found);
  return 0;
}

async function golden({ json, family }: Options): Promise<number> {
  const features = (await navigator.gpu.requestAdapter())?.features;
  const families = family ? [family] : FAMILY_NAMES.filter((name) => takesFamily(features, name));
  const backends = await Promise.all(families.map((each) => createWebGpuBackend({ family: each })));
  const contenders = families.map((kernels, i) => ({ kernels, backend: must(backends[i], kernels) }));
  const { adapter } = must(backends[0], 'no kernels');
  const date = new Date().toISOString();
  console.log(
    `${date.slice(0, 10)}, golden walk, ${adapter.vendor} ${adapter.architecture} (${adapter.description})`,
  );
  const walks: GoldenWalk[] = [];
  for await (const walk of goldenWalks(contenders)) {
    walks.push(walk);
    console.log(formatWalk(walk));
  }
  if (json) writeJson(json, { date, adapter, walks });
  const bad = walks.filter(({ first }) => first !== null).length;
  console.log(
    bad === 0 ? `all ${walks.length} walks within tolerance` : `${bad} of ${walks.length} walks are BAD`,
  );
  return bad === 0 ? 0 : 1;
}

async function suite(gpu: GPU, { suite, filter, rounds, json, torch, family }: Options): Promise<number> {
  const torchFile = torch ? readTorch(readFileSync(torch, 'utf8'), torch) : null;
  const probe = await probeAdapter(gpu);
  const bench = new Bench(ORT_FILES, family ?? undefined);
  const environment = await bench.open();
  const computer: Computer = { bench, environment, cpuSeconds };
  const date = new Date().toISOString();
  const versions = {
    dawn: __DAWN_VERSION__,
    onnxruntime: environment.onnxruntime,
    node: process.versions.node,
    ...(torchFile && { torch: torchFile.version }),
  };
  console.log(
    `${date.slice(0, 10)}, suite ${suite}, Node ${versions.node} on Dawn ${versions.dawn}, onnxruntime-web ` +
      `${versions.onnxruntime}, ${adapterName(environment)}, ${environment.adapter.description}; kernels: ${formatChoice(environment.kernels)}`,
  );

  const { adapter, kernels } = environment;
  const head = { date, suite, adapter, kernels, versions, probe };
  const rows: Row[] = [];
  for (const info of await casesOf(bench, { suite, filter })) {
    const row = withTorch(await runCase(computer, info, rounds), torchFile);
    rows.push(row);
    console.log(`${formatTable([row]).split('\n')[1]}`);
    if (json) writeJson(json, { ...head, rows }); // a borrowed machine may end the process at any time
  }
  return reportWithTimes(rows, head, json);
}

/** A result that was measured before torch was. */
function merge({ from, torch, json }: Options): number {
  const [path, torchPath] = [must(from, '--merge'), must(torch, '--torch')];
  const { rows, ...head } = JSON.parse(readFileSync(path, 'utf8')) as Head & { rows: Row[] };
  const file = readTorch(readFileSync(torchPath, 'utf8'), torchPath);
  const merged = rows.map((row) => withTorch(row, file));
  const versions = { ...head.versions, torch: file.version };
  return reportWithTimes(merged, { ...head, versions }, json);
}

/** Both tables. Returns the exit status. */
function reportWithTimes(rows: readonly Row[], head: Head, json: string | null): number {
  const status = report(rows, head, json);
  console.log(`\n${formatTimes(rows)}`);
  const missed = missedAgainstTorch(rows);
  if (missed.length > 0) console.log(`beyond their targets against torch: ${missed.join('; ')}`);
  return missed.length > 0 ? 1 : status;
}

/** `registers (prior)`, or one for each class of rows. */
function formatChoice({ families, by }: Choice): string {
  const { few, some, many } = families;
  const each =
    new Set([few, some, many]).size === 1 ? few : `${few} for few rows, ${some} for some, ${many} for many`;
  return `${each} (${by})`;
}

/** Of this process, whose threads are also those of a software adapter. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);
}

// Dawn keeps the process alive for as long as its GPU is reachable, so that it has to be ended.
main(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(2);
  },
);
