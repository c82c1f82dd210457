/**
 * How fast real models load, against the machine's own limits in the same run: npm run build && npm run bench:load [-- --size small --dtype f32 --rounds 1]
 *
 * Per file: draining a plain fetch of the same bytes, streaming SHA-256 and writing to OPFS, one after the other, in a
 * worker of the same browser. Then the load of the pair by the page, its reload from what is kept, and reading OPFS alone.
 */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { type CDPSession, chromium, type Page } from '@playwright/test';
import { preview } from 'vite';
import type { Normless } from '../src/engine/api.ts';
import type { StorageDType } from '../src/tensor/params.ts';
import { browserLaunch } from '../tools/chromium.ts';
import { type Gpt2Size, generateGpt2 } from '../tools/mockHub/gpt2.ts';
import { pointAtHub } from '../tools/mockHub/pointAt.ts';
import { startMockHub } from '../tools/mockHub.ts';

const PORT = 4176;
const WEIGHTS = 'model.safetensors';
const MB = 1e6;

/** Milliseconds of the plain ways with one file's bytes; 8 MiB at a time, as the engine moves them. */
interface Plain {
  drain: number;
  hash: number;
  write: number;
  read: number;
}

export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      size: { type: 'string', default: 'small' },
      dtype: { type: 'string', default: 'f32' },
      rounds: { type: 'string', default: '1' },
    },
  });
  const [size, dtype] = [values.size as Gpt2Size, values.dtype as StorageDType];
  const original = generateGpt2({ size });
  const hub = await startMockHub({
    repos: {
      'bench/original': { files: original },
      'bench/lnfree': { files: generateGpt2({ size, lnfree: true, seed: 2 }) },
    },
  });
  await warmAddresses(hub.endpoint);
  const bytes = original.get(WEIGHTS)?.size ?? 0;
  const server = await preview({ preview: { port: PORT, strictPort: true }, logLevel: 'warn' });
  const browser = await chromium.launch(browserLaunch());
  console.log(
    `${new Date().toISOString().slice(0, 10)}, Chromium ${browser.version()}, two arms of ${(bytes / MB).toFixed(1)} MB, kept as ${dtype}`,
  );
  for (let round = 0; round < Number(values.rounds); round++) {
    const context = await browser.newContext();
    await pointAtHub(context, `http://localhost:${PORT}/`, hub.endpoint);
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    const heap = await watchHeap(await context.newCDPSession(page));
    await open(page);
    const plain = await measurePlain(page, `${hub.endpoint}/bench/original/resolve/main/${WEIGHTS}`);
    const sum = plain.drain + plain.hash + plain.write;
    print(
      `plain, per file`,
      `drain ${ms(plain.drain)} + SHA-256 ${ms(plain.hash)} + OPFS write ${ms(plain.write)} = ${ms(sum)}; OPFS read ${ms(plain.read)}`,
    );

    heap.reset();
    const first = await load(page, dtype);
    print(
      'first load, two files',
      `${ms(first.ms)} and ${ms(first.checks)} of self-checks: ${(first.ms / (2 * sum)).toFixed(2)} × the plain sum (aim 1.15); peak heap and array buffers ${(heap.peakAboveBaseline() / MB).toFixed(0)} MB above before (aim 96)`,
    );
    print(
      'device memory',
      `${(first.allocated / MB).toFixed(1)} MB for ${(first.weights / MB).toFixed(1)} MB of weights: ${(first.allocated / first.weights).toFixed(3)} × (aim 1.05)`,
    );

    hub.forget();
    await page.reload();
    await open(page);
    heap.reset();
    const hit = await load(page, dtype);
    print(
      'from what is kept',
      `${ms(hit.ms)} and ${ms(hit.checks)} of self-checks: ${(hit.ms / (2 * plain.read)).toFixed(2)} × reading OPFS (aim 1.3); peak ${(heap.peakAboveBaseline() / MB).toFixed(0)} MB; network requests: ${hub.requests.length}`,
    );
    await context.close();
  }
  await browser.close();
  await server.close();
  await hub.close();
}

/** The mock computes a file's SHA-256 when it is first asked for: not in what is measured. */
async function warmAddresses(endpoint: string): Promise<void> {
  for (const repo of ['bench/original', 'bench/lnfree'])
    await (await fetch(`${endpoint}/api/models/${repo}/tree/main?recursive=false`)).text();
}

async function open(page: Page): Promise<void> {
  await page.goto(`http://localhost:${PORT}/`);
  await page.evaluate(() => (window as unknown as { normless: Normless }).normless.ready);
}

