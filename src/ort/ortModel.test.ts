/** A model on ONNX Runtime: batches, storages, sessions that come and go, parking, and what happens where memory ends. */

import { beforeAll, describe, expect, test } from 'vitest';
import { diskFiles } from '../../tools/cpuService.ts';
import {
  GOLDEN_ARMS,
  largestDifference,
  loadGoldenModel,
  loadModel,
  recordHooks,
  walkHooks,
} from '../../tools/golden.ts';
import { openOrtInNode, ortFromHost } from '../../tools/ortNode.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { floatsOf, readHook, type Tiny, tiny, withParams } from '../../tools/tinyModel.ts';
import { must } from '../base/assert.ts';
import { DeviceError, InputError } from '../base/errors.ts';
import { floatToHalf } from '../base/half.ts';
import { lastAxis, rows } from '../base/shapes.ts';
import { allHooks } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import { OpsModel } from '../model/opsModel.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { floats } from '../tensor/cpuTensor.ts';
import { groupsOf } from '../tensor/hostRows.ts';
import {
  assembleParams,
  flattenParams,
  type HostParams,
  type ModelConfig,
  storageOf,
} from '../tensor/params.ts';
import { loadHostParams } from '../weights/convert.ts';
import { memoryFiles } from '../weights/memory.ts';
import { quantize } from '../weights/narrow.ts';
import { forwardGraph } from './graph.ts';
import type { OrtModel } from './ortModel.ts';
import type { OrtRuntime } from './runtime.ts';

const cpu = createCpuBackend();
let runtime: OrtRuntime;
let fromHost: (config: ModelConfig, host: HostParams) => OrtModel;

beforeAll(async () => {
  runtime = await openOrtInNode();
  fromHost = await ortFromHost();
});

const onOrt = ({ config, host }: Tiny) => fromHost(config, host);

