/** A built site kept in the browser: every file fetched once and checked, and given out again without a network. */

import { LoadError } from '../base/errors.ts';

/** One file of the build. */
export interface BuiltFile {
  /** Below the site's address, e.g. `assets/index-B7h.js`; '' is the page itself. */
  path: string;
  /** Of its bytes, in hexadecimal. */
  sha256: string;
}

/** What is used of the browser's `Cache`. */
export type Shelf = Pick<Cache, 'match' | 'put' | 'delete' | 'keys'>;

export interface SiteOptions {
  /** The site's address, ending in `/`. */
  scope: string;
  files: readonly BuiltFile[];
  shelf: () => Promise<Shelf>;
  fetch: (request: Request) => Promise<Response>;
  /** How long the network may take to begin an answer before the kept file is given, in milliseconds. */
  patience: number;
}

const PAGE = '';
/** Names below it contain a hash of what they hold: what is kept under one is never out of date. */
const HASHED = 'assets/';
/** What the shelf remembers of the build that filled it: its files' keys. */
const LIST = '?kept';

/**
 * `fill` fetches what is missing, `tidy` forgets what neither this build nor the one before it has (a page of that one
 * may still be open), `answer` gives a response, or null for what is none of the site's files. Files whose names hold
 * their hash come from the shelf; the page, models and texts keep their names, so they come from the network while
 * there is one: thus a page of one build does not get files of another.
 */
export function keptSite({ scope, files, shelf, fetch, patience }: SiteOptions) {
  const byPath = new Map(files.map((file) => [file.path, file]));

  /** Where the shelf has a file; different bytes under one name are kept side by side. */
  const keyOf = ({ path, sha256 }: BuiltFile) =>
    path.startsWith(HASHED) ? scope + path : `${scope}${path}?sha256=${sha256}`;

  /** @throws LoadError where a file does not come, or is not what was built. Asked again, it goes on from there. */
  async function fill(): Promise<void> {
    const kept = await shelf();
    for (const file of files) {
      if (await kept.match(keyOf(file))) continue;
      const response = await fetch(new Request(scope + file.path, { cache: 'no-cache' }));
      if (!response.ok) throw new LoadError(`${response.url} could not be kept: ${response.status}.`);
      const bytes = await response.arrayBuffer();
      // Whoever runs the site may change the page, e.g. to name a mirror of the Hub.
      if (file.path !== PAGE && (await sha256(bytes)) !== file.sha256) {
        throw new LoadError(
          `${response.url} is not the file that was built. It is tried again at the next visit.`,
        );
      }
      await kept.put(keyOf(file), plain(bytes, response));
    }
  }

  async function tidy(): Promise<void> {
    const kept = await shelf();
    const own = files.map(keyOf);
    const list = await kept.match(scope + LIST);
    const before = list ? ((await list.json()) as string[]) : [];
    const needed = new Set([...own, ...before, scope + LIST]);
    for (const { url } of await kept.keys()) if (!needed.has(url)) await kept.delete(url);
    await kept.put(scope + LIST, new Response(JSON.stringify(own)));
  }

  function answer(request: Request): Promise<Response> | null {
    const { origin, pathname } = new URL(request.url);
    const address = origin + pathname;
    if (request.method !== 'GET' || request.headers.has('range') || !address.startsWith(scope)) return null;
    const path = address.slice(scope.length);
    if (path.startsWith(HASHED)) return fromShelf(request, address);
    const file = byPath.get(path === 'index.html' ? PAGE : path);
    return file ? fromNetwork(request, file) : null;
  }

  /** A name that this build has not is of the build before it, or of one that is about to take its place. */
  async function fromShelf(request: Request, key: string): Promise<Response> {
    const found = await (await shelf()).match(key);
    if (!found) return fetch(request);
    return request.destination === 'worker' ? asWorker(found) : found;
  }

  async function fromNetwork(request: Request, file: BuiltFile): Promise<Response> {
    const asked = fetch(request);
    const late = new Promise<null>((resolve) => setTimeout(resolve, patience, null));
    const answered = await Promise.race([asked, late]).catch(() => null);
    if (answered && answered.status < 500) {
      // Nobody waits for it; where it fails, the page as it was kept before is as good as any.
      if (file.path === PAGE) keepChanges(file, answered.clone()).catch(() => undefined);
      return answered;
    }
    return (await (await shelf()).match(keyOf(file))) ?? asked;
  }

  /** The page may be changed without a new build, and its headers, too. One of a newer build is not ours to keep. */
  async function keepChanges(file: BuiltFile, response: Response): Promise<void> {
    if (!response.ok) return;
    const bytes = await response.arrayBuffer();
    const named = new TextDecoder().decode(bytes).match(/assets\/[\w.-]+/g) ?? [];
    if (named.every((path) => byPath.has(path)))
      await (await shelf()).put(keyOf(file), plain(bytes, response));
  }

  return { fill, tidy, answer };
}

/** The same without how it travelled: decompressed, and not redirected, which a page must not be. */
function plain(bytes: ArrayBuffer, { headers }: Response): Response {
  const kept = new Headers(headers);
  for (const name of ['content-encoding', 'vary']) kept.delete(name);
  kept.set('content-length', String(bytes.byteLength));
  return new Response(bytes, { headers: kept });
}

/** An isolated page runs isolated workers only, and the site may have become isolated since this one was kept. */
function asWorker(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set('cross-origin-embedder-policy', 'require-corp');
  return new Response(response.body, { headers });
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
