/**
 * Truth before speed, on the adapter at hand: every hook of the committed two-layer models against float64, of GPT-2's
 * own width against the CPU twin with the same rounded weights, and of the golden models where their data lie near.
 */

import { must } from '../../src/base/assert.ts';
import { TINY_GOLDEN } from '../../src/model/fixtures/tiny.ts';
import type { Model } from '../../src/model/model.ts';
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

/** Kernels to be proved, and what they are called. */
export interface Contender {
  readonly kernels: string;
  readonly backend: Backend;
}

/** Every hook of one prompt of one model, by one contender. */
export interface GoldenWalk extends Walk {
  readonly kernels: string;
  readonly name: string;
}

const STORAGES: readonly StorageDType[] = ['f32', 'f16', 'q8'];
/** One layer of GPT-2 small and a tenth of its vocabulary; odd, so that no tile divides it. */
const WIDTH = { nLayers: 1, nHeads: 12, dModel: 768, dVocab: 5003 };
/** One token, as in decoding; a few; more than a tile. */
const WIDTH_LENGTHS = [1, 5, 35];

/** A model, the prompts that it is walked with, and what is right. */
interface Question {
  readonly name: string;
  load(backend: Backend): Promise<Model>;
  readonly prompts: readonly (readonly number[])[];
  /** Of each prompt; asked for once, whoever is walked. */
  expected(): Promise<readonly Golden[]>;
}

/** One walk after the other; each begins when the one before has been taken. */
export async function* goldenWalks(contenders: readonly Contender[]): AsyncGenerator<GoldenWalk> {
  for await (const { name, load, prompts, expected } of questions()) {
    const golden = await expected();
    for (const { kernels, backend } of contenders) {
      const model = await load(backend);
      for (const [i, tokens] of prompts.entries()) {
        const walk = await walkHooks(model, tokens, must(golden[i], 'no golden data'));
        yield { kernels, name: `${name}, T = ${tokens.length}`, ...walk };
      }
      model.park();
    }
  }
}

async function* questions(): AsyncGenerator<Question> {
  for (const form of ['layer', 'lnfree', 'untied'] as const) {
    const files = () => memoryFiles(TINY_CHECKPOINTS[form]());
    yield {
      name: `two layers, ${form}, f32, float64`,
      load: (backend) => loadModel(backend, files()),
      prompts: [TINY_TOKENS],
      expected: async () => {
        const response = await fetch(TINY_GOLDEN[form]);
        return [await readGolden(new Uint8Array(await response.arrayBuffer()))];
      },
    };
    for (const dtype of ['f16', 'q8'] as const)
      yield againstTwin(`two layers, ${form}`, files, dtype, [TINY_TOKENS]);
  }
  const prompts = WIDTH_LENGTHS.map((T) =>
    Array.from({ length: T }, (_, i) => (i * 7919 + 11) % WIDTH.dVocab),
  );
  for (const lnfree of [false, true]) {
    const files = () => inMemory(generateGpt2({ size: WIDTH, lnfree }));
    const name = `GPT-2 small's width, ${lnfree ? 'LN-free' : 'LayerNorm'}`;
    for (const dtype of STORAGES) yield againstTwin(name, files, dtype, prompts);
  }
  if (hasShared) yield* golden();
}

function againstTwin(
  name: string,
  files: () => CheckpointFiles,
  dtype: StorageDType,
  prompts: Question['prompts'],
): Question {
  const load = (backend: Backend) => loadModel(backend, files(), dtype);
  return {
    name: `${name}, ${dtype}, CPU twin`,
    load,
    prompts,
    expected: async () => {
      const twin = await load(createCpuBackend());
      return Promise.all(prompts.map((tokens) => recordHooks(twin, tokens)));
    },
  };
}

async function* golden(): AsyncGenerator<Question> {
  const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
  for (const arm of GOLDEN_ARMS)
    yield {
      name: `golden, ${arm}, f32, float64`,
      load: (backend) => loadGoldenModel(backend, arm),
      prompts: Object.values(prompts),
      expected: async () => {
        const golden = await readGolden(await readShared(`golden/${arm}.safetensors`));
        return Object.keys(prompts).map((prompt) => ofPrompt(golden, prompt));
      },
    };
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
export function formatWalk({ kernels, name, hooks, worst, first }: GoldenWalk): string {
  const at = (place: Walk['worst']) => `${place.difference.toExponential(1)} at ${place.hook}`;
  if (first) return `BAD ${kernels}, ${name}: first beyond tolerance ${at(first)}; largest ${at(worst)}`;
  return `ok  ${kernels}, ${name}: ${hooks} hooks, largest difference ${at(worst)}`;
}