describe('runs', () => {
  test('a batch of prompts is the same as each alone, on every hook', async () => {
    const model = onOrt(await tiny({ nCtx: 16 }));
    const prompts = [TINY_TOKENS, [...TINY_TOKENS].reverse(), TINY_TOKENS.map((id) => (id * 5) % 29)].map(
      (ids) => ids.map((id) => id % model.config.dVocab),
    );
    const names = allHooks(model.config, 1).map(({ name }) => name);
    const together = await model.run(prompts, names);
    for (const [i, prompt] of prompts.entries()) {
      const alone = await recordHooks(model, prompt);
      for (const name of names) {
        const expected = alone.get(name)?.data ?? [];
        const part = floats(together.get(name)).subarray(i * expected.length, (i + 1) * expected.length);
        expect(largestDifference(expected, part), name).toBeLessThan(1e-6);
      }
    }
  });

  test('has the shapes of OpsModel’s cache', async () => {
    const small = await tiny({});
    const names = allHooks(small.config, 1).map(({ name }) => name);
    const prompts = [
      [1, 2, 3],
      [3, 2, 1],
    ];
    const [expected, actual] = await Promise.all([
      small.model.run(prompts, names),
      onOrt(small).run(prompts, names),
    ]);
    for (const name of names) expect(actual.get(name).shape, name).toEqual(expected.get(name).shape);
  });

  test('masks the future exactly', async () => {
    const model = onOrt(await tiny({}));
    const [pos, hook] = [5, 'blocks.0.attn.'];
    const all = await recordHooks(model, [1, 2, 3, 4, 5]);
    const scores = all.get(`${hook}hook_attn_scores`)?.data ?? [];
    const pattern = all.get(`${hook}hook_pattern`)?.data ?? [];
    expect(scores.length).toBe(model.config.nHeads * pos * pos);
    for (let i = 0; i < scores.length; i++) {
      const future = i % pos > Math.floor(i / pos) % pos;
      expect(scores[i] === -Infinity).toBe(future);
      expect(pattern[i] === 0).toBe(future);
    }
  });

  test('the values are the cache’s own: freed with it, untouched by the next run', async () => {
    const model = onOrt(await tiny({}));
    const first = await model.run([[1, 2]], ['logits']);
    const logits = first.get('logits');
    const before = floats(logits).slice();
    (await model.run([[3, 4]], ['logits'])).dispose();
    expect(floats(logits)).toEqual(before);
    first.dispose();
    expect(() => floats(logits)).toThrow('used after its release');
  });

  test('nothing asked for is nothing computed', async () => {
    const model = onOrt(await tiny({}));
    expect((await model.run([[1]], [])).activations.size).toBe(0);
    expect(model.weightBytes).toBe(0);
  });

  test('refuses what OpsModel refuses', async () => {
    const model = onOrt(await tiny({ nCtx: 16 }));
    await expect(model.run([[1]], ['blocks.0.hook_resid'])).rejects.toBeInstanceOf(InputError);
    await expect(model.run([Array(17).fill(1)], ['logits'])).rejects.toThrow(/at most 16.*Shorten it by 1/);
    await expect(model.run([[]], ['logits'])).rejects.toBeInstanceOf(InputError);
    await expect(model.run([[model.config.dVocab]], ['logits'])).rejects.toBeInstanceOf(InputError);
  });

  test('refuses edits, which need our own kernels', async () => {
    const model = onOrt(await tiny({}));
    const edit = { kind: 'freeze-norm', site: 'ln_final', value: 2 } as const;
    expect(model.capabilities.edits).toBe(false);
    await expect(model.run([[0, 1]], ['logits'], [edit])).rejects.toMatchObject({
      name: 'UnsupportedError',
      message: expect.stringMatching(/edits need our WebGPU kernels/),
    });
  });

  test('a Gelu of the wrong kind would be told apart', async () => {
    const { config, params: host } = await loadHostParams(diskFiles('public/models/demo/original'), {
      dtype: 'f32',
    });
    const hook = 'blocks.0.mlp.hook_post';
    const prompt = [8191, 7454, 2402, 257, 640];
    const right = await readHook(OpsModel.fromHost(cpu, config, host), prompt, hook);
    const model = fromHost(config, host);
    expect(largestDifference(right, await readHook(model, prompt, hook))).toBeLessThan(5e-6);

    const { bytes, parameters } = forwardGraph(config, new Set([hook]));
    const tanh = new TextDecoder('latin1').decode(bytes).indexOf('tanh');
    bytes.set(new TextEncoder().encode('none'), tanh); // Gelu by erf
    const values = flattenParams(model.params);
    const weights = new Map(
      [...values].filter(([name]) => parameters.includes(name)).map(([name, t]) => [name, floats(t)]),
    );
    const job = { what: 'a test', bytes: 0, advice: '' };
    const wrong = await runtime.exclusive(async () => {
      const session = await runtime.createSession({ bytes, weights }, job);
      const outputs = await session.run([prompt], [hook], job);
      await session.release();
      return outputs.get(hook)?.data ?? [];
    });
    expect(largestDifference(right, wrong)).toBeGreaterThan(2e-4);
    model.park();
  });
});

