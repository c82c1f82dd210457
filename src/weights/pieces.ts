/** The wanted bytes of one file come by in its order, in pieces: streamed where the source must see all of it anyway, else read. */

import { type ByteSource, type Piece, type Range, readExactly } from './byteSource.ts';

/** Small enough that cancelling is prompt and the copy in flight does not matter. Divisible by every item size. */
const PIECE_BYTES = 8 * 2 ** 20;

/** Reading this much too much costs less than one more read: a round trip to disk or network. */
const NEGLIGIBLE_GAP = 64 * 2 ** 10;

/**
 * Pieces that cover every wanted range (ascending, not overlapping) and maybe more, each beginning where the one before
 * ended or later. LoadError where the file ends before the last range does; an aborted call rejects with the signal's reason.
 */
export function wantedPieces(
  source: ByteSource,
  wanted: readonly Range[],
  signal?: AbortSignal,
): AsyncIterable<Piece> {
  return source.stream?.(joined(wanted, 0), signal) ?? readPieces(source, wanted, signal);
}

/** The same by `read` alone, for the few bytes that are wanted before anybody decides to load the file. */
export async function* readPieces(
  source: ByteSource,
  wanted: readonly Range[],
  signal?: AbortSignal,
): AsyncGenerator<Piece, void, undefined> {
  for (const range of joined(wanted, NEGLIGIBLE_GAP)) {
    for (let { start } = range; start < range.end; start += PIECE_BYTES) {
      signal?.throwIfAborted();
      const end = Math.min(start + PIECE_BYTES, range.end);
      yield { start, bytes: await readExactly(source, start, end, signal) };
    }
  }
}

/** Ascending ranges, those at most `gap` bytes apart made one. */
function joined(ranges: readonly Range[], gap: number): Range[] {
  const apart: { start: number; end: number }[] = [];
  for (const { start, end } of ranges) {
    const last = apart.at(-1);
    if (last && start - last.end <= gap) last.end = end;
    else apart.push({ start, end });
  }
  return apart;
}
