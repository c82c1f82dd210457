import { afterEach, expect, test, vi } from 'vitest';
import { generateGpt2 } from '../../../tools/mockHub/gpt2.ts';
import { type MockHub, type MockHubOptions, startMockHub } from '../../../tools/mockHub.ts';
import { soak } from '../../../tools/soak.ts';
import { must } from '../../base/assert.ts';
import { InputError, LoadError } from '../../base/errors.ts';
import { mulberry32 } from '../../base/random.ts';
import { readExactly } from '../byteSource.ts';
import { openCheckpoint } from '../checkpoint.ts';
import { memoryStore } from '../store/memoryStore.ts';
import { jsonBytes, makeTinyCheckpoint } from '../testing.ts';
import { createHub } from './createHub.ts';
import { CONFIG, clientOf, HASTY, REPO, startHub, WEIGHTS } from './hub.suite.ts';
import { parseRepo } from './repoName.ts';

let mock: MockHub | undefined;
afterEach(async () => {
  vi.unstubAllGlobals();
  await mock?.close();
});

async function serving(options: MockHubOptions): Promise<MockHub> {
  mock = await startMockHub(options);
  return mock;
}

const paths = (repo: { files: readonly { path: string }[] }) => repo.files.map(({ path }) => path);

test('pins a revision to its commit, remembers it, and needs no network any more', async () => {
  mock = await startHub();
  const store = memoryStore();
  const hub = clientOf(mock, store);
  expect(await hub.known(REPO)).toBeNull();
  const found = await hub.lookUp(REPO);
  expect(found).toMatchObject({
    name: REPO,
    revision: 'main',
    commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    url: `${mock.endpoint}/${REPO}`,
    license: 'mit',
  });
  expect(paths(found)).toEqual(['config.json', WEIGHTS]);
  const config = hub.open(found).open('config.json');
  expect(await config.read(0, 1000)).toEqual(CONFIG);

  mock.forget();
  vi.stubGlobal('navigator', { onLine: false });
  const later = clientOf(mock, store);
  expect(await later.lookUp(`https://huggingface.co/${REPO}/tree/main`)).toEqual(found);
  expect(await later.known(REPO)).toEqual(found);
  expect(await later.lookUp(REPO, found.commit)).toEqual({ ...found, revision: found.commit });
  expect(await later.open(found).open('config.json').read(2, 7)).toEqual(CONFIG.slice(2, 7));
  expect(mock.requests).toEqual([]);
  await expect(later.lookUp('other/model')).rejects.toThrow(/^You are offline, and other\/model/);
});

test('small reads of weights go by one Range request each and keep nothing', async () => {
  mock = await startHub();
  const hub = clientOf(mock);
  const weights = hub.open(await hub.lookUp(REPO)).open(WEIGHTS);
  mock.forget();
  expect(await readExactly(weights, 100, 200)).toHaveLength(100);
  expect(mock.requests).toMatchObject([{ path: WEIGHTS, range: 'bytes=100-199', bytes: 100 }]);
  const size = await weights.size();
  expect(await weights.read(size - 3, size + 10)).toHaveLength(3);
  expect(await weights.read(size, size + 10)).toHaveLength(0);
  mock.fault({ kind: 'ignore-range' });
  expect(await weights.read(100, 200)).toHaveLength(100);
  expect(await hub.list()).toEqual([]);
});

test('a small file that is not what git says is refused, then loads', async () => {
  mock = await startHub();
  const hub = clientOf(mock);
  const config = hub.open(await hub.lookUp(REPO)).open('config.json');
  mock.fault({ kind: 'wrong-byte', at: 5, times: 1 });
  await expect(config.read(0, 22)).rejects.toThrow(/config\.json of owner\/model arrived damaged.*git id/);
  expect(await config.read(0, 22)).toEqual(CONFIG);
});

test('shards, found through their index, open as one checkpoint', async () => {
  const files = makeTinyCheckpoint({ shards: 3 });
  files.set('vocab.json', jsonBytes({})).set('merges.txt', jsonBytes('')).set('notes.txt', jsonBytes(''));
  mock = await serving({ repos: { 'a/b': { files } }, pageSize: 2 });
  const hub = clientOf(mock);
  const repo = await hub.lookUp('a/b');
  const shard = (n: number) => `model-0000${n}-of-00003.safetensors`;
  const index = 'model.safetensors.index.json';
  expect(paths(repo)).toEqual([
    'config.json',
    index,
    shard(1),
    shard(2),
    shard(3),
    'vocab.json',
    'merges.txt',
  ]);
  const untokenized = { ...repo, files: repo.files.filter(({ path }) => !/vocab|merges/.test(path)) };
  expect((await openCheckpoint(hub.open(untokenized))).config.nLayers).toBe(2);
  files.delete(shard(2));
  mock.add('a/b', { files });
  await expect(clientOf(mock).lookUp('a/b')).rejects.toThrow(/has no model-00002-of-00003\.safetensors/);
});

