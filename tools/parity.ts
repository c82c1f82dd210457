/**
 * Runs a real checkpoint from disk against published values and prints a table: npm run parity -- DIR [--engine ort | --cpu] [--dtype f16]
 * The first thing to run with real files. In headless Chromium through the built page and its WebGPU kernels
 * (WEBGPU_ADAPTER=hardware for the machine's own GPU) or ONNX Runtime, or with --cpu on the plain CPU twin in Node (slow).
 */

import { existsSync, openAsBlob, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chromium } from '@playwright/test';
import { build, preview } from 'vite';
import type { ArmInfo, EngineChoice, PairInfo } from '../src/engine/api.ts';
import { checkEngine, checkStorage } from '../src/engine/prompts.ts';
import type { StorageDType } from '../src/tensor/params.ts';
import { browserLaunch } from './chromium.ts';
import { createCpuService } from './cpuService.ts';
import { type Engine, parityRows, publishedSize, type Row } from './parity/checks.ts';
import { told } from './told.ts';

const PAIR = 'parity';
const ARM = 'model';
const PORT = 4177;

interface Opened {
  readonly engine: Engine;
  readonly arm: ArmInfo;
  readonly where: string;
  close(): Promise<void>;
}

/** 0 where every row that could be asked holds, 1 where one does not, 2 where the call makes no sense. */
export async function main(args: string[]): Promise<number> {
  const given = told(import.meta.filename, args, {
    allowPositionals: true,
    options: {
      cpu: { type: 'boolean', default: false },
      engine: { type: 'string', default: 'wgsl' },
      dtype: { type: 'string', default: 'f32' },
    },
  });
  if (!given) return 0;
  const { values, positionals } = given;
  const [folder] = positionals;
  if (!folder || !existsSync(join(folder, 'config.json'))) {
    console.error(
      'Usage: npm run parity -- DIR [--engine wgsl|ort | --cpu] [--dtype f32|f16|q8]   (DIR holds config.json and the weights)',
    );
    return 2;
  }
  const dtype = values.dtype as StorageDType;
  checkStorage({ dtype });
  const engine = checkEngine(values.engine as EngineChoice);
  const files = readdirSync(folder)
    .filter((name) => /\.(json|safetensors|txt)$/.test(name))
    .map((name) => resolve(folder, name));
  const opened = values.cpu ? await onCpu(files, dtype) : await inChromium(files, dtype, engine);
  try {
    return await report(opened, folder, dtype);
  } finally {
    await opened.close();
  }
}

async function report({ engine, arm, where }: Opened, folder: string, dtype: StorageDType): Promise<number> {
  const { config, check, notes } = arm;
  if (!config) throw new Error('The model was loaded without a configuration.');
  console.log(
    `${folder}: ${config.nLayers} layers, d_model ${config.dModel}, ${config.dVocab} tokens, kept as ${dtype}`,
  );
  console.log(`${new Date().toISOString().slice(0, 10)}, ${where}`);
  if (check) console.log(`Self-check: ${check.ok ? 'fine' : 'NOT FINE'}. ${check.message}`);
  for (const note of notes) console.log(`Note: ${note}`);
  if (publishedSize(config) === null)
    console.log(
      'Others published values for OpenAI’s GPT-2 small and XL only; here only what holds of every model is asked.',
    );
  if (dtype !== 'f32')
    console.log('The tolerances are those of f32: narrower storage is expected to miss some.');
  let failed = 0;
  for await (const row of parityRows({ engine, pair: PAIR, arm: ARM }, config)) {
    console.log(line(row));
    if (row.ok === false) failed++;
  }
  console.log(failed === 0 ? 'Every row that could be asked holds.' : `${failed} rows do not hold.`);
  return failed === 0 && check?.ok !== false ? 0 : 1;
}

/** `ok  18  “…”: expected 3.337 ± 0.002, found 3.3371` */
export function line({ claim, what, expected, found, ok }: Row): string {
  const mark = ok === null ? '--' : ok ? 'ok' : 'NO';
  return `${mark}  ${String(claim ?? '').padStart(2)}  ${what}: expected ${expected}, found ${found}`;
}

async function onCpu(files: readonly string[], dtype: StorageDType): Promise<Opened> {
  const service = createCpuService();
  await service.start();
  const picked = await Promise.all(
    files.map(async (path) => new File([await openAsBlob(path)], path.replace(/^.*[\\/]/, ''))),
  );
  const pair = await service.loadFiles({ id: PAIR, arms: { [ARM]: picked }, dtype });
  return { engine: service, arm: onlyArm(pair), where: 'CPU twin, f64 sums, in Node', close: async () => {} };
}

/** Through the built page, as a person would; the files are handed over as picked ones, so that nothing is copied. */
async function inChromium(
  files: readonly string[],
  dtype: StorageDType,
  engine: EngineChoice,
): Promise<Opened> {
  if (!existsSync('dist/index.html')) await build({ logLevel: 'warn' });
  const server = await preview({ preview: { port: PORT, strictPort: true }, logLevel: 'warn' });
  const browser = await chromium.launch(browserLaunch());
  const close = async () => {
    await browser.close();
    await server.close();
  };
  try {
    const page = await browser.newPage({ serviceWorkers: 'block' });
    page.setDefaultTimeout(0);
    await page.goto(`http://localhost:${PORT}/`);
    await page.evaluate(() => {
      const input = document.createElement('input');
      Object.assign(input, { type: 'file', multiple: true, id: 'parity-files' });
      document.body.append(input);
      return window.normless.ready;
    });
    await page.setInputFiles('#parity-files', [...files]);
    const pair = await page.evaluate(
      async ([id, arm, dtype, engine]) => {
        const input = document.querySelector<HTMLInputElement>('#parity-files');
        const picked = [...(input?.files ?? [])];
        return window.normless.loadFiles({ id, arms: { [arm]: picked }, dtype, engine });
      },
      [PAIR, ARM, dtype, engine] as const,
    );
    const arm = onlyArm(pair);
    const devices = await page.evaluate(() => window.normless.status().engines);
    const asked = {
      analyze: (...call: unknown[]) =>
        page.evaluate(([id, request]) => window.normless.analyze(id as 'dla', request as never), call),
      tokenize: (...call: unknown[]) =>
        page.evaluate(([text, options]) => window.normless.tokenize(text as string, options as object), call),
    } as unknown as Engine;
    const where = `Chromium ${browser.version()}, ${arm.engines.map((id) => devices[id].device).join()}`;
    return { engine: asked, arm, where, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function onlyArm(pair: PairInfo): ArmInfo {
  const [arm] = pair.arms;
  if (!arm) throw new Error('The pair has no arm.');
  return arm;
}
