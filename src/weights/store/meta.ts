/** What stands beside a blob, and what is told of both together. */

import { assert } from '../../base/assert.ts';
import { LoadError } from '../../base/errors.ts';
import { isObject } from '../json.ts';
import type { BlobInfo } from './blobStore.ts';

export interface BlobMeta {
  readonly size: number;
  readonly verified: boolean;
  readonly usedBy: readonly string[];
}

/** Read back from where other versions, or a crash, may have left anything. */
export function readMeta(value: unknown): BlobMeta | null {
  if (!isObject(value) || !Number.isSafeInteger(value.size) || !Array.isArray(value.usedBy)) return null;
  const usedBy = value.usedBy.filter((each) => typeof each === 'string');
  return { size: value.size as number, verified: value.verified === true, usedBy };
}

/** Without meta (lost in a crash) the bytes still count, as those of a file of unknown length. */
export function infoOf(key: string, meta: BlobMeta | null, stored: number): BlobInfo {
  const { size, verified, usedBy } = meta ?? { size: stored, verified: false, usedBy: [] };
  return { key, size, stored, verified: verified && stored === size, usedBy };
}

/** The meta of a blob that `usedBy` is about to grow. */
export function metaForGrowing(old: BlobMeta | null, size: number, usedBy: string): BlobMeta {
  return { size, verified: false, usedBy: withUse(old?.usedBy ?? [], usedBy) };
}

export function withUse(usedBy: readonly string[], place: string): readonly string[] {
  return usedBy.includes(place) ? usedBy : [...usedBy, place];
}

/** Keys become file names and addresses. */
export function checkKey(key: string): void {
  assert(/^[\w-]{1,80}$/.test(key), `${key} is no key of a blob`);
}

export function notKept(key: string, start: number, end: number, stored: number): LoadError {
  return new LoadError(
    `Bytes ${start} to ${end} of a kept file are not there (it has ${stored}). Load the model again.`,
    { key, start, end, stored },
  );
}