test('opens checkpoints in the original and in the LN-free form', async () => {
  const size = { nLayers: 1, nHeads: 2, dModel: 32, nCtx: 16, dVocab: 100 };
  mock = await serving({
    repos: {
      'a/original': { files: generateGpt2({ size, masks: true }) },
      'a/lnfree': { files: generateGpt2({ size, lnfree: true }) },
    },
  });
  const hub = clientOf(mock);
  for (const [name, kind] of [
    ['a/original', 'layer'],
    ['a/lnfree', 'linear'],
  ] as const)
    expect((await openCheckpoint(hub.open(await hub.lookUp(name)))).config.norm.kind).toBe(kind);
});

test('removing forgets the repository, unless something of it is still kept', async () => {
  mock = await startHub();
  const hub = clientOf(mock);
  const repo = await hub.lookUp(REPO);
  const files = hub.open(repo);
  await files.open('config.json').read(0, 5);
  for await (const _ of files.open(WEIGHTS).stream?.([]) ?? []);
  const { files: bytes, stored } = await hub.kept(repo);
  expect(stored).toBe(bytes);
  const [config, weights] = await hub.list();
  await hub.remove([must(weights, 'weights').key]);
  expect(await hub.known(REPO)).toEqual(repo);
  await hub.remove([must(config, 'config').key]);
  expect(await hub.known(REPO)).toBeNull();
  expect(await hub.list()).toEqual([]);
});

test('says honestly what the Hub refuses', async () => {
  mock = await startHub();
  const hub = clientOf(mock);
  await expect(hub.lookUp('no/body')).rejects.toThrow(
    /401\. The repository is gated or private, or there is none/,
  );
  await expect(hub.lookUp(REPO, 'nothing')).rejects.toThrow(/no such revision \(404\)\. Check the name/);
  mock.fault({ kind: 'status', status: 403, path: 'api/revision', times: 1 });
  await expect(hub.lookUp(REPO)).rejects.toThrow(/answers 403.*load them from disk/);
  mock.fault({ kind: 'status', status: 429, path: 'api', retryAfter: 0, times: 6 });
  await expect(hub.lookUp(REPO)).rejects.toThrow(/asked too often \(429\), 5 times in a row/);
  expect((await hub.lookUp(REPO)).name).toBe(REPO);
});

