/**
 * What keeping weights in fewer bits does to a model's predictions, by its shape, on the CPU twin:
 * `node tools/run.mjs tools/storageError.ts [name of a shape …]` prints the table of docs/science.md.
 */

import { existsSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { must } from '../src/base/assert.ts';
import { mulberry32 } from '../src/base/random.ts';
import { size } from '../src/base/shapes.ts';
import type { Model } from '../src/model/model.ts';
import { OpsModel } from '../src/model/opsModel.ts';
import { createCpuBackend } from '../src/tensor/cpuOps.ts';
import {
  assembleParams,
  type ModelConfig,
  paramShapes,
  type StorageDType,
  storageOf,
} from '../src/tensor/params.ts';
import type { Tensor } from '../src/tensor/tensor.ts';
import { RowKeeper } from '../src/weights/keep.ts';
import { memoryFiles } from '../src/weights/memory.ts';
import { GOLDEN_ARMS, loadModel } from './golden.ts';
import { sharedDir } from './serveShared.ts';
import { told } from './told.ts';

/** How a model in fewer bits differs from the same model in f32, over every position of some prompts. */
export interface StorageError {
  positions: number;
  /** Root mean square and largest |Δlogit| over positions and vocabulary. */
  rms: number;
  max: number;
  /** Share of positions with the same most likely token. */
  top1: number;
  /** Mean KL(f32‖stored) in nats. */
  kl: number;
}

/** A model whose storage can be chosen, and the prompts (token ids) it is asked. */
interface Subject {
  name: string;
  prompts: readonly (readonly number[])[];
  load(dtype: StorageDType): Promise<Model>;
}

type Logits = { data: Float32Array; dVocab: number };

/** Compares f16 and q8 with f32. Holds one model at a time. */
export async function storageErrors(subject: Subject): Promise<Record<'f16' | 'q8', StorageError>> {
  const exact = await logitsOf(subject, 'f32');
  return {
    f16: compare(exact, await logitsOf(subject, 'f16')),
    q8: compare(exact, await logitsOf(subject, 'q8')),
  };
}

/** The logits of every prompt, [pos · d_vocab] each. */
async function logitsOf(subject: Subject, dtype: StorageDType): Promise<Logits[]> {
  const model = await subject.load(dtype);
  const all: Logits[] = [];
  for (const prompt of subject.prompts) {
    const cache = await model.run([prompt], ['logits']);
    const [data] = await cache.ops.read([cache.get('logits')]);
    all.push({ data, dVocab: model.config.dVocab });
    cache.dispose();
  }
  model.park();
  return all;
}

function compare(exact: readonly Logits[], stored: readonly Logits[]): StorageError {
  let [squares, values, max, same, kl, positions] = [0, 0, 0, 0, 0, 0];
  exact.forEach(({ data, dVocab }, prompt) => {
    const other = must(stored[prompt], 'a prompt').data;
    for (let at = 0; at < data.length; at += dVocab) {
      const [p, q] = [data.subarray(at, at + dVocab), other.subarray(at, at + dVocab)];
      p.forEach((value, i) => {
        const difference = Math.abs(value - (q[i] as number));
        squares += difference * difference;
        max = Math.max(max, difference);
      });
      values += dVocab;
      same += Number(argmax(p) === argmax(q));
      kl += divergence(p, q);
      positions++;
    }
  });
  return { positions, rms: Math.sqrt(squares / values), max, top1: same / positions, kl: kl / positions };
}

function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > (values[best] as number) ? i : best), 0);
}

/** KL(softmax p ‖ softmax q) = Σ softmax(p)·(ln softmax(p) − ln softmax(q)), in f64. */
function divergence(p: Float32Array, q: Float32Array): number {
  const [zp, zq] = [logSumExp(p), logSumExp(q)];
  return p.reduce((sum, x, i) => sum + Math.exp(x - zp) * (x - zp - ((q[i] as number) - zq)), 0);
}

function logSumExp(x: Float32Array): number {
  const max = x.reduce((a, b) => Math.max(a, b));
  return max + Math.log(x.reduce((sum, value) => sum + Math.exp(value - max), 0));
}