describe('every hook against the CPU twin with the same storage', () => {
  test.each(['f32', 'f16', 'q8'] as const)('the committed two-layer models in %s', async (dtype) => {
    for (const [form, make] of Object.entries(TINY_CHECKPOINTS)) {
      const expected = await recordHooks(await loadModel(cpu, memoryFiles(make()), dtype), TINY_TOKENS);
      const model = await loadModel(fromHost, memoryFiles(make()), dtype);
      expect((await walkHooks(model, TINY_TOKENS, expected)).worst.difference, form).toBeLessThan(1e-4);
    }
  });

  test.each(['f16', 'q8'] as const)('%s: the rounded values are what counts', async (dtype) => {
    const { config, host } = withParams(await tiny({}), (_, values) => values.map((x) => x / 3)); // no halves
    const rounded = narrow(config, host, dtype);
    const expected = await recordHooks(OpsModel.fromHost(cpu, config, rounded), PROMPT);
    const [same, unrounded] = [fromHost(config, rounded), fromHost(config, host)];
    expect((await walkHooks(same, PROMPT, expected)).worst.difference).toBeLessThan(1e-5);
    expect((await walkHooks(unrounded, PROMPT, expected)).worst.difference).toBeGreaterThan(2e-4);
  });

  const some = hasShared ? (['f32', 'q8'] as const) : [];
  test.each(some)('the golden models in %s, all golden prompts', async (dtype) => {
    const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
    for (const arm of GOLDEN_ARMS) {
      const twin = await loadGoldenModel(cpu, arm, dtype);
      const model = await loadGoldenModel(fromHost, arm, dtype);
      for (const [prompt, tokens] of Object.entries(prompts)) {
        const [expected, actual] = [await recordHooks(twin, tokens), await recordHooks(model, tokens)];
        for (const [hook, { data }] of expected) {
          const difference = largestAbsolute(data, actual.get(hook)?.data ?? []);
          expect(difference, `${arm}, ${prompt}, ${hook}`).toBeLessThanOrEqual(1e-4);
        }
      }
      model.park();
    }
  });
});

/** The same parameters with their matrices in 16 or 8 bits. */
function narrow(config: ModelConfig, host: HostParams, dtype: 'f16' | 'q8'): HostParams {
  const flat = flattenParams(host);
  return assembleParams(config, (name) => {
    const tensor = must(flat.get(name), name);
    const { shape } = tensor;
    if (storageOf(shape, dtype) === 'f32') return tensor;
    const values = Float32Array.from(floatsOf(tensor));
    if (dtype === 'f16') return { dtype, shape, data: Uint16Array.from(values, floatToHalf) };
    const data = new Int8Array(values.length);
    const scales = new Float32Array(rows(shape) * groupsOf(lastAxis(shape)));
    quantize(values, lastAxis(shape), data, scales);
    return { dtype, shape, data, scales };
  });
}

/** max |Δ|; equal infinities agree. */
function largestAbsolute(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(expected).reduce(
    (worst, e, i) => (e === actual[i] ? worst : Math.max(worst, Math.abs(e - (actual[i] as number)))),
    0,
  );
}

