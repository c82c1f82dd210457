/** What the Hub's API tells about a repository. Its answers are untrusted: of limited size, and checked before they are used. */

import { impostor, isObject } from '../json.ts';
import { Answer, type Net } from './answer.ts';
import type { HubFile } from './hub.ts';
import { Patience } from './patience.ts';
import { isCommit, pageUrl, type RepoAt, revisionUrl, treeUrl } from './repoName.ts';
import { refusal, type Subject, Trouble } from './trouble.ts';

const MAX_ANSWER_BYTES = 16 * 2 ** 20;
const MAX_PAGES = 50;

export interface Revision {
  readonly commit: string;
  readonly license: string | null;
}

/** The commit a revision is at, and the licence. LoadError for what the Hub refuses or what cannot be understood. */
export async function fetchRevision(
  net: Net,
  endpoint: string,
  repo: RepoAt,
  signal?: AbortSignal,
): Promise<Revision> {
  const subject = subjectOf(endpoint, repo.name);
  const { value } = await fetchJson(net, revisionUrl(endpoint, repo), subject, signal);
  if (!isObject(value) || typeof value.sha !== 'string' || !isCommit(value.sha))
    throw strange(subject, 'it names no commit');
  return { commit: value.sha, license: licenseOf(value.cardData, value.tags) };
}

/** Every file at the top of a repository at a commit. Errors as `fetchRevision`. */
export async function fetchTree(
  net: Net,
  endpoint: string,
  name: string,
  commit: string,
  signal?: AbortSignal,
): Promise<HubFile[]> {
  const subject = subjectOf(endpoint, name);
  const files: HubFile[] = [];
  let url: string | null = treeUrl(endpoint, name, commit);
  for (let page = 0; url !== null; page++) {
    if (page === MAX_PAGES) throw strange(subject, `its list of files has more than ${MAX_PAGES} pages`);
    const { value, link }: Json = await fetchJson(net, url, subject, signal);
    if (!Array.isArray(value)) throw strange(subject, 'its list of files is no list');
    for (const entry of value) {
      if (isObject(entry) && entry.type !== 'file') continue;
      const file = readFile(entry);
      if (!file) throw strange(subject, `its list of files has ${JSON.stringify(entry)?.slice(0, 80)}`);
      files.push(file);
    }
    url = nextPage(link, endpoint, subject);
  }
  return files;
}

/** `{path, size, oid, lfs?: {oid}}` as the tree API writes it; null where it is not that. */
export function readFile(entry: unknown): HubFile | null {
  if (!isObject(entry)) return null;
  const { path, size, oid, lfs } = entry;
  if (typeof path !== 'string' || !path || path.length > 1000) return null;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return null;
  if (typeof oid !== 'string' || !/^[0-9a-f]{40}$/.test(oid)) return null;
  if (lfs === undefined || lfs === null) return { path, size, oid, sha256: null };
  if (!isObject(lfs) || typeof lfs.oid !== 'string' || !/^[0-9a-f]{64}$/.test(lfs.oid)) return null;
  return { path, size, oid, sha256: lfs.oid };
}

export function subjectOf(endpoint: string, name: string): Subject {
  return { name, page: pageUrl(endpoint, name) };
}

function licenseOf(card: unknown, tags: unknown): string | null {
  const named = isObject(card) ? card.license : undefined;
  if (typeof named === 'string' && named) return named.slice(0, 100);
  const tag = Array.isArray(tags)
    ? tags.find((each): each is string => typeof each === 'string' && each.startsWith('license:'))
    : undefined;
  return tag ? tag.slice('license:'.length, 100) : null;
}

/** The address in `Link: <…>; rel="next"`, which may not lead anywhere else. */
function nextPage(link: string | null, endpoint: string, subject: Subject): string | null {
  const [, next] = /<([^>]+)>\s*;\s*rel="next"/.exec(link ?? '') ?? [];
  if (next === undefined) return null;
  const url = URL.canParse(next, endpoint) ? new URL(next, endpoint) : null;
  if (url?.origin !== new URL(endpoint).origin)
    throw strange(subject, `its list of files goes on at ${next.slice(0, 80)}`);
  return url.href;
}

interface Json {
  readonly value: unknown;
  /** The Link header. */
  readonly link: string | null;
}

async function fetchJson(net: Net, url: string, subject: Subject, signal?: AbortSignal): Promise<Json> {
  const patience = new Patience(subject, net.timing, signal);
  for (;;) {
    try {
      patience.check();
      const answer = await Answer.get(net, url, { signal });
      try {
        if (!answer.response.ok) throw refusal(answer.response, subject);
        return { value: parse(await readAll(answer)), link: answer.response.headers.get('link') };
      } finally {
        answer.close();
      }
    } catch (error) {
      await patience.after(error);
    }
  }
}

async function readAll(answer: Answer): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let chunk = await answer.read(); chunk; chunk = await answer.read()) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES)
      throw new Trouble(`its answer has more than ${MAX_ANSWER_BYTES} bytes`, { data: { length } });
    chunks.push(chunk.slice());
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Trouble(`its answer is ${impostor(bytes) ?? 'no JSON'}`, {
      remedy: 'Where your network asks you to sign in, do so, then load again.',
      cause,
    });
  }
}

function strange(subject: Subject, what: string): Error {
  return new Trouble(`its answer makes no sense: ${what}`, {
    remedy: `Look at ${subject.page}, or download the files and load them from disk.`,
  }).asLoadError(subject, 1);
}