test('a repository without what is needed is refused by what it lacks', async () => {
  const files = new Map([['pytorch_model.bin', CONFIG]]);
  mock = await serving({
    repos: { 'a/pickled': { files: new Map([...files, ['config.json', CONFIG]]) }, 'a/b': { files } },
  });
  const hub = clientOf(mock);
  await expect(hub.lookUp('a/pickled')).rejects.toThrow(
    /no model\.safetensors \(there is pytorch_model\.bin.*safetensors only/,
  );
  await expect(hub.lookUp('a/b')).rejects.toThrow(/has no config\.json/);
});

test.each([
  ['openai-community/gpt2', undefined, 'openai-community/gpt2', 'main'],
  ['  a/b ', 'v1', 'a/b', 'v1'],
  ['https://huggingface.co/a/b', undefined, 'a/b', 'main'],
  ['huggingface.co/a/b/', undefined, 'a/b', 'main'],
  ['https://hf.co/a/b/tree/refs%2Fpr%2F1', undefined, 'a/b', 'refs/pr/1'],
  ['https://huggingface.co/a/b/blob/main?x=1#y', undefined, 'a/b', 'main'],
  ['https://huggingface.co/a/b/tree/v1', 'v2', 'a/b', 'v2'],
])('%s (%s) is %s at %s', (text, asked, name, revision) => {
  expect(parseRepo(text, asked)).toEqual({ name, revision });
});

test.each([
  '',
  'gpt2',
  'a/b/c',
  '../b',
  'a/..',
  'a/b c',
  'https://example.com/a/b',
  'a/b?',
  'ä/b',
  '/a/b',
  'a//b',
])('“%s” is refused or read as a name, never as a path', (text) => {
  try {
    expect(parseRepo(text).name).toBe('a/b');
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
  }
});

test('whatever the API answers, it is a LoadError or a well-formed repository', async () => {
  mock = await startHub();
  const revision = await (await fetch(`${mock.endpoint}/api/models/${REPO}/revision/main`)).text();
  const commit = JSON.parse(revision).sha;
  const tree = await (await fetch(`${mock.endpoint}/api/models/${REPO}/tree/${commit}`)).text();
  const outcomes = { read: 0, refused: 0 };
  for (let seed = 1; seed <= soak(400); seed++) {
    const random = mulberry32(seed);
    const answers = seed % 2 ? [mutate(revision, random), tree] : [revision, mutate(tree, random)];
    const hub = createHub({
      endpoint: 'https://hub.invalid',
      store: memoryStore(),
      timing: HASTY,
      fetch: async (url) => new Response(answers[url.includes('/tree/') ? 1 : 0]),
    });
    try {
      const repo = await hub.lookUp(REPO);
      expect(repo.commit).toMatch(/^[0-9a-f]{40}$/);
      for (const { path, size, oid, sha256 } of repo.files) {
        expect(path).toMatch(/^[\w.-]+$/);
        expect(Number.isSafeInteger(size)).toBe(true);
        expect(sha256 ?? oid).toMatch(/^[0-9a-f]{40,64}$/);
      }
      outcomes.read++;
    } catch (error) {
      if (!(error instanceof LoadError)) throw new Error(`seed ${seed}`, { cause: error });
      outcomes.refused++;
    }
  }
  expect(outcomes.read).toBeGreaterThan(20);
  expect(outcomes.refused).toBeGreaterThan(50);
});

/** Changes, removes or doubles characters, or swaps a value for one of another type. */
function mutate(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length);
  const kind = random();
  if (kind < 0.4) return text.slice(0, at) + String.fromCharCode(32 + random() * 95) + text.slice(at + 1);
  if (kind < 0.6) return text.slice(0, at) + text.slice(at + 1 + Math.floor(random() * 5));
  if (kind < 0.7) return text.slice(0, at);
  const values = ['null', '[]', '{}', '-1', '1e99', '"../../x"', 'true', '"__proto__"'];
  const value = must(values[Math.floor(random() * values.length)], 'value');
  const spots = [...text.matchAll(/(?<=:)("[^"]*"|\d+|true|false)/g)];
  const spot = must(spots[Math.floor(random() * spots.length)], 'spot');
  return text.slice(0, spot.index) + value + text.slice(spot.index + spot[0].length);
}

test.each([
  ['a page that leads elsewhere', '<https://evil.invalid/next>; rel="next"', /goes on at https:\/\/evil/],
  ['pages without end', '</api/models/owner/model/tree/x>; rel="next"', /more than 50 pages/],
])('%s is refused', async (_, link, message) => {
  const hub = createHub({
    endpoint: 'https://hub.invalid',
    store: memoryStore(),
    fetch: async (url) =>
      new Response(url.includes('/tree/') ? '[]' : JSON.stringify({ sha: 'a'.repeat(40) }), {
        headers: { Link: link },
      }),
  });
  await expect(hub.lookUp(REPO)).rejects.toThrow(message);
});

test('an answer without end is cut off', async () => {
  const hub = createHub({
    endpoint: 'https://hub.invalid',
    store: memoryStore(),
    fetch: async () =>
      new Response(
        new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(2 ** 20).fill(32)) }),
      ),
  });
  await expect(hub.lookUp(REPO)).rejects.toThrow(/more than 16777216 bytes/);
});

test('only requests that no browser asks about first are made', async () => {
  mock = await startHub();
  const inits: RequestInit[] = [];
  const hub = createHub({
    endpoint: `${mock.endpoint}/`,
    store: memoryStore(),
    fetch(url, init) {
      inits.push(init);
      return fetch(url, init);
    },
  });
  const repo = await hub.lookUp(REPO);
  for await (const _ of hub.open(repo).open(WEIGHTS).stream?.([]) ?? []);
  for (const init of inits) {
    expect(init.credentials).toBe('omit');
    expect(init.method ?? 'GET').toBe('GET');
    for (const [name, value] of new Headers(init.headers)) {
      expect(name).toBe('range');
      expect(value).toMatch(/^bytes=\d+-\d+$/);
    }
  }
});
