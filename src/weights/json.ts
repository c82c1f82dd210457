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

/** The files of a checkpoint nest about five levels deep; from some thousands on, code that walks them runs out of stack. */
const MAX_DEPTH = 64;

/** Decodes strict UTF-8 JSON whose top level is an object; LoadError saying what was found instead. */
export function parseJson(bytes: Uint8Array, name: string): JsonObject {
  if (depth(bytes) > MAX_DEPTH)
    throw new LoadError(
      `${name} nests more than ${MAX_DEPTH} levels deep, as no file of a GPT-2 does. Check that it is the right file.`,
      { file: name, maxDepth: MAX_DEPTH },
    );
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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Brackets and braces differ in one bit. */
const BRACE_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/** The deepest level of brackets outside strings. In UTF-8 the bytes of other characters are never those of ASCII. */
function depth(json: Uint8Array): number {
  let [level, deepest, inString] = [0, 0, false];
  for (let i = 0; i < json.length; i++) {
    const byte = json[i] as number;
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if ((byte | BRACE_BIT) === OPENING) deepest = Math.max(deepest, ++level);
    else if ((byte | BRACE_BIT) === CLOSING) level--;
  }
  return deepest;
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
