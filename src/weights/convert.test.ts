import { expect, test } from 'vitest';
import { must } from '../base/assert.ts';
import { LoadError } from '../base/errors.ts';
import { floatToHalf, halfToFloat } from '../base/half.ts';
import { flattenParams, paramShapes, type StorageDType } from '../tensor/params.ts';
import { openCheckpoint } from './checkpoint.ts';
import { convertCheckpoint, loadHostParams } from './convert.ts';
import { memoryFiles } from './memory.ts';
import { replaceValues, type WritableDType } from './safetensorsWriter.ts';
import { makeTinyCheckpoint, makeTinyModel, type TinyCheckpointOptions } from './testing.ts';

async function convert(files: Map<string, Uint8Array>, dtype: StorageDType = 'f32') {
  const checkpoint = await openCheckpoint(memoryFiles(files));
  const { params } = await loadHostParams(memoryFiles(files), { dtype });
  return { checkpoint, tensors: flattenParams(params) };
}

const LAYOUTS: Record<string, TinyCheckpointOptions> = {
  'as save_pretrained writes it': {},
  'as OpenAI published it: no prefix, masks, unaligned data': {
    prefix: false,
    masks: true,
    headerPadding: 3,
  },
  'prefix and masks': { masks: true },
  'F16 throughout': { dtype: 'F16', vectors: 'F16', headerPadding: 1 },
  'BF16 throughout': { dtype: 'BF16', vectors: 'BF16', headerPadding: 1 },
  'F16 matrices, F32 vectors': { dtype: 'F16', headerPadding: 2 },
  'a copy of the embedding as lm_head': { headCopy: true },
  'three shards with an index': { shards: 3, headerPadding: 1 },
  'an lm_head of its own': { tied: false },
  'an lm_head of its own, sharded BF16': { tied: false, shards: 2, dtype: 'BF16', prefix: false },
  'LN-free 2025': { form: 'lnfree-2025' },
  'LN-free 2025, F16 matrices, shards': { form: 'lnfree-2025', dtype: 'F16', shards: 2 },
  'LN-free 2025, untied': { form: 'lnfree-2025', tied: false },
  'LN-free 2024': { form: 'lnfree-2024', prefix: false, masks: true },
  'odd sizes': { nLayers: 1, dModel: 7, nHeads: 1, nCtx: 5, dVocab: 11, headerPadding: 5 },
};

for (const [title, options] of Object.entries(LAYOUTS)) {
  test(`${title}: the canonical parameters come out exactly`, async () => {
    const expected = makeTinyModel(options);
    const { checkpoint, tensors } = await convert(makeTinyCheckpoint(options));
    expect(checkpoint.config).toEqual(expected.config);
    expect(checkpoint.notes).toEqual([]);
    expect(new Set(tensors.keys())).toEqual(new Set(expected.values.keys()));
    for (const [name, shape] of paramShapes(expected.config)) {
      const host = tensors.get(name);
      expect({ name, ...host }).toEqual({ name, dtype: 'f32', shape, data: expected.values.get(name) });
    }
  });
}

test('the 2024 and the 2025 form of one model differ only in where gain and bias of ln_1 and ln_2 are', () => {
  const [late, early] = [makeTinyModel({ form: 'lnfree-2025' }), makeTinyModel({ form: 'lnfree-2024' })];
  const value = (model: typeof late, name: string, i: number) => must(model.values.get(name)?.[i], name);
  const x = Array.from({ length: 12 }, (_, i) => Math.sin(i + 1));
  for (const column of [0, 17, 35]) {
    const through = (model: typeof late) =>
      x.reduce(
        (sum, xi, i) => {
          const normed = xi * value(model, 'blocks.1.ln1.w', i) + value(model, 'blocks.1.ln1.b', i);
          return sum + normed * value(model, 'blocks.1.attn.W_QKV', i * 36 + column);
        },
        value(model, 'blocks.1.attn.b_QKV', column),
      );
    expect(through(early)).toBeCloseTo(through(late), 5);
  }
  expect(early.values.get('ln_final.w')).toEqual(late.values.get('ln_final.w'));
});

test('f16 storage narrows matrices to the nearest half and leaves vectors alone', async () => {
  const options: TinyCheckpointOptions = { form: 'lnfree-2024' }; // folded products need more bits than a half has
  const { tensors } = await convert(makeTinyCheckpoint(options), 'f16');
  let rounded = 0;
  for (const [name, values] of makeTinyModel(options).values) {
    const host = must(tensors.get(name), name);
    if (host.shape.length === 1) expect(host).toMatchObject({ dtype: 'f32', data: values });
    else
      expect({ name, ...host }).toMatchObject({
        name,
        dtype: 'f16',
        data: Uint16Array.from(values, floatToHalf),
      });
    if (host.dtype === 'f16')
      rounded += host.data.filter((bits, i) => halfToFloat(bits) !== values[i]).length;
  }
  expect(rounded).toBeGreaterThan(0);
});

/** The tiny checkpoint with one tensor's values replaced. */
function withValues(
  name: string,
  values: Float32Array,
  options: TinyCheckpointOptions = {},
  dtype?: WritableDType,
) {
  const files = makeTinyCheckpoint(options);
  const file = must(files.get('model.safetensors'), 'model.safetensors');
  return files.set('model.safetensors', replaceValues(file, name, values, dtype));
}

