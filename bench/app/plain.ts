/** The plain ways with a file's bytes, one after the other: what a load is held against. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

/** Milliseconds with one file's bytes; 8 MiB at a time, as the engine moves them. */
export interface Plain {
  /** Draining a fetch. */
  readonly drain: number;
  /** SHA-256, streaming. */
  readonly hash: number;
  /** Writing to OPFS. */
  readonly write: number;
  /** Reading from OPFS. */
  readonly read: number;
}

/** In a worker of the page's origin, with the very library that hashes in the engine. */
export async function measurePlain(page: Page, url: string): Promise<Plain> {
  const library = createRequire(import.meta.url).resolve('hash-wasm/dist/sha256.umd.min.js');
  const script = `${readFileSync(library, 'utf8')}
    onmessage = ({ data: url }) => measure(url).then(postMessage, (error) => postMessage({ error: String(error) }));
    async function measure(url) {
      const PIECE = 8 * 2 ** 20;
      const since = (start) => performance.now() - start;
      let start = performance.now();
      const response = await fetch(url);
      const reader = response.body.getReader();
      let size = 0;
      for (let step = await reader.read(); !step.done; step = await reader.read()) size += step.value.length;
      const drain = since(start);

      const bytes = new Uint8Array(PIECE);
      for (let at = 0; at < PIECE; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
      const pieces = Array.from({ length: Math.ceil(size / PIECE) }, (_, i) => Math.min(PIECE, size - i * PIECE));
      const hasher = await hashwasm.createSHA256();
      start = performance.now();
      hasher.init();
      for (const length of pieces) hasher.update(bytes.subarray(0, length));
      hasher.digest();
      const hash = since(start);

      const root = await navigator.storage.getDirectory();
      const file = await root.getFileHandle('bench', { create: true });
      const handle = await file.createSyncAccessHandle();
      start = performance.now();
      pieces.forEach((length, i) => handle.write(bytes.subarray(0, length), { at: i * PIECE }));
      handle.flush();
      const write = since(start);
      start = performance.now();
      pieces.forEach((length, i) => handle.read(bytes.subarray(0, length), { at: i * PIECE }));
      const read = since(start);
      handle.close();
      await root.removeEntry('bench');
      return { drain, hash, write, read };
    }`;
  return page.evaluate(
    ([script, url]) =>
      new Promise<Plain>((resolve, reject) => {
        const worker = new Worker(
          URL.createObjectURL(new Blob([script as string], { type: 'text/javascript' })),
        );
        worker.onmessage = ({ data }) => {
          worker.terminate();
          if (data.error) reject(new Error(data.error));
          else resolve(data);
        };
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(url);
      }),
    [script, url],
  );
}
