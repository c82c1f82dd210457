/** The built site on a plain static server of a test's own: under a sub-path, nothing cached, to be cut off or given a newer build. */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};
const PATH = '/class/normless/';

export interface PlainServer {
  url: string;
  /** What was asked for since it was last emptied, below the site. */
  asked: string[];
  /** From now on every text says `after` where it said `before`; `after` as a file's name is the file `before`. */
  rename(before: string, after: string): void;
  /** Nothing is answered any more, as behind a cut cable. */
  cut(): Promise<void>;
}

/** Serves dist/ with these headers. */
export async function plainServer(headers: Record<string, string> = {}): Promise<PlainServer> {
  const asked: string[] = [];
  let [before, after] = ['', ''];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const path = pathname.slice(PATH.length);
    asked.push(path);
    const name = (path || 'index.html').replace(after || '\0', before);
    try {
      const bytes = await readFile(join('dist', name));
      const isText = /\.(html|js|css)$/.test(name) && after !== '';
      const type = TYPES[extname(name)] ?? 'application/octet-stream';
      response.writeHead(200, { ...headers, 'content-type': type, 'cache-control': 'no-store' });
      response.end(isText ? bytes.toString().replaceAll(before, after) : bytes);
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such file.');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}${PATH}`,
    asked,
    rename: (from, to) => {
      [before, after] = [from, to];
    },
    cut: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
