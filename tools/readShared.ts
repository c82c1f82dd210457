/**
 * Reference data beside the repository (`../shared`, or `NORMLESS_SHARED`), read the same way in Node and in the browser:
 *
 *     import { hasShared, readShared, readSharedJson } from '../../tools/readShared.ts';
 *     describe.skipIf(!hasShared)('golden walk', () => {
 *       it('…', async () => {
 *         const bytes = await readShared('golden/original.safetensors');   // Uint8Array, offset 0
 *         const prompts = await readSharedJson<Prompts>('golden/prompts.json');
 *
 * In the browser they come over the test server (serveShared.ts), in Node from the disk.
 */

const inNode = typeof window === 'undefined';

async function find(path: string): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!inNode) {
    const response = await fetch(`/shared/${path}`);
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : null;
  }
  const { existsSync } = await import('node:fs');
  const { readFile } = await import('node:fs/promises');
  const { sharedDir } = await import('./serveShared.ts');
  const folder = sharedDir();
  if (!folder || !existsSync(`${folder}/${path}`)) return null;
  return new Uint8Array(await readFile(`${folder}/${path}`)); // copied: Node's own buffer may be a slice of a pool
}

/** The file's bytes; throws where the file is missing. `path` is relative to the shared folder. */
export async function readShared(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await find(path);
  if (!bytes) throw new Error(`No shared/${path}: guard the test with describe.skipIf(!hasShared)`);
  return bytes;
}

/** The file as JSON. */
export async function readSharedJson<T>(path: string): Promise<T> {
  return JSON.parse(new TextDecoder().decode(await readShared(path))) as T;
}

/** Whether the reference data is there at all. */
export const hasShared: boolean = (await find('golden/prompts.json')) !== null;
