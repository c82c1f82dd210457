/** Pieces of a file, cut anywhere, become whole rows of its tensors. */

import { assert } from '../base/assert.ts';
import { LoadError } from '../base/errors.ts';
import { lastAxis, rows, type Shape } from '../base/shapes.ts';
import type { Bytes, Piece, Range } from './byteSource.ts';
import { reused } from './reused.ts';
import type { TensorEntry } from './safetensors.ts';
import { itemBytes } from './values.ts';

/** So many values are handed on at once, unless four rows have more. */
const CHUNK_VALUES = 2 ** 20;

/** Chunks begin at multiples of this row: a device writes whole 32-bit words (`Backend.write`). */
const ROW_STEP = 4;

/** Where some rows of a tensor lie in their file. */
interface Chunk extends Range {
  /** The canonical name. */
  readonly name: string;
  readonly entry: TensorEntry;
  readonly firstRow: number;
  /** Of these rows. */
  readonly shape: Shape;
}

/** Some rows of a tensor, as they lie in the file. */
export interface RawRows extends Chunk {
  /** Aligned to 4 bytes. Overwritten by the rows that come next. */
  readonly bytes: Bytes;
}

/**
 * Gathers the rows of one file's tensors (canonical name and place, ascending and apart) from its pieces, in order.
 * Vectors come whole. Holds one chunk: 2^20 values or four rows.
 */
export class RowGatherer {
  private readonly memory = reused((length) => new Uint8Array(length));
  private readonly chunks: Generator<Chunk, undefined>;
  private chunk: Chunk | undefined;
  /** Bytes of `chunk` that are here. */
  private filled = 0;

  constructor(tensors: Iterable<readonly [name: string, entry: TensorEntry]>) {
    this.chunks = chunksOf(tensors);
    this.chunk = this.chunks.next().value;
  }

  /** The rows that this piece completes. `onBytes` hears of its bytes that were wanted. */
  *take(piece: Piece, onBytes: (count: number) => void): Generator<RawRows, void, undefined> {
    const pieceEnd = piece.start + piece.bytes.length;
    while (this.chunk) {
      const { chunk } = this;
      const at = chunk.start + this.filled;
      if (at >= pieceEnd) return;
      assert(at >= piece.start, `${chunk.entry.source.name} went on to byte ${piece.start}, past ${at}`);
      const end = Math.min(chunk.end, pieceEnd);
      const bytes = this.memory(chunk.end - chunk.start);
      bytes.set(piece.bytes.subarray(at - piece.start, end - piece.start), this.filled);
      this.filled += end - at;
      onBytes(end - at);
      if (end < chunk.end) return;
      yield { ...chunk, bytes };
      this.filled = 0;
      this.chunk = this.chunks.next().value;
    }
  }

  /** To be called when no more pieces come: LoadError where rows are still missing. */
  finish(): void {
    if (!this.chunk) return;
    const { entry } = this.chunk;
    throw new LoadError(
      `${entry.source.name} ends early: ${entry.name} is not complete. Download or copy the file again.`,
      { file: entry.source.name, tensor: entry.name, end: entry.end },
    );
  }
}

/** Cuts tensors into chunks of whole rows; a vector is one row. */
function* chunksOf(
  tensors: Iterable<readonly [name: string, entry: TensorEntry]>,
): Generator<Chunk, undefined> {
  for (const [name, entry] of tensors) {
    const { shape, start } = entry;
    const columns = lastAxis(shape);
    const rowBytes = columns * itemBytes(entry.dtype);
    const step = Math.max(ROW_STEP, Math.floor(CHUNK_VALUES / columns / ROW_STEP) * ROW_STEP);
    const count = rows(shape);
    for (let firstRow = 0; firstRow < count; firstRow += step) {
      const n = Math.min(step, count - firstRow);
      const from = start + firstRow * rowBytes;
      const part = shape.length === 1 ? shape : [n, ...shape.slice(1)];
      yield { name, entry, firstRow, shape: part, start: from, end: from + n * rowBytes };
    }
  }
  return undefined;
}
