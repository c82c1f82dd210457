/** The Hub as the engine sees it: look a repository up, open it as a checkpoint, see what is kept of it. */

import type { CheckpointFiles } from '../byteSource.ts';
import type { BlobInfo, BlobStore } from '../store/blobStore.ts';

/** One file of a repository at a commit. */
export interface HubFile {
  readonly path: string;
  readonly size: number;
  /** From LFS; null for small files, which git keeps itself. */
  readonly sha256: string | null;
  /** Git's id of the file, which addresses a small one. */
  readonly oid: string;
}

/** What a repository has, pinned to a commit. Only the files a checkpoint may need. */
export interface HubRepo {
  /** `owner/name` */
  readonly name: string;
  /** As it was asked for, e.g. `main`. */
  readonly revision: string;
  /** The commit it was at when it was looked up. */
  readonly commit: string;
  /** Its page. */
  readonly url: string;
  /** As its card says (`cardData.license` or a `license:` tag), or null. */
  readonly license: string | null;
  /** The files that loading it takes: config, weights (one file, or the shards and their index), tokenizer. */
  readonly files: readonly HubFile[];
}

/** What is going on with one file of a repository. */
export interface Transfer {
  readonly phase: 'waiting for another tab' | 'downloading' | 'verifying' | 'converting';
  readonly file: string;
  /** Bytes of the file that came by, of `size`. `converting`: read from what is kept and verified. */
  readonly done: number;
  readonly size: number;
}

export interface OpenRepoOptions {
  onTransfer?: (transfer: Transfer) => void;
  /** Told once per file where something could not be kept, in a sentence for people. */
  onNote?: (note: string) => void;
}

export interface Hub {
  /** Without a slash at its end. */
  readonly endpoint: string;
  readonly store: BlobStore;
  /**
   * What a repository has: as remembered from the first look-up of this revision (then no byte moves), else asked of
   * the Hub and remembered. InputError for a malformed name, LoadError for what the Hub refuses, with what to do.
   */
  lookUp(repo: string, revision?: string, signal?: AbortSignal): Promise<HubRepo>;
  /** As `lookUp`, but only from memory: null where it was never looked up. */
  known(repo: string, revision?: string): Promise<HubRepo | null>;
  /** The repository as a checkpoint: small reads go by Range, its `stream` downloads, keeps and verifies. */
  open(repo: HubRepo, options?: OpenRepoOptions): CheckpointFiles;
  /** Bytes of the repository's files, and how many of them are kept here. */
  kept(repo: HubRepo): Promise<{ files: number; stored: number }>;
  /** Deletes kept blobs; records of repositories that use none any more are forgotten, so that they are looked up anew. InputError for a blob in use by a load. */
  remove(keys: readonly string[]): Promise<void>;
  list(): Promise<BlobInfo[]>;
}
