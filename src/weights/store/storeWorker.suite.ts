/** The worker in which the tests use stores, as the product does. */

import { expose } from 'comlink';
import { toErrorRecord } from '../../base/errors.ts';
import type { BlobStore, StoreKind } from './blobStore.ts';
import { openCacheStore } from './cacheStore.ts';
import { CONTRACT, isPattern, patternBytes } from './contract.suite.ts';
import { openBlobStore } from './openBlobStore.ts';
import { openOpfsStore } from './opfsStore.ts';

const OPEN: Readonly<Record<string, () => Promise<BlobStore>>> = {
  opfs: () => openOpfsStore(),
  cache: () => openCacheStore(),
};

function open(kind: string): Promise<BlobStore> {
  const opener = OPEN[kind];
  if (!opener) throw new Error(`there is no ${kind} here`);
  return opener();
}

export interface Grown {
  /** Bytes that were kept when the turn came. */
  from: number;
  waited: boolean;
}

const api = {
  /** One check of the contract; the message of what failed, or null. */
  async check(kind: string, name: string): Promise<string | null> {
    try {
      await CONTRACT[name]?.(() => open(kind));
      return null;
    } catch (error) {
      const { message, stack } = toErrorRecord(error);
      return `${message}\n${stack}`;
    }
  },

  async chosen(): Promise<StoreKind> {
    return (await openBlobStore()).kind;
  },

  /** Grows a blob to `size` in steps, telling after each; or finds it complete. Rejects where what is kept is wrong. */
  async grow(
    kind: string,
    key: string,
    size: number,
    step: number,
    tell: (stored: number) => unknown,
  ): Promise<Grown> {
    const store = await open(kind);
    let waited = false;
    const body = async () => {
      const from = (await store.info(key))?.stored ?? 0;
      if (from > 0 && !isPattern(await store.read(key, 0, from), 0))
        throw new Error(`not all of ${from} bytes are right`);
      const blob = await store.grow(key, size, 'test');
      while (blob.stored < size) {
        await blob.append(patternBytes(blob.stored, Math.min(size, blob.stored + step)));
        await tell(blob.stored);
      }
      if (from < size) await blob.markVerified();
      await blob.close();
      return { from, waited };
    };
    return store.exclusively(key, body, {
      onWait: () => {
        waited = true;
      },
    });
  },

  /** Reads all of a blob while holding it as a reader; whether it was right. */
  async readAll(kind: string, key: string, size: number): Promise<boolean> {
    const store = await open(kind);
    return store.sharing(key, async () => isPattern(await store.read(key, 0, size), 0));
  },

  async remove(kind: string, key: string): Promise<void> {
    await (await open(kind)).remove(key);
  },
};

export type StoreWorker = typeof api;

expose(api);