/** A checkpoint whose wpe (16 × 12 = 192 values) begins with the given ones. */
function withPositions(first: readonly number[], dtype?: WritableDType) {
  const position = Float32Array.from(must(makeTinyModel().values.get('W_pos'), 'W_pos'));
  position.set(first);
  return withValues('transformer.wpe.weight', position, {}, dtype);
}

test('every half, and the ties between halves, narrow as the scalar reference does', async () => {
  const samples: number[] = [];
  for (let bits = 0; bits < 0x7c00; bits++) {
    const [low, high] = [halfToFloat(bits), bits < 0x7bff ? halfToFloat(bits + 1) : 65504];
    samples.push(low, -low, (low + high) / 2, low + (high - low) * 0.3, low + (high - low) * 0.7);
  }
  for (let start = 0; start < samples.length; start += 192 * 200) {
    const slice = Float32Array.from(samples.slice(start, start + 192 * 200));
    const rows = Math.ceil(slice.length / 12);
    const padded = new Float32Array(rows * 12);
    padded.set(slice);
    const files = withValues('transformer.wpe.weight', padded, { nCtx: rows });
    const { tensors } = await convert(files, 'f16');
    expect(tensors.get('W_pos')?.data).toEqual(Uint16Array.from(padded, floatToHalf));
  }
});

test('F16 input passes its bits through, subnormals and all', async () => {
  const values = Array.from({ length: 192 }, (_, i) => halfToFloat(i * 161));
  const { tensors } = await convert(withPositions(values, 'F16'), 'f16');
  expect(tensors.get('W_pos')?.data).toEqual(Uint16Array.from(values, (_, i) => i * 161));
});

for (const dtype of ['F32', 'BF16'] as const) {
  test(`a ${dtype} value that f16 cannot hold is refused in f16 by tensor and value, and loads as f32`, async () => {
    const files = withPositions([1, -131072], dtype);
    await expect(convert(files, 'f16')).rejects.toThrow(
      /transformer\.wpe\.weight holds -131072.*65504.*as f32/,
    );
    const { tensors } = await convert(files, 'f32');
    expect(tensors.get('W_pos')?.data[1]).toBe(-131072);
  });
}

for (const dtype of ['f32', 'f16'] as const) {
  test(`non-finite values in a matrix are counted by name, in ${dtype}`, async () => {
    const files = withPositions([Number.NaN, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    const loaded = await loadHostParams(memoryFiles(files), { dtype });
    expect(loaded.nonFinite).toEqual([{ name: 'W_pos', count: 3 }]);
  });
}

test('loadHostParams shares one object between a tied embedding and the unembedding', async () => {
  const tied = await loadHostParams(memoryFiles(makeTinyCheckpoint()), { dtype: 'f32' });
  expect(tied.params.W_U).toBe(tied.params.W_E);
  expect(tied.params.blocks).toHaveLength(2);
  const own = await loadHostParams(memoryFiles(makeTinyCheckpoint({ tied: false })), { dtype: 'f32' });
  expect(own.params.W_U.data).not.toEqual(own.params.W_E.data);
});

test.each([0, 0.5, 1])(
  'an lm_head that differs from the embedding is used, with a note, though config.json says tied (%f)',
  async (where) => {
    const options: TinyCheckpointOptions = { headCopy: true, dVocab: 6_000 }; // longer than the samples that are compared
    const head = Float32Array.from(must(makeTinyModel(options).values.get('W_E'), 'W_E'));
    head[Math.round(where * (head.length - 1))] = 7;
    const { checkpoint, tensors } = await convert(withValues('lm_head.weight', head, options));
    expect(checkpoint.config.tiedEmbedding).toBe(false);
    expect(checkpoint.notes.join()).toContain('lm_head.weight is used');
    expect(tensors.get('W_U')?.data.every((value, i) => value === head[i])).toBe(true);
  },
);

test("progress ends at the total, and cancelling stops with the signal's reason", async () => {
  const checkpoint = await openCheckpoint(memoryFiles(makeTinyCheckpoint({ shards: 2 })));
  const seen: number[] = [];
  for await (const _ of convertCheckpoint(checkpoint, {
    dtype: 'f32',
    onProgress: (done, total) => seen.push(done / total),
  }));
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(1);

  const controller = new AbortController();
  const reason = new DOMException('no longer wanted', 'AbortError');
  const converting = convertCheckpoint(checkpoint, { dtype: 'f32', signal: controller.signal });
  await converting.next();
  controller.abort(reason);
  await expect(converting.next()).rejects.toBe(reason);
  await expect(openCheckpoint(memoryFiles(makeTinyCheckpoint()), { signal: controller.signal })).rejects.toBe(
    reason,
  );
});

test('a gain that is NaN is refused, not counted', async () => {
  const gain = Float32Array.from({ length: 12 }, (_, i) => (i === 5 ? Number.NaN : 1));
  const loading = convert(withValues('transformer.ln_f.weight', gain));
  await expect(loading).rejects.toBeInstanceOf(LoadError);
  await expect(loading).rejects.toThrow(/transformer\.ln_f\.weight holds NaN/);
});
