/** Conversion row by row: whatever the pieces, whatever the layout, the same rows in the same order. */

import { expect, test } from 'vitest';
import { must } from '../base/assert.ts';
import { LoadError } from '../base/errors.ts';
import { mulberry32 } from '../base/random.ts';
import { rows as rowsOf } from '../base/shapes.ts';
import { paramShapes, type StorageDType, storageOf } from '../tensor/params.ts';
import { GROUP, type HostTensor } from '../tensor/tensor.ts';
import type { ByteSource, Bytes, CheckpointFiles, Piece, Range } from './byteSource.ts';
import { openCheckpoint } from './checkpoint.ts';
import { type ConvertedRows, convertCheckpoint, loadHostParams } from './convert.ts';
import { MODEL } from './damage.ts';
import { memoryFiles } from './memory.ts';
import { replaceValues } from './safetensorsWriter.ts';
import { makeTinyCheckpoint, makeTinyModel, type TinyCheckpointOptions } from './testing.ts';

type Files = ReadonlyMap<string, Uint8Array>;

/** The files with every source changed. */
function changed(files: Files, change: (source: ByteSource) => ByteSource): CheckpointFiles {
  const memory = memoryFiles(files);
  return { ...memory, open: (name) => change(memory.open(name)) };
}

/** A source that streams its whole file in pieces whose ends `cut` chooses, and reports when it came to its end. */
function streaming(source: ByteSource, cut: (start: number) => number, onEnd: () => void = () => {}) {
  async function* stream(_: readonly Range[], signal?: AbortSignal): AsyncGenerator<Piece> {
    const size = await source.size();
    for (let start = 0; start < size; ) {
      signal?.throwIfAborted();
      const end = Math.min(size, start + cut(start));
      yield { start, bytes: await source.read(start, end) };
      start = end;
    }
    onEnd();
  }
  return { ...source, stream };
}

/** Records the reads of weight files. */
function recording(source: ByteSource, reads: [file: string, start: number, end: number][]): ByteSource {
  if (!source.name.endsWith('.safetensors')) return source;
  return {
    ...source,
    read(start, end, signal) {
      reads.push([source.name, start, end]);
      return source.read(start, end, signal);
    },
  };
}

/** Every chunk, its data copied, as they must be where memory is used again. */
async function collect(files: CheckpointFiles, dtype: StorageDType): Promise<ConvertedRows[]> {
  const parts: ConvertedRows[] = [];
  for await (const part of convertCheckpoint(await openCheckpoint(files), { dtype })) {
    parts.push({ ...part, rows: copied(part.rows) });
  }
  return parts;
}

function copied(host: HostTensor): HostTensor {
  if (host.dtype === 'q8') return { ...host, data: host.data.slice(), scales: host.scales.slice() };
  return { ...host, data: host.data.slice() } as HostTensor;
}

const LAYOUTS: TinyCheckpointOptions[] = [
  { headerPadding: 3, masks: true, prefix: false },
  { shards: 3, dtype: 'BF16', headerPadding: 1, tied: false },
  { dtype: 'F16', vectors: 'F16', headerPadding: 2 },
  { form: 'lnfree-2025', dtype: 'F16' },
  { nLayers: 1, dModel: 7, nHeads: 1, nCtx: 5, dVocab: 11, headerPadding: 5 },
];

