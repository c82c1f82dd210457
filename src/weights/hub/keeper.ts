/** Keeps a file while it is downloaded; where that fails it says so once, and the download goes on without. */

import type { Bytes } from '../byteSource.ts';
import type { BlobStore, GrowingBlob } from '../store/blobStore.ts';
import { isQuotaError } from '../store/quota.ts';
import { keyOf } from './hasher.ts';
import type { HubFile } from './hub.ts';

export class Keeper {
  private blob: GrowingBlob | null = null;

  constructor(
    private readonly store: BlobStore,
    private readonly file: HubFile,
    private readonly onNote?: (note: string) => void,
  ) {}

  /** Begins to keep what follows byte `at`; whatever was kept from there on is forgotten. */
  async open(at: number, usedBy: string): Promise<void> {
    await this.attempt(async () => {
      this.blob = await this.store.grow(keyOf(this.file), this.file.size, usedBy);
      if (this.blob.stored > at) await this.blob.truncate(at);
      // Somebody removed what was just read: a blob with a hole would never be right.
      if (this.blob.stored < at) throw new Error(`${this.blob.stored} of ${at} bytes are still there`);
    });
  }

  async append(bytes: Bytes): Promise<void> {
    await this.attempt(async () => this.blob?.append(bytes));
  }

  async markVerified(): Promise<void> {
    await this.attempt(async () => this.blob?.markVerified());
  }

  /** Forgets all of it. */
  async drop(): Promise<void> {
    await this.attempt(async () => this.blob?.truncate(0));
  }

  async close(): Promise<void> {
    const { blob } = this;
    this.blob = null;
    // Nothing more is to be done with it; what is on disk is on disk.
    await blob?.close().catch(() => {});
  }

  private async attempt(action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      await this.close();
      this.onNote?.(noteOf(this.file.path, error));
    }
  }
}

function noteOf(path: string, error: unknown): string {
  if (isQuotaError(error))
    return `This browser has no room left for ${path}: it is loaded all the same, but what is missing must be downloaded again next time. Delete other models on the storage page, or free space on this device.`;
  const why = error instanceof Error ? error.message : String(error);
  return `${path} could not be kept on this device (${why.slice(0, 200)}): it is loaded all the same, but must be downloaded again next time.`;
}
