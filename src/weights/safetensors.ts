/** Safetensors headers: which tensors a file holds and where, every number checked against the file. */

import { LoadError } from '../base/errors.ts';
import { formatShape } from '../base/shapes.ts';
import { type ByteSource, readExactly } from './byteSource.ts';
import { impostor, isObject, parseJson } from './json.ts';

/** One tensor of a file: its values are bytes [start, end) of `source`, little-endian, row-major. */
export interface TensorEntry {
  readonly source: ByteSource;
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/**
 * The format allows 100 MB. GPT-2 XL's header has 80 KB and that of 1,000 layers 2 MB; what `JSON.parse` makes of 4 MiB
 * of the worst text stays below 64 MB.
 */
const MAX_HEADER_BYTES = 4 * 2 ** 20;

/** A name, a type or a rank beyond these is no tensor of anybody's, only a way to make messages long. */
const LONGEST = { name: 256, dtype: 20, rank: 8 };

const ITEM_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E5M2: 1,
  F8_E4M3: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
};

/**
 * Reads and checks a file's header (8 bytes of length, then JSON); the tensors come in the file's order.
 * LoadError where the file is no safetensors file, is truncated, or contradicts itself.
 */
export async function readHeader(source: ByteSource, signal?: AbortSignal): Promise<TensorEntry[]> {
  const size = await source.size(signal);
  const first = await readExactly(source, 0, Math.min(size, 64), signal);
  const found = impostor(first);
  if (found)
    throw new LoadError(
      `${source.name} should be a safetensors file but is ${found}. Download or copy the file again.`,
      { file: source.name },
    );
  if (size < 10) throw damaged(source, `${size} bytes are too few`, { size });
  const length = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, size - 8)))
    throw damaged(
      source,
      `its header claims ${length} bytes, of a file of ${size} (and at most ${MAX_HEADER_BYTES} are allowed)`,
      { headerBytes: String(length), size },
    );
  const dataStart = 8 + Number(length);
  const header = parseJson(await readExactly(source, 8, dataStart, signal), `The header of ${source.name}`);
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => readEntry(source, name, value, dataStart, size));
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  entries.forEach((entry, i) => {
    const previous = entries[i - 1];
    if (previous && entry.start < previous.end)
      throw damaged(source, `the tensors ${previous.name} and ${entry.name} overlap`, {
        tensors: [previous.name, entry.name],
      });
  });
  return entries;
}

function readEntry(
  source: ByteSource,
  name: string,
  value: unknown,
  dataStart: number,
  size: number,
): TensorEntry {
  if (name.length > LONGEST.name)
    throw damaged(source, `a tensor's name has ${name.length} characters: ${name.slice(0, 40)}…`, {});
  if (
    !isObject(value) ||
    typeof value.dtype !== 'string' ||
    value.dtype.length > LONGEST.dtype ||
    !isCounts(value.shape) ||
    !isCounts(value.data_offsets)
  )
    throw damaged(source, `its entry for ${name} is not {dtype, shape, data_offsets}`, { tensor: name });
  const { dtype, shape } = value;
  const [begin, stop, ...rest] = value.data_offsets;
  if (begin === undefined || stop === undefined || rest.length || begin > stop)
    throw damaged(source, `${name} has the offsets ${formatShape(value.data_offsets)}`, { tensor: name });
  if (stop > size - dataStart)
    throw damaged(
      source,
      `${name} should end at byte ${dataStart + stop} but the file has ${size}: it is truncated`,
      { tensor: name, needed: dataStart + stop, size },
    );
  const itemBytes = Object.hasOwn(ITEM_BYTES, dtype) ? ITEM_BYTES[dtype] : undefined;
  if (itemBytes !== undefined && byteLength(shape, itemBytes) !== stop - begin)
    throw damaged(source, `${name} has ${stop - begin} bytes, which is not ${dtype} ${formatShape(shape)}`, {
      tensor: name,
      shape,
      bytes: stop - begin,
    });
  return { source, name, dtype, shape, start: dataStart + begin, end: dataStart + stop };
}

/** A short array of non-negative integers that arithmetic keeps exact. */
function isCounts(value: unknown): value is number[] {
  return (
    Array.isArray(value) &&
    value.length <= LONGEST.rank &&
    value.every((n) => Number.isSafeInteger(n) && n >= 0)
  );
}

/** Infinity where the product is too large to be exact: it then equals no length. */
function byteLength(shape: readonly number[], itemBytes: number): number {
  if (shape.includes(0)) return 0;
  const bytes = shape.reduce((product, axis) => product * axis, itemBytes);
  return Number.isSafeInteger(bytes) ? bytes : Number.POSITIVE_INFINITY;
}

function damaged(source: ByteSource, problem: string, data: Record<string, unknown>): LoadError {
  return new LoadError(`${source.name} is damaged: ${problem}. Download or copy the file again.`, {
    file: source.name,
    ...data,
  });
}
