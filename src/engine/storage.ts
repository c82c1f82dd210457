/** What the browser keeps of models, told in plain data. */

import type { Hub } from '../weights/hub/hub.ts';
import type { StoreKind } from '../weights/store/blobStore.ts';
import type { StorageInfo } from './api.ts';

const MESSAGES: Readonly<Record<StoreKind, string>> = {
  opfs: 'Downloads are kept in this browser’s private file system and load from there, also offline.',
  cache:
    'This browser offers no private file system here, so downloads are kept in its cache and load from there, also offline.',
  memory:
    'This browser keeps nothing here (a private window, or storage is blocked): downloads last until the page is closed.',
};

/** Usage and quota are the browser's estimates for the whole site. */
export async function storageInfo({ store, list }: Pick<Hub, 'store' | 'list'>): Promise<StorageInfo> {
  const files = await list();
  const manager = globalThis.navigator?.storage as StorageManager | undefined;
  const estimate = await manager?.estimate?.().catch(() => null);
  return {
    kind: store.kind,
    message: MESSAGES[store.kind],
    files: files.map(({ key, usedBy, stored, size, verified }) => ({
      id: key,
      usedBy: [...usedBy],
      stored,
      size,
      verified,
    })),
    usage: estimate?.usage ?? null,
    quota: estimate?.quota ?? null,
    persisted: (await manager?.persisted?.().catch(() => null)) ?? null,
  };
}
