/** JSON files of a checkpoint: untrusted bytes in, a checked object out. */

import { LoadError } from '../base/errors.ts';
import { type ByteSource, type Bytes, readExactly } from './byteSource.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a whole JSON file whose top level is an object; LoadError beyond `maxBytes` and where it is not one. */
export async function readJson(
  source: ByteSource,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<JsonObject> {
  return parseJson(await readSmall(source, maxBytes, signal), source.name);
}

/** A whole file of at most `maxBytes`; LoadError, before a byte is read, where it is longer. */
export async function readSmall(source: ByteSource, maxBytes: number, signal?: AbortSignal): Promise<Bytes> {
  const size = await source.size(signal);
  if (size <= maxBytes) return readExactly(source, 0, size, signal);
  throw new LoadError(
    `${source.name} is ${size} bytes long, more than the ${maxBytes} such a file may have. Check that it is the right file.`,
    { file: source.name, size, maxBytes },
  );
}

/** A value of an untrusted file as a message may print it: short, and never walked into. */
export function show(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  if (isObject(value)) return 'an object';
  if (value === undefined) return 'missing';
  return (typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value)).slice(0, 60);
}

/** Decodes strict UTF-8 JSON whose top level is an object; LoadError saying what was found instead. */
export function parseJson(bytes: Uint8Array, name: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const found = impostor(bytes) ?? `damaged (${cause instanceof Error ? cause.message : String(cause)})`;
    throw new LoadError(
      `${name} should be JSON but is ${found}. Download or copy the file again.`,
      { file: name },
      { cause },
    );
  }
  if (isObject(value)) return value;
  throw new LoadError(
    `${name} should hold a JSON object but holds ${show(value)}. Check that it is the right file.`,
    { file: name },
  );
}

/** What often stands in a model file's place, recognised by its first bytes; undefined where it is none of these. */
export function impostor(bytes: Uint8Array): string | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 64)).trimStart().toLowerCase();
  if (bytes.length === 0) return 'empty';
  if (head.startsWith('<!doctype') || head.startsWith('<html')) return 'a web page';
  if (head.startsWith('version https://git-lfs'))
    return 'a git-lfs pointer (run `git lfs pull` to get the file)';
  if (head.startsWith('pk\u0003\u0004')) return 'a zip or PyTorch archive';
  if (head.startsWith('gguf')) return 'a GGUF model';
  return undefined;
}
