/** What is kept, when it is given out, and what a change of builds does to it: on a shelf and a network of the test's own. */

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type BuiltFile, keptSite, type Shelf } from './site.ts';

const SCOPE = 'https://a.test/class/';

function memoryShelf(): Shelf & { paths: () => string[] } {
  const held = new Map<string, Response>();
  return {
    match: async (key) => held.get(String(key))?.clone(),
    put: async (key, response) => void held.set(String(key), response),
    delete: async (key) => held.delete(String(key)),
    keys: async () => [...held.keys()].map((url) => ({ url }) as Request),
    paths: () => [...held.keys()].map((url) => url.slice(SCOPE.length).replace(/=.*/, '')).sort(),
  };
}

/** A server with these texts by path; `down` cuts it off, and every request is noted. */
function server(texts: Record<string, string>) {
  const self = {
    texts,
    down: false,
    headers: {} as Record<string, string>,
    asked: [] as string[],
    fetch: async ({ url }: Request) => {
      const path = url.slice(SCOPE.length);
      self.asked.push(path);
      if (self.down) throw new TypeError('Failed to fetch');
      const text = self.texts[path];
      const headers = { 'content-type': 'text/plain', ...self.headers };
      return text === undefined ? new Response('', { status: 404 }) : new Response(text, { headers });
    },
  };
  return self;
}

const hashed = (text: string) => createHash('sha256').update(text).digest('hex');
const filesOf = (texts: Record<string, string>): BuiltFile[] =>
  Object.entries(texts).map(([path, text]) => ({ path, sha256: hashed(text) }));

const ONE = { '': '<script src="./assets/a-1.js">', 'assets/a-1.js': 'one', 'models/m.bin': 'weights' };
const TWO = { '': '<script src="./assets/a-2.js">', 'assets/a-2.js': 'two', 'models/m.bin': 'weights' };

function siteOf(texts: Record<string, string>, shelf: Shelf, net: ReturnType<typeof server>, patience = 1e6) {
  return keptSite({
    scope: SCOPE,
    files: filesOf(texts),
    shelf: async () => shelf,
    fetch: net.fetch,
    patience,
  });
}

const at = (path: string, init?: RequestInit) => new Request(SCOPE + path, init);
const textOf = async (answer: Promise<Response> | null) => (await answer)?.text();

test('once filled, every file is answered without a network, the page under both its names and with any query', async () => {
  const [shelf, net] = [memoryShelf(), server({ ...ONE })];
  const site = siteOf(ONE, shelf, net);
  await site.fill();
  net.down = true;
  for (const [path, text] of Object.entries(ONE)) expect(await textOf(site.answer(at(path)))).toBe(text);
  expect(await textOf(site.answer(at('index.html')))).toBe(ONE['']);
  expect(await textOf(site.answer(at('?embed=text')))).toBe(ONE['']);
});

test('with a network, hashed names are not asked for again, and the others are', async () => {
  const [shelf, net] = [memoryShelf(), server({ ...ONE })];
  const site = siteOf(ONE, shelf, net);
  await site.fill();
  net.asked.length = 0;
  net.texts['models/m.bin'] = 'newer weights';
  expect(await textOf(site.answer(at('assets/a-1.js')))).toBe('one');
  expect(await textOf(site.answer(at('models/m.bin')))).toBe('newer weights');
  expect(net.asked).toEqual(['models/m.bin']);
});

test('a server that fails or does not begin to answer is a network that is not there', async () => {
  const [shelf, net] = [memoryShelf(), server({ ...ONE })];
  await siteOf(ONE, shelf, net).fill();
  const failing = { ...net, fetch: async () => new Response('', { status: 503 }) };
  expect(await textOf(siteOf(ONE, shelf, failing).answer(at('')))).toBe(ONE['']);
  const silent = { ...net, fetch: () => new Promise<Response>(() => undefined) };
  expect(await textOf(siteOf(ONE, shelf, silent, 0).answer(at('')))).toBe(ONE['']);
});

test('what was never kept fails as it would without a service worker', async () => {
  const [shelf, net] = [memoryShelf(), server({ ...ONE })];
  const site = siteOf(ONE, shelf, net);
  net.down = true;
  await expect(site.answer(at('models/m.bin'))).rejects.toThrow('Failed to fetch');
  await expect(site.answer(at('assets/a-1.js'))).rejects.toThrow('Failed to fetch');
});

