/** Where downloaded files are kept: content-addressed blobs that grow at their end, so that a download can go on at any byte. */

import type { Bytes } from '../byteSource.ts';

export type StoreKind = 'opfs' | 'cache' | 'memory';

/** What is known of a kept file without reading it. */
export interface BlobInfo {
  /** What addresses it: its sha256 in hex, or `git-<oid>` of a small file that has none. */
  readonly key: string;
  readonly size: number;
  /** Bytes kept so far, from the beginning. */
  readonly stored: number;
  /** Complete, and its sha256 was compared. */
  readonly verified: boolean;
  /** `owner/name@commit/file` of every place that was seen to use it. */
  readonly usedBy: readonly string[];
}

/**
 * Keeps blobs and small records. Keeping is a convenience: where the browser refuses (quota), `append` rejects with a
 * QuotaError and what was kept before stays; a load goes on without.
 */
export interface BlobStore {
  readonly kind: StoreKind;
  list(): Promise<BlobInfo[]>;
  info(key: string): Promise<BlobInfo | null>;
  /**
   * Reads kept bytes [start, end); LoadError where they are not there. Any number of readers, in any tab. They may
   * come in `into`, where that is long enough: fresh memory costs several times what reading a file does.
   */
  read(key: string, start: number, end: number, into?: Bytes): Promise<Bytes>;
  /** Opens a blob for growing it; the caller holds `exclusively(key)`. Made where it is not there. */
  grow(key: string, size: number, usedBy: string): Promise<GrowingBlob>;
  /** Notes one more place that uses a blob. */
  noteUse(key: string, usedBy: string): Promise<void>;
  /** InputError while somebody, in any tab, holds the key's lock: a load writes or reads the blob. */
  remove(key: string): Promise<void>;
  /** Small JSON records by name (e.g. what a repository has at a commit). */
  readRecord(name: string): Promise<unknown>;
  writeRecord(name: string, value: unknown): Promise<void>;
  removeRecord(name: string): Promise<void>;
  /**
   * Runs `body` while nobody else, in any tab, runs one for this key. `onWait` is called once where it has to wait.
   * An aborted wait rejects with the signal's reason.
   */
  exclusively<T>(key: string, body: () => Promise<T>, options?: LockOptions): Promise<T>;
  /** The same for any number of readers at once, while nobody runs `exclusively` for this key. */
  sharing<T>(key: string, body: () => Promise<T>, options?: LockOptions): Promise<T>;
}

export interface LockOptions {
  signal?: AbortSignal;
  onWait?: () => void;
}

/** A blob being written. `close` (always called) makes what was appended last over a reload. */
export interface GrowingBlob {
  readonly stored: number;
  /** The bytes are the caller's again as soon as this resolves. */
  append(bytes: Bytes): Promise<void>;
  /** Forgets everything from byte `length` on. */
  truncate(length: number): Promise<void>;
  /** Marks the complete blob as compared with its sha256. */
  markVerified(): Promise<void>;
  close(): Promise<void>;
}
