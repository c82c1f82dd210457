/** A file of the Hub comes by once: from the store where it is kept and verified, else downloaded, kept and verified. */

import { LoadError } from '../../base/errors.ts';
import type { Piece, Range } from '../byteSource.ts';
import type { BlobInfo, BlobStore, LockOptions } from '../store/blobStore.ts';
import type { Net } from './answer.ts';
import { download } from './download.ts';
import type { RemoteFile } from './forward.ts';
import { createHasher, keyOf } from './hasher.ts';
import type { HubFile, OpenRepoOptions, Transfer } from './hub.ts';
import { Keeper } from './keeper.ts';
import { readKept } from './readKept.ts';

/** Progress is told so often at most, in milliseconds. */
const TELL_EVERY = 100;

/** One file, and all that reading it takes. */
export interface OpenFile extends OpenRepoOptions {
  readonly net: Net;
  readonly store: BlobStore;
  readonly file: HubFile;
  readonly remote: RemoteFile;
  /** `owner/name@commit/file` */
  readonly place: string;
}

/**
 * Pieces that cover every wanted range, in order. A piece's memory is overwritten once the next one is asked for.
 * At the end of a download it throws a LoadError where the bytes were not the promised ones, and forgets them. An
 * error, an abort or an early return keeps what arrived. One tab downloads; others wait and then go on from there.
 */
export async function* streamFile(
  open: OpenFile,
  wanted: readonly Range[],
  signal?: AbortSignal,
): AsyncGenerator<Piece, void, undefined> {
  const { store, file } = open;
  const key = keyOf(file);
  const delivered = new Delivered(wanted);
  // Something verified that cannot be read is no better than nothing.
  let unreadable = false;
  for (;;) {
    signal?.throwIfAborted();
    const usable = async () => (unreadable ? null : known(store, key));
    const verified = (await usable())?.verified === true;
    const onWait = () => open.onTransfer?.(transfer(file, 'waiting for another tab', 0));
    const lock: BlobStore['sharing'] = (...held) =>
      verified ? store.sharing(...held) : store.exclusively(...held);
    const release = await hold(lock, key, { signal, onWait });
    let right = true;
    try {
      const info = await usable();
      // Whoever had the lock before may have changed what is kept.
      if ((info?.verified === true) !== verified) continue;
      if (info && verified) {
        unreadable = !(yield* convert(open, info, delivered, signal));
        if (unreadable) continue;
      } else right = yield* downloadRest(open, info?.stored ?? 0, delivered, signal);
    } finally {
      await release();
    }
    if (right) return;
    await store.remove(key).catch(() => {});
    throw new LoadError(
      `${open.remote.name} arrived damaged: its bytes are not those that the repository promises (${file.sha256 ? 'sha256' : 'git id'}). It was thrown away; load again to download it anew.`,
      { file: file.path, expected: file.sha256 ?? file.oid },
    );
  }
}

/** What of the wanted ranges was handed on, so that nothing comes twice where a second source goes on. */
class Delivered {
  private upTo = 0;

  constructor(private readonly wanted: readonly Range[]) {}

  /** The wanted ranges that are still to come. */
  rest(): Range[] {
    return this.wanted
      .filter(({ end }) => end > this.upTo)
      .map(({ start, end }) => ({ start: Math.max(start, this.upTo), end }));
  }

  /** The piece without what came before, or nothing where none of it is wanted. */
  *once({ start, bytes }: Piece): Generator<Piece, void, undefined> {
    const end = start + bytes.length;
    const from = Math.max(start, this.upTo);
    if (!this.wanted.some((range) => range.start < end && from < range.end)) return;
    this.upTo = end;
    if (from < end) yield { start: from, bytes: bytes.subarray(from - start) };
  }
}

/** The wanted ranges, from what is kept and verified. Returns false where that could not be read to the end. */
async function* convert(
  { store, file, place, onTransfer }: OpenFile,
  info: BlobInfo,
  delivered: Delivered,
  signal?: AbortSignal,
): AsyncGenerator<Piece, boolean, undefined> {
  if (!info.usedBy.includes(place)) await store.noteUse(info.key, place).catch(() => {});
  const pieces = readKept(store, info.key, delivered.rest(), signal);
  for (;;) {
    const step = await pieces.next().catch(() => null);
    signal?.throwIfAborted();
    if (!step) return false;
    if (step.done) break;
    onTransfer?.(transfer(file, 'converting', step.value.start));
    yield* delivered.once(step.value);
  }
  onTransfer?.(transfer(file, 'converting', file.size));
  return true;
}

/** All of the file: what is kept of it, then what is missing. Returns whether it was what the repository promises. */
async function* downloadRest(
  open: OpenFile,
  stored: number,
  delivered: Delivered,
  signal?: AbortSignal,
): AsyncGenerator<Piece, boolean, undefined> {
  const { net, store, file, remote, place } = open;
  const hasher = await createHasher(file);
  const keeper = new Keeper(store, file, open.onNote);
  let at = 0;
  try {
    for await (const piece of keptPrefix(store, keyOf(file), Math.min(stored, file.size), signal)) {
      hasher.update(piece.bytes);
      at += piece.bytes.length;
      open.onTransfer?.(transfer(file, 'verifying', at));
      yield* delivered.once(piece);
    }
    await keeper.open(at, place);
    const tell = teller(open, at);
    for await (const piece of download(net, remote, at, { signal, onBytes: tell })) {
      hasher.update(piece.bytes);
      await keeper.append(piece.bytes);
      // An aborted download hands over what it still has: that is kept, and nobody wants it any more.
      if (!signal?.aborted) yield* delivered.once(piece);
    }
    signal?.throwIfAborted();
    const right = hasher.matches();
    if (right) await keeper.markVerified();
    else await keeper.drop();
    return right;
  } finally {
    await keeper.close();
  }
}

/** The bytes kept so far. Ends early where they cannot be read: what is missing is downloaded instead. */
async function* keptPrefix(
  store: BlobStore,
  key: string,
  stored: number,
  signal?: AbortSignal,
): AsyncGenerator<Piece, void, undefined> {
  const pieces = readKept(store, key, [{ start: 0, end: stored }], signal);
  for (;;) {
    const step = await pieces.next().catch(() => null);
    signal?.throwIfAborted();
    if (!step || step.done) return;
    yield step.value;
  }
}

function transfer(file: HubFile, phase: Transfer['phase'], done: number): Transfer {
  return { phase, file: file.path, done, size: file.size };
}

/** Adds up what arrives and tells it now and then, and at the end. */
function teller({ file, onTransfer }: OpenFile, from: number): (count: number) => void {
  let done = from;
  let toldAt = Number.NEGATIVE_INFINITY;
  return (count) => {
    done += count;
    const now = performance.now();
    if (now - toldAt < TELL_EVERY && done < file.size) return;
    toldAt = now;
    onTransfer?.(transfer(file, 'downloading', done));
  };
}

/** What is kept; a store that fails keeps nothing. */
function known(store: BlobStore, key: string): Promise<BlobInfo | null> {
  return store.info(key).catch(() => null);
}

/** Takes a lock and gives back what releases it, resolving once others can have it. */
function hold(lock: BlobStore['sharing'], key: string, options: LockOptions): Promise<() => Promise<void>> {
  return new Promise((resolve, reject) => {
    const ended = lock(
      key,
      () =>
        new Promise<void>((release) => {
          resolve(async () => {
            release();
            await ended;
          });
        }),
      options,
    );
    ended.catch(reject);
  });
}