describe('sessions', () => {
  /** Hooks of a full context are beyond what a session offers unasked: 2 × 2 × 2 × 4096² scores and patterns alone. */
  const large = { nLayers: 2, nHeads: 2, dModel: 8, dVocab: 29, nCtx: 4096 };

  test('one offers everything but the opt-in hooks where that is small', async () => {
    const sessions = countSessions();
    const model = onOrt(await tiny({}));
    await read(model, 'hook_embed');
    await read(model, 'logits');
    await read(model, 'blocks.1.attn.hook_pattern');
    expect(sessions.made).toBe(1);
    await read(model, 'blocks.0.attn.hook_result');
    await read(model, 'blocks.1.mlp.hook_post');
    expect(sessions.made).toBe(2);
    expect(sessions.live).toBe(1);
    await park(model);
  });

  test('where it is large, one offers what was asked for so far', async () => {
    const sessions = countSessions();
    const model = onOrt(await tiny(large));
    const twin = await tiny(large);
    await read(model, 'hook_embed');
    expect(model.weightBytes).toBe(4 * 29 * 8); // W_E alone
    expect(
      largestDifference(await readHook(twin.model, PROMPT, 'logits'), await read(model, 'logits')),
    ).toBeLessThan(1e-5);
    await read(model, 'hook_embed');
    expect(sessions.made).toBe(2);
    expect(sessions.live).toBe(1);
    await park(model);
  });

  test('fewer outputs let ONNX Runtime arrange the work otherwise: the numbers stay', async () => {
    const [lean, full] = [onOrt(await tiny(large)), onOrt(await tiny(large))];
    const everything = await recordHooks(full, PROMPT);
    const logits = await read(lean, 'logits');
    expect(largestDifference(everything.get('logits')?.data ?? [], logits)).toBeLessThan(1e-6);
    await park(lean, full);
  });

  test('runs at once neither make two sessions of one model nor mix the weights of two', async () => {
    const sessions = countSessions();
    const one = await tiny({});
    const other = withParams(one, (_, values) => values.map((x) => -x));
    const models = [onOrt(one), onOrt(other)] as const;
    const runs = [one, other, one, other].map((_, i) => read(models[(i % 2) as 0 | 1], 'logits'));
    const [a, b, c, d] = await Promise.all(runs);
    expect(sessions.made).toBe(2);
    expect(largestDifference(await readHook(one.model, PROMPT, 'logits'), a as Float32Array)).toBeLessThan(
      1e-5,
    );
    expect(largestDifference(await readHook(other.model, PROMPT, 'logits'), b as Float32Array)).toBeLessThan(
      1e-5,
    );
    expect(largestDifference(a as Float32Array, b as Float32Array)).toBeGreaterThan(1e-2);
    expect([c, d]).toEqual([a, b]);
    await park(...models);
  });

  test('parked, it holds nothing; with its parameters back, it computes the same', async () => {
    const before = runtime.weightBytes();
    const { config, host } = await tiny({});
    const model = fromHost(config, host);
    const logits = await read(model, 'logits');
    expect(model.weightBytes).toBe(
      [...flattenParams(model.params).values()].reduce((sum, t) => sum + 4 * floats(t).length, 0),
    );
    expect(runtime.weightBytes()).toBe(before + model.weightBytes);

    const running = read(model, 'logits');
    model.park();
    expect(model.parked).toBe(true);
    await expect(model.run([PROMPT], ['logits'])).rejects.toThrow('parked model');
    expect(await running).toEqual(logits); // it was under way
    await runtime.exclusive(async () => {});
    expect(runtime.weightBytes()).toBe(before);

    model.unpark(OpsModel.fromHost(model.backend, config, host).params);
    expect(await read(model, 'logits')).toEqual(logits);
    await park(model);
  });
});

describe('where memory ends', () => {
  /** 1024 × 16 tokens have 19.7 GB of logits, beyond what WebAssembly can address, and 4.9 MB of weights. */
  const wide = { nLayers: 1, nHeads: 1, dModel: 4, nCtx: 16, dVocab: 300_000 };
  const batch = Array.from({ length: 1024 }, () => Array<number>(16).fill(1));

  test('a run is refused with its bytes, and the next one runs', async () => {
    const model = onOrt(await tiny(wide));
    const error = await model.run(batch, ['logits']).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message).toMatch(
      /1024 × 16 tokens in a GPT-2 of 1 layers and width 4: 19,661 MB.*Shorten the prompt/,
    );
    expect(error.data).toMatchObject({ lost: false, bytes: 1024 * 16 * 300_000 * 4 });
    expect(await read(model, 'hook_embed')).toHaveLength(PROMPT.length * 4);
    await park(model);
  });

  test('a run does not fail for outputs that only earlier ones asked for', async () => {
    const model = onOrt(await tiny(wide));
    await read(model, 'logits');
    const cache = await model.run(batch, ['hook_embed']);
    expect(cache.get('hook_embed').shape).toEqual([1024, 16, 4]);
    await park(model);
  });
});

const PROMPT = [3, 1, 4, 1, 5];

const read = (model: Model, hook: string) => readHook(model, PROMPT, hook);

async function park(...models: Model[]): Promise<void> {
  for (const model of models) model.park();
  await runtime.exclusive(async () => {});
}

/** Sessions made from now on, and how many of them are not released. */
function countSessions(): { made: number; live: number } {
  const counted = { made: 0, live: 0 };
  const create = Object.getPrototypeOf(runtime).createSession;
  runtime.createSession = async (...args) => {
    const session = await create.apply(runtime, args);
    counted.made++;
    counted.live++;
    const release = session.release;
    session.release = async () => {
      counted.live--;
      await release();
    };
    return session;
  };
  return counted;
}
