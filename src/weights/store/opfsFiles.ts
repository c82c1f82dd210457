/** The few things the OPFS store does with files. */

import { UnsupportedError } from '../../base/errors.ts';
import type { Bytes } from '../byteSource.ts';

/** What workers have and the page's type library does not know. */
export interface SyncHandle {
  read(into: Uint8Array, options: { at: number }): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(length: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

interface FileHandle extends FileSystemFileHandle {
  createSyncAccessHandle?(options?: { mode: 'readwrite' | 'read-only' }): Promise<SyncHandle>;
}

export interface Directory extends FileSystemDirectoryHandle {
  keys(): AsyncIterableIterator<string>;
}

const CLAIM_TRIES = 40;
const CLAIM_WAIT_MS = 50;

/** The file's handle, or null where there is none. */
export async function fileIn(dir: Directory, name: string): Promise<FileHandle | null> {
  try {
    return await dir.getFileHandle(name);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}

/** The one handle that may write, waiting a little for one that a closed tab or a short read still has. */
export async function openSync(file: FileHandle): Promise<SyncHandle> {
  const open = file.createSyncAccessHandle?.bind(file);
  if (!open) throw new UnsupportedError('This browser’s private file system has no synchronous access here.');
  return claimed(() => open());
}

/**
 * Bytes [start, end), in `into` where that is long enough; null where the file is shorter. Measured for 498 MB in 8 MiB
 * pieces: handles for reading 0.2 s, slices of a File 3 to 4 s (they come in fresh memory, through another process).
 */
export async function readPart(
  file: FileHandle,
  start: number,
  end: number,
  into?: Bytes,
): Promise<{ size: number; bytes: Bytes | null }> {
  const handle = await openForReading(file);
  if (!handle) {
    const whole = await file.getFile();
    const bytes = end > whole.size ? null : new Uint8Array(await whole.slice(start, end).arrayBuffer());
    return { size: whole.size, bytes };
  }
  try {
    const size = handle.getSize();
    if (end > size) return { size, bytes: null };
    const bytes =
      into && into.length >= end - start ? into.subarray(0, end - start) : new Uint8Array(end - start);
    return { size, bytes: handle.read(bytes, { at: start }) === bytes.length ? bytes : null };
  } finally {
    handle.close();
  }
}

/** A handle beside others that read; null where the browser gives none, or none while somebody writes. */
async function openForReading(file: FileHandle): Promise<SyncHandle | null> {
  try {
    return (await file.createSyncAccessHandle?.({ mode: 'read-only' })) ?? null;
  } catch {
    return null;
  }
}

/** Does what the browser refuses while somebody has the file open, trying again for two seconds. */
export async function claimed<T>(action: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await action();
    } catch (error) {
      if (!isLocked(error) || tries === CLAIM_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, CLAIM_WAIT_MS));
    }
  }
}

/** Removes a file where there is one. */
export async function removeFile(dir: Directory, name: string): Promise<void> {
  try {
    await claimed(() => dir.removeEntry(name));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** A JSON file's value; null where there is none, or a crash left half of one. */
export async function readJsonFile(dir: Directory, name: string): Promise<unknown> {
  const text = (await readText(dir, name)) ?? (await readText(dir, name));
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

/** null where there is no such file, or another tab replaced it in this very moment. */
async function readText(dir: Directory, name: string): Promise<string | null> {
  try {
    return (await (await (await fileIn(dir, name))?.getFile())?.text()) ?? null;
  } catch {
    return null;
  }
}

/** Writes a JSON file, in one step where the browser can. */
export async function writeJsonFile(dir: Directory, name: string, value: unknown): Promise<void> {
  const file: FileHandle = await dir.getFileHandle(name, { create: true });
  const text = JSON.stringify(value);
  if ('createWritable' in file) {
    const writable = await claimed(() => file.createWritable());
    await writable.write(text);
    await writable.close();
    return;
  }
  const handle = await openSync(file);
  try {
    handle.truncate(0);
    handle.write(new TextEncoder().encode(text), { at: 0 });
    handle.flush();
  } finally {
    handle.close();
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.name === 'NotFoundError';
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoModificationAllowedError';
}
