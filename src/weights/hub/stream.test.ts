import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MockHub } from '../../../tools/mockHub.ts';
import { soak } from '../../../tools/soak.ts';
import { LoadError } from '../../base/errors.ts';
import { mulberry32 } from '../../base/random.ts';
import { memoryStore } from '../store/memoryStore.ts';
import {
  BYTES,
  clientOf,
  countingClient,
  HASTY,
  load,
  REPO,
  SIZE,
  same,
  startHub,
  WEIGHTS,
} from './hub.suite.ts';
import type { Transfer } from './hub.ts';

let mock: MockHub;
beforeEach(async () => {
  mock = await startHub();
});
afterEach(async () => {
  vi.unstubAllGlobals();
  expect(mock.preflights).toBe(0);
  await mock.close();
});

async function failure(promise: Promise<unknown>): Promise<LoadError> {
  const error = await promise.then(
    () => new Error('nothing failed'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LoadError);
  return error as LoadError;
}

test('streams a file in order, keeps it, verifies it, and asks for nothing the second time', async () => {
  const hub = clientOf(mock);
  const transfers: Transfer[] = [];
  expect(same(await load(hub, { onTransfer: (each) => transfers.push(each) }), BYTES)).toBe(true);
  expect(transfers.at(-1)).toEqual({ phase: 'downloading', file: WEIGHTS, done: SIZE, size: SIZE });
  expect(mock.bytesServed(WEIGHTS)).toBe(SIZE);
  expect(await hub.kept(await hub.lookUp(REPO))).toEqual({ files: SIZE + 22, stored: SIZE });
  const [info] = await hub.list();
  expect(info).toMatchObject({ stored: SIZE, verified: true });
  expect(info?.usedBy[0]).toMatch(/^owner\/model@[0-9a-f]{40}\/model\.safetensors$/);

  mock.forget();
  vi.stubGlobal('navigator', { onLine: false });
  const again: Transfer[] = [];
  expect(same(await load(hub, { onTransfer: (each) => again.push(each) }), BYTES)).toBe(true);
  expect(mock.requests).toEqual([]);
  expect(new Set(again.map(({ phase }) => phase))).toEqual(new Set(['converting']));
});

test('yields only pieces with wanted bytes, and downloads and verifies all', async () => {
  const hub = clientOf(mock);
  const source = hub.open(await hub.lookUp(REPO)).open(WEIGHTS);
  const wanted = [
    { start: 5, end: 6 },
    { start: 2 ** 21 - 1, end: 2 ** 21 + 1 },
  ];
  for (const pass of ['downloaded', 'kept']) {
    const starts: number[] = [];
    for await (const { start, bytes } of source.stream?.(wanted) ?? []) {
      starts.push(start);
      expect(same(bytes, BYTES.subarray(start, start + bytes.length))).toBe(true);
    }
    expect(starts, pass).toEqual(pass === 'kept' ? [5, 2 ** 21 - 1] : starts.toSorted((a, b) => a - b));
    expect(starts.length).toBeLessThan(4);
  }
  expect(mock.bytesServed(WEIGHTS)).toBe(SIZE);
});

const IMPATIENT = { ...HASTY, stall: 300 };
const AT = 2 ** 20 + 77;

test.each([
  ['429 and Retry-After', { kind: 'status', status: 429, retryAfter: 1, times: 2 }],
  ['500 for a later range', { kind: 'status', status: 500, from: AT, times: 3 }],
  ['503 for four times', { kind: 'status', status: 503, times: 4 }],
  ['a connection that is cut', { kind: 'cut', at: AT, times: 1 }],
  ['a connection that is cut at once', { kind: 'cut', at: 0, times: 2 }],
  ['a stall', { kind: 'stall', at: AT, times: 1 }],
  ['a server that ignores ranges', { kind: 'ignore-range' }],
  ['a server that ignores one range', { kind: 'ignore-range', from: 1, times: 1 }],
] as const)('recovers from %s without asking for a byte twice', async (_, fault) => {
  mock.fault(fault);
  const timing = fault.kind === 'stall' ? IMPATIENT : HASTY;
  const hub = clientOf(mock, memoryStore(), timing);
  expect(same(await load(hub), BYTES)).toBe(true);
  expect((await hub.list())[0]?.verified).toBe(true);
  // What was sent just before a cut may be lost on its way.
  if (fault.kind === 'ignore-range' || fault.kind === 'stall') return;
  expect(mock.bytesServed(WEIGHTS)).toBeLessThanOrEqual(SIZE + (fault.kind === 'status' ? 0 : 2 ** 20));
});

test('a server that ignores ranges is asked once, also when it breaks the connection later', async () => {
  mock.fault({ kind: 'ignore-range' });
  await load(clientOf(mock));
  expect(mock.requests.filter(({ path }) => path === WEIGHTS)).toHaveLength(1);
  expect(mock.bytesServed(WEIGHTS)).toBe(SIZE);
});

test.each([
  ['404', { kind: 'status', status: 404 }, /no such file at this revision \(404\)\. Check the name/],
  ['401', { kind: 'status', status: 401 }, /gated or private.*sends no token.*load them from disk/],
  ['403', { kind: 'status', status: 403 }, /answers 403/],
  ['429 for ever', { kind: 'status', status: 429 }, /\(429\), 5 times in a row.*is kept.*Wait a few minutes/],
  ['503 for ever', { kind: 'status', status: 503 }, /answers 503, 5 times in a row.*is kept/],
  ['a cut at the same byte', { kind: 'cut', at: AT }, /(failed|ended early), 5 times in a row.*is kept/],
  ['a stall for ever', { kind: 'stall', at: AT }, /nothing came for 0\.3 s, 5 times in a row/],
  ['a truncated file', { kind: 'truncate', at: AT }, new RegExp(`${AT} bytes there, and ${SIZE}|shorter`)],
  ['a wrong byte', { kind: 'wrong-byte', at: AT }, /arrived damaged.*sha256.*thrown away; load again/],
  ['a wrong Content-Range', { kind: 'wrong-content-range' }, /were asked for, and "bytes 1-/],
  ['a web page', { kind: 'html' }, /a web page came in place of the file/],
] as const)('%s ends in a LoadError, and loading again finishes', async (name, fault, message) => {
  mock.fault(fault);
  const store = memoryStore();
  const error = await failure(load(clientOf(mock, store, fault.kind === 'stall' ? IMPATIENT : HASTY)));
  const hub = clientOf(mock, store);
  expect(error.message).toMatch(message);
  expect(error.message).toContain('model.safetensors of owner/model');
  expect(error.data.file).toBe(WEIGHTS);

  mock.behave();
  const [info] = await hub.list();
  const kept = info?.stored ?? 0;
  if (name === 'a wrong byte') expect(info).toBeUndefined();
  if (name === 'a cut at the same byte' || name === 'a stall for ever') expect(kept).toBe(AT);
  const next = countingClient(mock, store);
  expect(same(await load(next.hub), BYTES)).toBe(true);
  expect(next.asked()).toBe(SIZE - kept);
});

test('a file that is too long for what its list says is refused', async () => {
  const response = new Response(BYTES, { headers: { 'Content-Length': String(SIZE + 1) } });
  const { createHub } = await import('./createHub.ts');
  const hub = createHub({
    endpoint: mock.endpoint,
    store: memoryStore(),
    fetch: (url, init) => (url.includes('/resolve/') ? Promise.resolve(response) : fetch(url, init)),
  });
  expect((await failure(load(hub))).message).toContain(`${SIZE + 1} bytes came`);
});

test('cut at a random byte of every kind of answer, it finishes with identical bytes', async () => {
  for (let seed = 1; seed <= soak(20); seed++) {
    const random = mulberry32(seed);
    mock.behave();
    for (let cuts = 0; cuts < 3; cuts++)
      mock.fault({ kind: 'cut', at: Math.floor(random() * SIZE), times: 1 });
    if (seed % 4 === 0) mock.fault({ kind: 'ignore-range' });
    const hub = clientOf(mock);
    expect(same(await load(hub), BYTES), `seed ${seed}`).toBe(true);
    expect((await hub.list())[0]?.verified, `seed ${seed}`).toBe(true);
  }
});

test('stopped at any byte, by abort or by leaving, the next load asks only for what is missing', async () => {
  for (let seed = 1; seed <= soak(20); seed++) {
    const random = mulberry32(seed);
    const at = Math.floor(random() * SIZE);
    const store = memoryStore();
    const hub = clientOf(mock, store);
    const controller = new AbortController();
    mock.behave();
    if (seed % 2) await load(hub, { until: at });
    else {
      mock.fault({ kind: 'stall', at, times: 1 });
      const stopped = load(hub, {
        signal: controller.signal,
        onTransfer: () => setTimeout(() => controller.abort(new Error('enough')), 10 * random()),
      });
      await expect(stopped).rejects.toThrow('enough');
      mock.behave();
    }
    const kept = (await hub.list())[0]?.stored ?? 0;
    if (seed % 2) expect(kept).toBeGreaterThan(at);
    const next = countingClient(mock, store);
    const phases = new Set<string>();
    const bytes = await load(next.hub, { onTransfer: ({ phase }) => phases.add(phase) });
    expect(same(bytes, BYTES), `seed ${seed}`).toBe(true);
    expect(next.asked()).toBe(SIZE - kept);
    expect(phases.has('verifying')).toBe(kept > 0);
  }
});

test('what was kept wrongly is found out, thrown away and loaded anew', async () => {
  const store = memoryStore();
  const hub = clientOf(mock, store);
  const file = (await hub.lookUp(REPO)).files.find(({ path }) => path === WEIGHTS);
  const blob = await store.grow(file?.sha256 ?? '', SIZE, 'somebody');
  await blob.append(new Uint8Array(1000));
  await blob.close();
  expect((await failure(load(hub))).message).toContain('arrived damaged');
  expect(same(await load(hub), BYTES)).toBe(true);
});

test('offline it says so at once, in the middle too, and goes on later', async () => {
  const hub = clientOf(mock);
  await load(hub, { until: AT });
  const kept = (await hub.list())[0]?.stored ?? 0;
  vi.stubGlobal('navigator', { onLine: false });
  mock.forget();
  expect((await failure(load(hub))).message).toMatch(/^You are offline, and model\.safetensors.*is kept/);
  expect(mock.requests).toEqual([]);
  vi.unstubAllGlobals();
  mock.fault({ kind: 'cut', at: kept + 1000 });
  const broken = load(hub, { onTransfer: () => vi.stubGlobal('navigator', { onLine: false }) });
  expect((await failure(broken)).message).toMatch(/^You are offline/);
  vi.unstubAllGlobals();
  mock.behave();
  expect(same(await load(hub), BYTES)).toBe(true);
});

test('without room it tells once, loads and verifies all the same, and keeps what fitted', async () => {
  const notes: string[] = [];
  const hub = clientOf(mock, memoryStore({ capBytes: 2 ** 21 }));
  expect(same(await load(hub, { onNote: (note) => notes.push(note) }), BYTES)).toBe(true);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/no room left for model\.safetensors.*storage page/);
  const kept = (await hub.list())[0]?.stored ?? 0;
  expect(kept).toBeGreaterThan(0);
  mock.fault({ kind: 'wrong-byte', at: SIZE - 1 });
  expect((await failure(load(hub))).message).toContain('arrived damaged');
});

test('a store that fails in any way does not stop a load', async () => {
  for (const method of ['info', 'grow', 'read', 'noteUse', 'readRecord', 'writeRecord'] as const) {
    const store = memoryStore();
    const notes: string[] = [];
    Object.assign(store, { [method]: () => Promise.reject(new Error('the disk is on fire')) });
    const hub = clientOf(mock, store);
    for (let pass = 0; pass < 2; pass++)
      expect(same(await load(hub, { onNote: (note) => notes.push(note) }), BYTES), method).toBe(true);
    if (method === 'grow') expect(notes[0]).toContain('the disk is on fire');
  }
});

test('one load downloads, a second one of the same file waits and reads what is kept', async () => {
  const hub = clientOf(mock);
  const phases = [new Set<string>(), new Set<string>()];
  const loads = phases.map((seen) => load(hub, { onTransfer: ({ phase }) => seen.add(phase) }));
  for (const bytes of await Promise.all(loads)) expect(same(bytes, BYTES)).toBe(true);
  expect(mock.bytesServed(WEIGHTS)).toBe(SIZE);
  expect(phases.map((seen) => [...seen].join(', ')).sort()).toEqual([
    'downloading',
    'waiting for another tab, converting',
  ]);
});

test('two loads read what is verified side by side, and it cannot be removed meanwhile', async () => {
  const hub = clientOf(mock);
  await load(hub);
  const [info] = await hub.list();
  const source = hub.open(await hub.lookUp(REPO)).open(WEIGHTS);
  const wanted = [{ start: 0, end: SIZE }];
  const streams = [1, 2].map(() => source.stream?.(wanted)[Symbol.asyncIterator]());
  for (const stream of streams) expect((await stream?.next())?.done).toBe(false);
  await expect(hub.remove([info?.key ?? ''])).rejects.toMatchObject({
    name: 'InputError',
    message: expect.stringMatching(/model\.safetensors is being loaded.*Wait/),
  });
  for (const stream of streams) await stream?.return?.();
  await hub.remove([info?.key ?? '']);
  expect(await hub.list()).toEqual([]);
});
