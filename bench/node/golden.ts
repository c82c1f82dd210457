/**
 * Truth before speed, on the adapter at hand: every hook of the committed two-layer models against float64, of GPT-2's
 * own width against the CPU twin with the same rounded weights, and of the demo models where their golden data lie near.
 */

import { TINY_GOLDEN } from '../../src/model/fixtures/tiny.ts';
import { createCpuBackend } from '../../src/tensor/cpuOps.ts';
import type { Backend } from '../../src/tensor/ops.ts';
import type { StorageDType } from '../../src/tensor/params.ts';
import type { CheckpointFiles } from '../../src/weights/byteSource.ts';
import { memoryFiles } from '../../src/weights/memory.ts';
import {
  GOLDEN_ARMS,
  type Golden,
  loadGoldenModel,
  loadModel,
  ofPrompt,
  readGolden,
  recordHooks,
  type Walk,
  walkHooks,
} from '../../tools/golden.ts';
import { generateGpt2 } from '../../tools/mockHub/gpt2.ts';
import { hasShared, readShared, readSharedJson } from '../../tools/readShared.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';

/** Every hook of one prompt of one model. */
export interface GoldenWalk extends Walk {
  readonly name: string;
}

const STORAGES: readonly StorageDType[] = ['f32', 'f16', 'q8'];
/** One layer of GPT-2 small, its vocabulary and all. */
const WIDTH = { nLayers: 1, nHeads: 12, dModel: 768 };
/** One token, as in decoding; a length that no tile divides. */
const WIDTH_LENGTHS = [1, 67];

/** One walk after the other; each begins when the one before has been taken. */
export async function* goldenWalks(backend: Backend): AsyncGenerator<GoldenWalk> {
  yield* tinyAgainstDoubles(backend);
  for (const form of ['layer', 'lnfree', 'untied'] as const) {
    const files = () => memoryFiles(TINY_CHECKPOINTS[form]());
    for (const dtype of ['f16', 'q8'] as const)
      yield* againstTwin(`two layers, ${form}`, files, backend, dtype, [TINY_TOKENS]);
  }
  for (const lnfree of [false, true]) {
    const files = () => inMemory(generateGpt2({ size: WIDTH, lnfree }));
    const prompts = WIDTH_LENGTHS.map((T) => Array.from({ length: T }, (_, i) => (i * 7919 + 11) % 50257));
    const name = `GPT-2 small's width, ${lnfree ? 'LN-free' : 'LayerNorm'}`;
    for (const dtype of STORAGES) yield* againstTwin(name, files, backend, dtype, prompts);
  }
  if (hasShared) yield* demoAgainstDoubles(backend);
}

async function* tinyAgainstDoubles(backend: Backend): AsyncGenerator<GoldenWalk> {
  for (const [form, url] of Object.entries(TINY_GOLDEN)) {
    const model = await loadModel(backend, memoryFiles(TINY_CHECKPOINTS[form as keyof typeof TINY_GOLDEN]()));
    const golden = await readGolden(new Uint8Array(await (await fetch(url)).arrayBuffer()));
    yield { name: `two layers, ${form}, f32, float64`, ...(await walkHooks(model, TINY_TOKENS, golden)) };
    model.park();
  }
}

async function* againstTwin(
  name: string,
  files: () => CheckpointFiles,
  backend: Backend,
  dtype: StorageDType,
  prompts: readonly (readonly number[])[],
): AsyncGenerator<GoldenWalk> {
  const twin = await loadModel(createCpuBackend(), files(), dtype);
  const model = await loadModel(backend, files(), dtype);
  for (const tokens of prompts) {
    const walk = await walkHooks(model, tokens, await recordHooks(twin, tokens));
    yield { name: `${name}, T = ${tokens.length}, ${dtype}, CPU twin`, ...walk };
  }
  model.park();
}

async function* demoAgainstDoubles(backend: Backend): AsyncGenerator<GoldenWalk> {
  const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
  for (const arm of GOLDEN_ARMS) {
    const model = await loadGoldenModel(backend, arm);
    const golden: Golden = await readGolden(await readShared(`golden/${arm}.safetensors`));
    for (const [prompt, tokens] of Object.entries(prompts)) {
      const walk = await walkHooks(model, tokens, ofPrompt(golden, prompt));
      yield { name: `demo, ${arm}, prompt ${prompt}, f32, float64`, ...walk };
    }
    model.park();
  }
}

/** Generated files, held whole. */
function inMemory(files: ReturnType<typeof generateGpt2>): CheckpointFiles {
  const read = [...files].map(([name, file]) => {
    const bytes = new Uint8Array(file.size);
    let at = 0;
    for (const chunk of file.chunks(0, file.size)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return [name, bytes] as const;
  });
  return memoryFiles(new Map(read));
}

/** `ok  …` or `BAD …`, with the first hook beyond its tolerance. */
export function formatWalk({ name, hooks, worst, first }: GoldenWalk): string {
  const at = (place: Walk['worst']) => `${place.difference.toExponential(1)} at ${place.hook}`;
  if (first) return `BAD ${name}: first beyond tolerance ${at(first)}; largest ${at(worst)}`;
  return `ok  ${name}: ${hooks} hooks, largest difference ${at(worst)}`;
}