for (const dtype of ['f32', 'f16', 'q8'] as const) {
  test(`${dtype}: pieces cut anywhere give the rows that whole files give`, async () => {
    for (const [i, options] of LAYOUTS.entries()) {
      const files = makeTinyCheckpoint(options);
      const whole = await loadHostParams(memoryFiles(files), { dtype });
      const random = mulberry32(i + 1);
      for (const largest of [1, 3, 50, 5000]) {
        const cut = () => 1 + Math.floor(random() * largest);
        const streamed = await loadHostParams(
          changed(files, (source) => streaming(source, cut)),
          { dtype },
        );
        expect(streamed).toEqual(whole);
      }
    }
  });

  test(`${dtype}: large matrices come in rows by fours, each once and in order, vectors whole`, async () => {
    const options = { nLayers: 1, dModel: 4, nHeads: 1, dVocab: 1_000_001, headerPadding: 1 };
    const { config } = makeTinyModel({ ...options, dVocab: 1 });
    const parts = await collect(memoryFiles(makeTinyCheckpoint(options)), dtype);
    const next = new Map<string, number>();
    for (const { name, shape, firstRow, rows, dtype: kept } of parts) {
      expect(firstRow).toBe(next.get(name) ?? 0);
      expect(kept).toBe(storageOf(shape, dtype));
      expect(rows.dtype).toBe(kept);
      const end = shape.length === 1 ? 1 : firstRow + must(rows.shape[0], name);
      if (end < rowsOf(shape)) expect(end % 4).toBe(0);
      if (shape.length === 1) expect(rows.shape).toEqual(shape);
      next.set(name, end);
    }
    const shapes = [...paramShapes({ ...config, dVocab: options.dVocab })];
    expect(next).toEqual(new Map(shapes.map(([name, shape]) => [name, rowsOf(shape)])));
    expect(parts.filter(({ name }) => name === 'W_E')).toHaveLength(4); // 2^20 values at once, of 4,000,004
  });
}

test('non-finite values are counted where they are, chunk by chunk and in all', async () => {
  const options = { nLayers: 1, dModel: 4, nHeads: 1, dVocab: 600_000 };
  const files: Map<string, Uint8Array> = makeTinyCheckpoint(options);
  const file = must(files.get(MODEL), 'weights');
  const entry = must((await openCheckpoint(memoryFiles(files))).tensors.get('W_E'), 'W_E');
  new Uint8Array(file.buffer).set([0, 0, 0xc0, 0x7f], entry.start); // NaN in the first chunk
  new Uint8Array(file.buffer).set([0, 0, 0x80, 0xff], entry.end - 4); // −Infinity in the last
  const parts = (await collect(memoryFiles(files), 'f32')).filter(({ name }) => name === 'W_E');
  expect(parts.map(({ nonFinite }) => nonFinite)).toEqual([1, 0, 1]);
  const loaded = await loadHostParams(memoryFiles(files), { dtype: 'f32' });
  expect(loaded.nonFinite).toEqual([{ name: 'W_E', count: 2 }]);
});

test('a whole file of small tensors is one read, and files are read one after the other', async () => {
  const reads: [string, number, number][] = [];
  const files = changed(makeTinyCheckpoint({ shards: 3, nLayers: 8 }), (source) => recording(source, reads));
  const checkpoint = await openCheckpoint(files);
  reads.length = 0;
  for await (const _ of convertCheckpoint(checkpoint, { dtype: 'f32' }));
  expect(reads.map(([name]) => name)).toEqual([1, 2, 3].map((n) => `model-0000${n}-of-00003.safetensors`));
});

test('masks between the tensors are not read, a small gap is, and no read is above 8 MiB', async () => {
  const options = { masks: true, prefix: false, nCtx: 512, dVocab: 200_000 };
  const files: Map<string, Uint8Array> = makeTinyCheckpoint(options);
  const position = must(makeTinyModel(options).values.get('W_pos'), 'W_pos');
  // Moved behind the masks, wpe leaves a gap of its 24 KiB.
  files.set(MODEL, replaceValues(must(files.get(MODEL), MODEL), 'wpe.weight', position));
  const reads: [string, number, number][] = [];
  const recorded = changed(files, (source) => recording(source, reads));
  const checkpoint = await openCheckpoint(recorded);
  reads.length = 0;
  const parts = await collect(recorded, 'f32');
  reads.splice(
    0,
    reads.findIndex(([, start, end]) => end - start > 2 ** 20),
  ); // of opening it again
  expect(reads.reduce((sum, [, start, end]) => sum + end - start, 0)).toBe(checkpoint.bytes + 512 * 12 * 4);
  for (const [, start, end] of reads) expect(end - start).toBeLessThanOrEqual(8 * 2 ** 20);
  expect(parts.at(-1)).toMatchObject({ name: 'W_pos', rows: { data: position } });
});