/** Milliseconds from the call to the loaded, checked pair; weights and the ledger's growth in bytes. */
async function load(page: Page, dtype: StorageDType) {
  return page.evaluate(async (dtype) => {
    const { normless } = window as unknown as { normless: Normless };
    const refs = { original: { repo: 'bench/original' }, lnfree: { repo: 'bench/lnfree' } };
    const before = (await normless.budget({ pair: 'demo', engine: 'wgsl' })).allocated;
    const start = performance.now();
    await normless.add({ id: 'bench', arms: refs });
    const { arms, allocated: _ } = await normless.budget({ pair: 'bench', engine: 'wgsl' });
    // The self-check runs the model, which says nothing of loading: it is told apart.
    let checks = 0;
    let since: number | null = null;
    const ended = () => {
      if (since !== null) checks += performance.now() - since;
      since = null;
    };
    const onProgress = ({ phase }: { phase: string }) => {
      ended();
      if (phase === 'self-checking') since = performance.now();
    };
    await normless.load({ pair: 'bench', dtype, residency: 'all', engine: 'wgsl', onProgress });
    ended();
    const ms = performance.now() - start - checks;
    const after = (await normless.budget({ pair: 'demo', engine: 'wgsl' })).allocated;
    return {
      ms,
      checks,
      weights: arms.reduce((sum, arm) => sum + arm.gpu[dtype], 0),
      allocated: after - before,
    };
  }, dtype);
}

/** The plain ways, in a worker of the page's origin, with the very library that hashes in the engine. */
async function measurePlain(page: Page, url: string): Promise<Plain> {
  const library = createRequire(import.meta.url).resolve('hash-wasm/dist/sha256.umd.min.js');
  const script = `${readFileSync(library, 'utf8')}
    onmessage = ({ data: url }) => measure(url).then(postMessage, (error) => postMessage({ error: String(error) }));
    async function measure(url) {
      const PIECE = 8 * 2 ** 20;
      const since = (start) => performance.now() - start;
      let start = performance.now();
      const response = await fetch(url);
      const reader = response.body.getReader();
      let size = 0;
      for (let step = await reader.read(); !step.done; step = await reader.read()) size += step.value.length;
      const drain = since(start);

      const bytes = new Uint8Array(PIECE);
      for (let at = 0; at < PIECE; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
      const pieces = Array.from({ length: Math.ceil(size / PIECE) }, (_, i) => Math.min(PIECE, size - i * PIECE));
      const hasher = await hashwasm.createSHA256();
      start = performance.now();
      hasher.init();
      for (const length of pieces) hasher.update(bytes.subarray(0, length));
      hasher.digest();
      const hash = since(start);

      const root = await navigator.storage.getDirectory();
      const file = await root.getFileHandle('bench', { create: true });
      const handle = await file.createSyncAccessHandle();
      start = performance.now();
      pieces.forEach((length, i) => handle.write(bytes.subarray(0, length), { at: i * PIECE }));
      handle.flush();
      const write = since(start);
      start = performance.now();
      pieces.forEach((length, i) => handle.read(bytes.subarray(0, length), { at: i * PIECE }));
      const read = since(start);
      handle.close();
      await root.removeEntry('bench');
      return { drain, hash, write, read };
    }`;
  return page.evaluate(
    ([script, url]) =>
      new Promise<Plain>((resolve, reject) => {
        const worker = new Worker(
          URL.createObjectURL(new Blob([script as string], { type: 'text/javascript' })),
        );
        worker.onmessage = ({ data }) => {
          worker.terminate();
          if (data.error) reject(new Error(data.error));
          else resolve(data);
        };
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(url);
      }),
    [script, url],
  );
}

/** Samples JavaScript heap and array buffers of the page and its workers ten times a second. */
async function watchHeap(session: CDPSession) {
  const workers = new Set<string>();
  let calls = 0;
  const waiting = new Map<number, (bytes: number) => void>();
  session.on('Target.attachedToTarget', ({ sessionId }) => workers.add(sessionId));
  session.on('Target.detachedFromTarget', ({ sessionId }) => workers.delete(sessionId));
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message);
    waiting.get(id)?.(result ? result.usedSize + (result.backingStorageSize ?? 0) : 0);
    waiting.delete(id);
  });
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  const ofWorker = (sessionId: string) =>
    new Promise<number>((resolve) => {
      const id = ++calls;
      waiting.set(id, resolve);
      const message = JSON.stringify({ id, method: 'Runtime.getHeapUsage' });
      session.send('Target.sendMessageToTarget', { sessionId, message }).catch(() => resolve(0));
    });
  let [baseline, peak] = [0, 0];
  const sample = async () => {
    const page = (await session.send('Runtime.getHeapUsage')) as {
      usedSize: number;
      backingStorageSize?: number;
    };
    const inWorkers = await Promise.all([...workers].map(ofWorker));
    const total =
      page.usedSize + (page.backingStorageSize ?? 0) + inWorkers.reduce((sum, bytes) => sum + bytes, 0);
    baseline ||= total;
    peak = Math.max(peak, total);
    if (!closed) setTimeout(() => void sample().catch(() => undefined), 100);
  };
  let closed = false;
  session.on('close' as never, () => {
    closed = true;
  });
  await sample();
  return {
    reset: () => {
      [baseline, peak] = [0, 0];
    },
    peakAboveBaseline: () => peak - baseline,
  };
}

function ms(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

function print(what: string, figures: string): void {
  console.log(`${what}: ${figures}`);
}