test.each([
  ['another server', new Request('https://huggingface.co/class/models/m.bin')],
  ['a neighbour on the same server', new Request('https://a.test/other/assets/a-1.js')],
  ['a file that is not of the build', at('elsewhere/page.html')],
  ['the service worker itself', at('sw.js')],
  ['a part of a file', at('models/m.bin', { headers: { range: 'bytes=0-3' } })],
  ['anything but reading', at('models/m.bin', { method: 'POST' })],
])('%s is none of its business', (_, request) => {
  expect(siteOf(ONE, memoryShelf(), server({})).answer(request)).toBeNull();
});

test('bytes that are not what was built are refused, and the next attempt goes on from there', async () => {
  const [shelf, net] = [memoryShelf(), server({ ...ONE, 'models/m.bin': 'half of' })];
  const site = siteOf(ONE, shelf, net);
  await expect(site.fill()).rejects.toThrow('is not the file that was built');
  expect(shelf.paths()).toEqual(['?sha256', 'assets/a-1.js']);
  net.texts['models/m.bin'] = 'weights';
  net.asked.length = 0;
  await site.fill();
  expect(net.asked).toEqual(['models/m.bin']);
});

test('a file that is missing is named', async () => {
  const net = server({ '': ONE[''] });
  await expect(siteOf(ONE, memoryShelf(), net).fill()).rejects.toThrow('could not be kept: 404');
});

test('a newer build fetches what changed, and keeps the files of the build before it but of none earlier', async () => {
  const shelf = memoryShelf();
  const builds = [ONE, TWO, { ...TWO, 'assets/a-2.js': 'two', 'assets/b-3.js': 'three' }];
  const asked: string[][] = [];
  for (const texts of builds) {
    const net = server({ ...texts });
    const site = siteOf(texts, shelf, net);
    await site.fill();
    await site.tidy();
    asked.push(net.asked);
  }
  expect(asked).toEqual([['', 'assets/a-1.js', 'models/m.bin'], ['', 'assets/a-2.js'], ['assets/b-3.js']]);
  expect(shelf.paths()).toEqual([
    '?kept',
    '?sha256',
    'assets/a-2.js',
    'assets/b-3.js',
    'models/m.bin?sha256',
  ]);
});

test('a page of the build before goes on to find its own scripts', async () => {
  const [shelf, net] = [memoryShelf(), server({ ...ONE })];
  const older = siteOf(ONE, shelf, net);
  await older.fill();
  await older.tidy();
  net.texts = { ...TWO };
  const newer = siteOf(TWO, shelf, net);
  await newer.fill();
  await newer.tidy();
  net.down = true;
  expect(await textOf(newer.answer(at('assets/a-1.js')))).toBe('one');
  expect(await textOf(newer.answer(at('')))).toBe(TWO['']);
});

test('a page changed by whoever runs the site is kept as it now is; one of a newer build is not', async () => {
  const [shelf, net] = [memoryShelf(), server({ ...ONE })];
  const site = siteOf(ONE, shelf, net);
  await site.fill();
  const mirrored = `<meta content="https://mirror.test">${ONE['']}`;
  for (const page of [mirrored, TWO['']]) {
    net.down = false;
    net.texts[''] = page;
    expect(await textOf(site.answer(at('')))).toBe(page);
    net.down = true;
    await expect.poll(() => textOf(site.answer(at('')))).toBe(mirrored);
  }
});

test('what is kept says how long it is, not how it travelled, and workers are isolated', async () => {
  const [shelf, net] = [memoryShelf(), server({ ...ONE })];
  Object.assign(net.headers, { 'content-encoding': 'gzip', 'content-length': '2', vary: 'accept-encoding' });
  const site = siteOf(ONE, shelf, net);
  await site.fill();
  const worker = Object.defineProperty(at('assets/a-1.js'), 'destination', { value: 'worker' });
  const [script, same] = [await site.answer(at('assets/a-1.js')), await site.answer(worker)];
  expect(Object.fromEntries(script?.headers ?? [])).toEqual({
    'content-length': '3',
    'content-type': 'text/plain',
  });
  expect(same?.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect(await same?.text()).toBe('one');
});
