/** One file of a repository as a ByteSource. */

import type { ByteSource, Bytes } from '../byteSource.ts';
import { Forward } from './forward.ts';
import { keyOf } from './hasher.ts';
import { type OpenFile, streamFile } from './streamFile.ts';

/** Files up to here that are no weights are fetched whole, checked and kept when a part of them is read. */
const WHOLE_BYTES = 64 * 2 ** 20;

/** Reads come from what is kept and verified, else from the Hub; `stream` as `streamFile`. */
export function hubSource(open: OpenFile): ByteSource {
  const { file } = open;
  const isSmall = !file.path.endsWith('.safetensors') && file.size <= WHOLE_BYTES;
  return {
    name: file.path,
    size: async () => file.size,
    async read(from, to, signal) {
      signal?.throwIfAborted();
      const start = Math.min(Math.max(from, 0), file.size);
      const end = Math.max(start, Math.min(to, file.size));
      if (start === end) return new Uint8Array();
      const kept = await readVerified(open, start, end);
      if (kept) return kept;
      return isSmall
        ? (await readWhole(open, signal)).slice(start, end)
        : readRange(open, start, end, signal);
    },
    stream: (wanted, signal) => streamFile(open, wanted, signal),
  };
}

/** Only what was verified counts: a header damaged on disk would be refused before anything could notice and mend it. */
async function readVerified({ store, file }: OpenFile, start: number, end: number): Promise<Bytes | null> {
  try {
    const key = keyOf(file);
    return (await store.info(key))?.verified ? await store.read(key, start, end) : null;
  } catch {
    return null; // removed this moment, or a store that fails: the Hub still has it
  }
}

async function readWhole(open: OpenFile, signal?: AbortSignal): Promise<Bytes> {
  const { size } = open.file;
  const whole = new Uint8Array(size);
  for await (const { start, bytes } of streamFile(open, [{ start: 0, end: size }], signal))
    whole.set(bytes, start);
  return whole;
}

async function readRange(
  { net, remote }: OpenFile,
  start: number,
  end: number,
  signal?: AbortSignal,
): Promise<Bytes> {
  const bytes = new Uint8Array(end - start);
  const forward = new Forward(net, remote, start, end, { signal });
  try {
    await forward.fill(bytes);
    return bytes;
  } finally {
    forward.close();
  }
}
