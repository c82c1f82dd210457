/** Reads ranges of a kept file, the next piece while the one before is being used. */

import type { Bytes, Piece, Range } from '../byteSource.ts';
import type { BlobStore } from '../store/blobStore.ts';

const PIECE_BYTES = 8 * 2 ** 20;

/** Reading this much too much costs less than one more read. */
const NEGLIGIBLE_GAP = 64 * 2 ** 10;

/**
 * Pieces of at most 8 MiB that cover the wanted ranges (ascending, apart). A piece's memory is overwritten once the
 * next one is asked for. Errors are the store's.
 */
export async function* readKept(
  store: BlobStore,
  key: string,
  wanted: readonly Range[],
  signal?: AbortSignal,
): AsyncGenerator<Piece, void, undefined> {
  let coming: { start: number; bytes: Promise<Bytes> } | undefined;
  const pieces = [...cut(wanted)];
  const longest = pieces.reduce((length, { start, end }) => Math.max(length, end - start), 0);
  const memory = [0, 1].map(() => new Uint8Array(longest));
  for (const [i, { start, end }] of pieces.entries()) {
    const bytes = store.read(key, start, end, memory[i % 2]);
    // It is heard of when its turn comes, if it does.
    bytes.catch(() => {});
    const now = coming;
    coming = { start, bytes };
    if (now) yield { start: now.start, bytes: await now.bytes };
    signal?.throwIfAborted();
  }
  if (coming) yield { start: coming.start, bytes: await coming.bytes };
}

function* cut(wanted: readonly Range[]): Generator<Range, void, undefined> {
  for (let i = 0; i < wanted.length; i++) {
    const start = wanted[i]?.start ?? 0;
    let end = wanted[i]?.end ?? 0;
    for (let next = wanted[i + 1]; next && next.start - end <= NEGLIGIBLE_GAP; next = wanted[++i + 1])
      end = next.end;
    for (let at = start; at < end; at += PIECE_BYTES)
      yield { start: at, end: Math.min(end, at + PIECE_BYTES) };
  }
}
