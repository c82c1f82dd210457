/** Links as text: `v1.<base64url of deflated JSON>.<checksum>`, and back, from whatever somebody sent (DESIGN §6). */

import { InputError } from '../base/errors.ts';
import { faultOf, type Link } from './schema.ts';

/** Beyond it chat programs cut links off: the page says so. */
export const LONG = 1_900;
/** Beyond it the page offers a file. */
export const TOO_LONG = 4_000;
/** What is taken at all, of a link or a file: characters, and bytes once inflated. */
const MOST_CHARACTERS = 200_000;
const MOST_BYTES = 2 ** 20;

const VERSION = 'v1';
/** Of SHA-256: enough to tell a slip or a cut from the link that was made. */
const CHECKSUM_BYTES = 6;

/** The fragment of an address, without `#`. */
export async function encodeLink(link: Link): Promise<string> {
  const packed = await through(
    new TextEncoder().encode(canonical(link)),
    new CompressionStream('deflate-raw'),
  );
  return [VERSION, toBase64Url(packed), await checksum(packed)].join('.');
}

/**
 * What a fragment says, with or without `#`.
 * @throws InputError on anything but a whole and undamaged link of a version that this build knows; never another link.
 */
export async function decodeLink(fragment: string): Promise<Link> {
  const [version = '', body = '', sum = '', ...more] = fragment.replace(/^#/, '').split('.');
  if (!/^v\d{1,4}$/.test(version) || fragment.length > MOST_CHARACTERS)
    throw damaged(fragment.length > MOST_CHARACTERS ? 'it is too long' : 'it does not begin like one');
  if (version !== VERSION)
    throw new InputError(
      `This link is of a later version (${version}) than this page understands (${VERSION}). Reload the page for the newest version, or open the link where it was made.`,
      { version },
    );
  if (more.length > 0 || !/^[\w-]+$/.test(body)) throw damaged('some of it is not from here');
  const packed = fromBase64Url(body);
  if (sum !== (await checksum(packed))) throw damaged('its checksum does not fit');
  const json = await inflate(packed);
  return parseLink(json);
}

/** A link's content as the text of a file. */
export function linkFile(link: Link): string {
  return `${JSON.stringify({ normless: VERSION, link: JSON.parse(canonical(link)) }, null, 2)}\n`;
}

/** What a file of `linkFile` says. @throws InputError on anything else. */
export function readLinkFile(file: string): Link {
  if (file.length > MOST_BYTES) throw damaged('the file is too large');
  const { normless, link } = (parsed(file) ?? {}) as { normless?: unknown; link?: unknown };
  if (normless !== VERSION) throw damaged('the file does not say that it is one');
  return checked(link);
}

function parseLink(json: string): Link {
  return checked(parsed(json));
}

function checked(data: unknown): Link {
  const { link, fault } = faultOf(data);
  if (link) return link;
  throw damaged(`it says something that no page of this version would (${fault.slice(0, 200)})`);
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw damaged('what it holds is no JSON');
  }
}

function damaged(why: string): InputError {
  return new InputError(
    `This link cannot be read: ${why}. It may have been cut off on its way; ask for it again. Nothing on the page was changed.`,
    { why },
  );
}

/** JSON with the keys of every object in order, so that one content has one link. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = await through(packed, new DecompressionStream('deflate-raw')).catch((error: unknown) => {
    throw error instanceof InputError ? error : damaged('it does not unpack');
  });
  return new TextDecoder().decode(bytes);
}

/** All that comes out of a stream; InputError beyond MOST_BYTES, before it is held. */
async function through(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = (
    new Blob([bytes]).stream().pipeThrough(stream) as ReadableStream<Uint8Array<ArrayBuffer>>
  ).getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    size += read.value.length;
    if (size > MOST_BYTES) throw damaged('it holds too much');
    parts.push(read.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

async function checksum(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return toBase64Url(new Uint8Array(digest, 0, CHECKSUM_BYTES));
}

function toBase64Url(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  } catch {
    throw damaged('some of it is missing');
  }
}