test('a stream is read to the end of its file, where a source that verifies throws', async () => {
  const files = makeTinyCheckpoint({ masks: true }); // the masks come last
  let ended = 0;
  const verified = changed(files, (source) =>
    streaming(
      source,
      () => 100,
      () => ended++,
    ),
  );
  await collect(verified, 'f32');
  expect(ended).toBe(1);

  const wrong = new LoadError('model.safetensors is not what was promised. Load it again.', {});
  const failing = changed(files, (source) =>
    streaming(
      source,
      () => 100,
      () => {
        throw wrong;
      },
    ),
  );
  await expect(collect(failing, 'f32')).rejects.toBe(wrong);
});

test('a stream that ends before the last tensor is a LoadError naming it', async () => {
  const files = changed(makeTinyCheckpoint(), (source) => ({
    ...source,
    async *stream(wanted: readonly Range[]): AsyncGenerator<Piece> {
      const { start, end } = must(wanted[0], 'a range');
      yield { start, bytes: await source.read(start, end - 1) };
    },
  }));
  await expect(collect(files, 'f32')).rejects.toBeInstanceOf(LoadError);
  await expect(collect(files, 'f32')).rejects.toThrow(/ends early: transformer\.ln_f\.bias is not complete/);
});

test('leaving in the middle closes the stream', async () => {
  let closed = false;
  const files = changed(makeTinyCheckpoint(), (source) => ({
    ...source,
    async *stream(): AsyncGenerator<Piece> {
      try {
        for (let start = 0; ; start += 100) yield { start, bytes: await source.read(start, start + 100) };
      } finally {
        closed = true;
      }
    },
  }));
  for await (const _ of convertCheckpoint(await openCheckpoint(files), { dtype: 'f32' })) break;
  expect(closed).toBe(true);
});

test('q8 keeps each value within half a step of its group, and the largest of a group exactly', async () => {
  const options: TinyCheckpointOptions = { dModel: 132, nHeads: 3, form: 'lnfree-2024' }; // 132 = 2 groups and 4 values
  const { params } = await loadHostParams(memoryFiles(makeTinyCheckpoint(options)), { dtype: 'q8' });
  const values = must(makeTinyModel(options).values.get('blocks.1.mlp.W_in'), 'W_in');
  const host = must(params.blocks[1], 'block 1').W_in;
  if (host.dtype !== 'q8') throw new Error(host.dtype);
  const columns = 528;
  const groups = Math.ceil(columns / GROUP);
  expect(host.scales).toHaveLength(132 * groups);
  let exact = 0;
  values.forEach((value, i) => {
    const scale = must(
      host.scales[Math.floor(i / columns) * groups + Math.floor((i % columns) / GROUP)],
      'scale',
    );
    const decoded = (must(host.data[i], 'step') / 127) * scale;
    expect(Math.abs(decoded - value)).toBeLessThanOrEqual((scale / 254) * (1 + 1e-6));
    if (Math.abs(value) === scale && decoded === value) exact++;
  });
  expect(exact).toBeGreaterThanOrEqual(132 * groups);
});

const bytesOf = (...values: number[]): Bytes => new Uint8Array(Float32Array.of(...values).buffer);

test.each([
  [Number.NaN, /transformer\.wpe\.weight holds NaN, which 8 bits cannot store.*Load this model as f32\.$/],
  [Number.NEGATIVE_INFINITY, /transformer\.wpe\.weight holds -Infinity/],
])('%d is refused in 8 bits by tensor and value', async (value, message) => {
  const files = makeTinyCheckpoint();
  const entry = must((await openCheckpoint(memoryFiles(files))).tensors.get('W_pos'), 'W_pos');
  must(files.get(MODEL), 'weights').set(bytesOf(value), entry.start + 40);
  const loading = loadHostParams(memoryFiles(files), { dtype: 'q8' });
  await expect(loading).rejects.toBeInstanceOf(LoadError);
  await expect(loading).rejects.toThrow(message);
});