/** The golden models on their prompts; none where ../shared is missing. */
export function goldenSubjects(): Subject[] {
  const folder = sharedDir();
  if (!folder || !existsSync(`${folder}/golden/prompts.json`)) return [];
  const read = (path: string) => new Uint8Array(readFileSync(`${folder}/${path}`));
  const golden = JSON.parse(new TextDecoder().decode(read('golden/prompts.json')));
  return GOLDEN_ARMS.map((arm) => {
    const names = ['config.json', 'model.safetensors'];
    const files = memoryFiles(new Map(names.map((name) => [name, read(`models/demo/${arm}/${name}`)])));
    return {
      name: `golden, ${arm}`,
      prompts: Object.values((golden as { prompts: Record<string, number[]> }).prompts),
      load: (dtype) => loadModel(createCpuBackend(), files, dtype),
    };
  });
}

/** GPT-2s of seeded random weights: layers, heads, width, vocabulary and how many random tokens to ask. */
const SHAPES = {
  'random, 2 × d 12, vocabulary 29': { nLayers: 2, nHeads: 3, dModel: 12, dVocab: 29, tokens: 16 },
  'random, 2 × d 768, vocabulary 8,192': { nLayers: 2, nHeads: 12, dModel: 768, dVocab: 8192, tokens: 32 },
  'random, GPT-2 small': { nLayers: 12, nHeads: 12, dModel: 768, dVocab: 50_257, tokens: 8 },
};

function randomSubjects(): Subject[] {
  return Object.entries(SHAPES).map(([name, { tokens, ...shape }]) => {
    const { dModel, nHeads, dVocab } = shape;
    const config: ModelConfig = {
      ...shape,
      dHead: dModel / nHeads,
      dMlp: 4 * dModel,
      nCtx: 1024,
      norm: { kind: 'layer', eps: 1e-5 },
      bosTokenId: null,
      tiedEmbedding: true,
    };
    const random = mulberry32(7);
    const prompt = Array.from({ length: tokens }, () => Math.floor(random() * dVocab));
    return { name, prompts: [prompt], load: async (dtype) => randomModel(config, dtype) };
  });
}

/** Logits of random models have this standard deviation, of the order of GPT-2's own. */
const LOGIT_STD = 4;

/**
 * Normal weights that keep a residual stream of order 1: each matrix has the standard deviation 1/√(rows), W_E and W_pos
 * LOGIT_STD/√d_model; gains are 1 and biases 0. Kept by the very code that converts checkpoints.
 */
function randomModel(config: ModelConfig, dtype: StorageDType): Model {
  const backend = createCpuBackend();
  const keeper = new RowKeeper();
  const tensors = new Map<string, Tensor>();
  let seed = 0;
  for (const [name, shape] of paramShapes(config)) {
    const values = new Float32Array(size(shape));
    const [fanIn = 1] = shape;
    if (shape.length === 1) values.fill(name.endsWith('.w') ? 1 : 0);
    else fillNormal(values, ++seed, /^W_/.test(name) ? LOGIT_STD / Math.sqrt(config.dModel) : fanIn ** -0.5);
    const stored = { name, dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) };
    tensors.set(name, backend.upload(keeper.keep(stored, storageOf(shape, dtype)).rows, name));
  }
  return new OpsModel(
    backend,
    config,
    assembleParams(config, (name) => must(tensors.get(name), name)),
  );
}

/** Box–Muller: the tails are a normal distribution's, which is what an 8-bit group's largest value depends on. */
function fillNormal(values: Float32Array, seed: number, std: number): void {
  const random = mulberry32(seed);
  for (let i = 0; i < values.length; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    values[i] = radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
  }
}

export async function main(args: string[]): Promise<number> {
  const given = told(import.meta.filename, args, { allowPositionals: true });
  if (!given) return 0;
  const wanted = given.positionals;
  const subjects = [...goldenSubjects(), ...randomSubjects()].filter(
    ({ name }) => !wanted.length || wanted.some((each) => name.includes(each)),
  );
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model ?? 'CPU'}, Node ${process.version}\n`,
  );
  console.log('| model | positions | kept as | rms Δlogit | max Δlogit | same top-1 | mean KL (nats) |');
  console.log('|---|---|---|---|---|---|---|');
  for (const subject of subjects) {
    for (const [dtype, error] of Object.entries(await storageErrors(subject))) {
      const { positions, rms, max, top1, kl } = error;
      console.log(
        `| ${subject.name} | ${positions} | ${dtype} | ${rms.toPrecision(2)} | ${max.toPrecision(2)} | ${(100 * top1).toFixed(1)} % | ${kl.toExponential(1)} |`,
      );
    }
  }
  return 0;
}
