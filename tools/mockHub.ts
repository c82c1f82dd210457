/**
 * A small server that behaves like the Hugging Face Hub, and misbehaves on command: for tests, and for trying Normless
 * without the Hub. `node tools/run.mjs tools/mockHub.ts --port 8765` serves GPT-2 in its published sizes.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { refuse, sendFile, sendJson } from './mockHub/answer.ts';
import { type Fault, Faults } from './mockHub/faults.ts';
import { type Gpt2Size, generateGpt2 } from './mockHub/gpt2.ts';
import { MockRepo, type MockRepoOptions } from './mockHub/repos.ts';

export interface MockHubOptions {
  /** Repository name → what it has. */
  repos?: Readonly<Record<string, MockRepoOptions>>;
  /** Default: any free one. Files behind redirects come from another one. */
  port?: number;
  /** So many files on a page of the tree API. Default 1000. */
  pageSize?: number;
}

/** One request that was answered. */
export interface Served {
  readonly method: string;
  /** The file in its repository, or `api/revision`, `api/tree`. */
  readonly path: string;
  /** The Range header. */
  readonly range: string | null;
  /** Bytes of the file that were written; grows while they are. */
  bytes: number;
}

export interface MockHub {
  /** What `createHub` takes. */
  readonly endpoint: string;
  /** Every request since the start or `forget`, redirects left out. */
  readonly requests: readonly Served[];
  /** Requests that a browser asked about first: there must be none. */
  readonly preflights: number;
  add(name: string, repo: MockRepoOptions): void;
  /** Misbehaves so from now on; the first fault that concerns a request strikes. */
  fault(fault: Fault): void;
  /** Behaves from now on. */
  behave(): void;
  /** Breaks every connection off, as a network that is gone. */
  drop(): void;
  /** Empties `requests`. */
  forget(): void;
  /** Bytes of files that were written since the start or `forget`. */
  bytesServed(path?: string): number;
  close(): Promise<void>;
}

export async function startMockHub(options: MockHubOptions = {}): Promise<MockHub> {
  const faults = new Faults();
  const repos = new Map<string, MockRepo>();
  const requests: Served[] = [];
  let preflights = 0;
  const add = (name: string, repo: MockRepoOptions) => repos.set(name, new MockRepo(name, repo));
  for (const [name, repo] of Object.entries(options.repos ?? {})) add(name, repo);

  const storage = await listen(0, answer);
  const front = await listen(options.port ?? 0, answer);
  const endpoint = origin(front);

  function note(request: IncomingMessage, path: string): Served {
    const served = { method: request.method ?? '', path, range: request.headers.range ?? null, bytes: 0 };
    requests.push(served);
    return served;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'OPTIONS') {
      preflights++;
      return refuse(response, 405);
    }
    const url = new URL(request.url ?? '/', endpoint);
    const path = decodeURIComponent(url.pathname);
    const [, asked, call, at] = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/(.+)$/.exec(path) ?? [];
    if (call) return answerApi(request, response, call, find(asked, at), url);
    const [, bare, name, revision, file] =
      /^\/(stored\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path) ?? [];
    return answerFile(request, response, find(name, revision), file ?? path, bare !== undefined);
  }

  /** The repository, or the code with which the Hub refuses. */
  function find(name = '', revision = ''): MockRepo | string {
    const repo = repos.get(name);
    if (!repo) return 'RepoNotFound';
    return revision === repo.revision || revision === repo.commit ? repo : 'RevisionNotFound';
  }

  async function answerApi(
    request: IncomingMessage,
    response: ServerResponse,
    call: string,
    repo: MockRepo | string,
    url: URL,
  ): Promise<void> {
    const path = `api/${call}`;
    note(request, path);
    const fault = faults.strike({ path, start: 0, end: 0 });
    if (fault?.kind === 'status') return refuse(response, fault.status, '', fault.retryAfter);
    if (fault?.kind === 'body') return sendJson(response, fault.body, {}, fault.status);
    // Whoever sends no token learns only that there is nothing for them.
    if (typeof repo === 'string') return refuse(response, repo === 'RepoNotFound' ? 401 : 404, repo);
    if (call === 'revision') return sendJson(response, repo.describe());
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const to = from + (options.pageSize ?? 1000);
    const tree = repo.tree();
    url.searchParams.set('cursor', String(to));
    return sendJson(
      response,
      tree.slice(from, to),
      to < tree.length ? { Link: `<${url.href}>; rel="next"` } : {},
    );
  }

  async function answerFile(
    request: IncomingMessage,
    response: ServerResponse,
    repo: MockRepo | string,
    path: string,
    stored: boolean,
  ): Promise<void> {
    const file = typeof repo === 'string' ? undefined : repo.files.get(path);
    if (typeof repo === 'string' || !file) {
      note(request, path);
      return refuse(
        response,
        repo === 'RepoNotFound' ? 401 : 404,
        typeof repo === 'string' ? repo : 'EntryNotFound',
      );
    }
    if (!stored && repo.isLfs(path)) {
      response.writeHead(302, {
        'Access-Control-Allow-Origin': '*',
        Location: `${origin(storage)}/stored${request.url}?signature=${Date.now()}`,
      });
      response.end();
      return;
    }
    const served = note(request, path);
    const [, first = '0', last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const fault = faults.strike({ path, start: Number(first), end: last ? Number(last) + 1 : file.size });
    if (fault?.kind === 'status') return refuse(response, fault.status, '', fault.retryAfter);
    await sendFile(request, response, file, served, fault);
  }

  return {
    endpoint,
    requests,
    get preflights() {
      return preflights;
    },
    add,
    fault: (fault) => faults.add(fault),
    behave: () => faults.clear(),
    drop: () => {
      for (const server of [front, storage]) server.closeAllConnections();
    },
    forget: () => {
      requests.length = 0;
    },
    bytesServed: (path) =>
      requests.reduce((sum, each) => sum + (path === undefined || each.path === path ? each.bytes : 0), 0),
    close: async () => {
      await Promise.all([front, storage].map(shut));
    },
  };
}

async function listen(
  port: number,
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

function shut(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

function origin(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Serves synthetic GPT-2s under the published names until it is stopped. */
export async function main(args: string[]): Promise<never> {
  const { values } = parseArgs({ args, options: { port: { type: 'string', default: '8765' } } });
  const repos: Record<string, MockRepoOptions> = {};
  const steps = { small: 300, medium: 500, large: 600, xl: 800 };
  for (const [size, n] of Object.entries(steps) as [Gpt2Size, number][]) {
    const shards = size === 'xl' ? 2 : 1;
    const original = size === 'small' ? 'gpt2' : `gpt2-${size}`;
    repos[`openai-community/${original}`] = { files: generateGpt2({ size, masks: true }), license: 'mit' };
    repos[`schaeff/gpt2-${size}_vanilla${n}`] = { files: generateGpt2({ size, seed: 2, shards }) };
    repos[`schaeff/gpt2-${size}_LNFree${n}`] = {
      files: generateGpt2({ size, seed: 3, shards, lnfree: true }),
    };
  }
  const hub = await startMockHub({ repos, port: Number(values.port) });
  console.log(`The mock Hub answers at ${hub.endpoint} and has:\n  ${Object.keys(repos).join('\n  ')}`);
  return new Promise<never>(() => {});
}
