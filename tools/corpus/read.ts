/** Reads one shard of a text and writes a line for every window; windows that are in the file already are passed over. */

import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { installDawn } from '../../bench/node/dawn.ts';
import { fetchDawn } from '../../bench/node/fetchDawn.ts';
import { conventionOf, windowCount } from '../../src/analysis/corpus/windows.ts';
import { must } from '../../src/base/assert.ts';
import { documentsIn } from '../../src/base/documents.ts';
import { InputError, UnsupportedError } from '../../src/base/errors.ts';
import { corpusPlan, readCorpus } from '../../src/engine/corpus.ts';
import type { Stage } from '../../src/engine/stage.ts';
import { createWebGpuBackend } from '../../src/gpu/webgpuBackend.ts';
import type { Model } from '../../src/model/model.ts';
import { OpsModel } from '../../src/model/opsModel.ts';
import { createCpuBackend } from '../../src/tensor/cpuOps.ts';
import type { Backend } from '../../src/tensor/ops.ts';
import { loadHostParams } from '../../src/weights/convert.ts';
import { armFolders, diskCheckpoint, weightHashes } from './disk.ts';
import { type Header, lineOf, resume } from './lines.ts';
import type { ReadOptions } from './options.ts';
import { tokenizerIn } from './tokenizer.ts';

const DEMO = 'public/models/demo';
/** Between two words on how far it is. Milliseconds. */
const TELL = 5000;

/** @throws InputError, LoadError or UnsupportedError, each saying what to do. */
export async function readShard(options: ReadOptions, tell: (text: string) => void): Promise<void> {
  const folder = resolve(options.pair === 'demo' ? DEMO : options.pair);
  const folders = chosen(armFolders(folder), options.arms);
  const documents = options.texts.flatMap((path) => documentsIn(path, textIn(path)));
  const tokenizer = await tokenizerIn(must([...folders.values()][0], 'no arm'));
  if (!tokenizer)
    throw new InputError(`${folder} has no tokenizer.json in its first arm, so texts cannot become tokens.`, {
      folder,
    });

  const { backend, adapter } = await openBackend(options);
  const models = new Map<string, Model>();
  const weights: Record<string, Record<string, string>> = {};
  for (const [arm, path] of folders) {
    tell(`loading ${arm} from ${path}`);
    weights[arm] = await weightHashes(path);
    const { config, params } = await loadHostParams(diskCheckpoint(path), { dtype: options.dtype });
    await backend.prepare(options.dtype, config);
    models.set(arm, OpsModel.fromHost(backend, config, params));
  }

  const first = must([...models.values()][0], 'no arm');
  const { window, stride, prependBos, want } = options;
  const plan = corpusPlan({ documents, window, stride, prependBos, want }, first.config, tokenizer);
  const { tokens, ...reading } = plan.reading;
  const header: Header = {
    normless: 'corpus',
    format: 1,
    pair: options.pair,
    arms: Object.fromEntries(
      [...models].map(([arm, { config }]) => [
        arm,
        { folder: must(folders.get(arm), arm), config, weights: must(weights[arm], arm) },
      ]),
    ),
    dtype: options.dtype,
    text: {
      files: options.texts,
      tokens: tokens.length,
      sha256: createHash('sha256').update(tokens.join()).digest('hex'),
    },
    reading,
    want,
    convention: conventionOf(plan.reading),
    shard: `${options.shard.i}/${options.shard.n}`,
    engine: options.engine === 'cpu' ? 'CPU twin, f64 sums' : 'WebGPU kernels on Dawn',
    adapter,
    date: new Date().toISOString(),
  };

  const done = new Set(resume(options.out, header).map(({ index }) => index));
  const { i, n } = options.shard;
  const own = Array.from({ length: windowCount(plan.reading) }, (_, index) => index).filter(
    (index) => index % n === i - 1,
  );
  const only = own.filter((index) => !done.has(index));
  tell(
    `${tokens.length} tokens, shard ${i}/${n}: ${own.length} windows of ${reading.window}, ${own.length - only.length} of them done before; ${adapter}`,
  );
  const stage: Stage = {
    arms: [...models].map(([id, { config }]) => ({ id, config })),
    together: true,
    withArms: (ids, body) => body(ids.map((id) => must(models.get(id), id))),
  };
  let told = performance.now();
  await readCorpus(stage, plan, {
    only,
    onRecords: (records) => appendFileSync(options.out, records.map(lineOf).join('')),
    onProgress: ({ done, total }) => {
      if (performance.now() - told < TELL) return;
      told = performance.now();
      tell(`${done} of ${total} windows`);
    },
  });
  tell(`${own.length} windows are in ${options.out}`);
}

function chosen(folders: Map<string, string>, arms: readonly string[] | null): Map<string, string> {
  const unknown = arms?.find((arm) => !folders.has(arm));
  if (unknown)
    throw new InputError(`There is no arm ${unknown}. There are: ${[...folders.keys()].join(', ')}.`, {
      unknown,
    });
  return new Map([...folders].filter(([arm]) => !arms || arms.includes(arm)));
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError(`The text ${path} cannot be read: ${String(cause)}`, { path });
  }
}

async function openBackend({ engine, adapter }: ReadOptions): Promise<{ backend: Backend; adapter: string }> {
  if (engine === 'cpu') return { backend: createCpuBackend(), adapter: 'none' };
  const named = adapter === 'hardware' || adapter === 'software' ? [] : [`adapter=${adapter}`];
  const gpu = installDawn(fetchDawn(), named);
  const found = await gpu.requestAdapter().catch(() => null);
  if (!found)
    throw new UnsupportedError(
      `Dawn finds no ${named.length > 0 ? `adapter whose name holds “${adapter}”` : 'graphics adapter'} here. Install its Vulkan driver, say --adapter software to compute in software, or --engine cpu.`,
      { adapter },
    );
  const backend = await createWebGpuBackend({ gpu });
  const { vendor, architecture, description } = backend.adapter;
  return { backend, adapter: [vendor, architecture, description].filter(Boolean).join(' · ') };
}
