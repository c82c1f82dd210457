/** What a person is told where ONNX Runtime cannot be had: each cause by name, and the next try is a new one. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { ortFilesInNode } from '../../tools/ortNode.ts';
import { UnsupportedError } from '../base/errors.ts';
import { defaultThreads, openOrt } from './openOrt.ts';

let server: Server;
let origin: string;
const good = await ortFilesInNode();

/** /missing is a 404; every other path is a page, as servers of single-page apps answer. */
beforeAll(async () => {
  server = createServer(({ url }, response) => {
    response.writeHead(url === '/missing' ? 404 : 200, { 'content-type': 'text/html' });
    response.end('<!doctype html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => void server.close());
afterEach(() => vi.restoreAllMocks());
afterEach(() => vi.unstubAllGlobals());

const refusal = async (files: Partial<typeof good>) => {
  const error = await openOrt({ files: { ...good, ...files }, threads: 1 }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(UnsupportedError);
  return error as UnsupportedError;
};

test('a missing file, a page in its place, a server that is away', async () => {
  expect((await refusal({ wasm: `${origin}/missing` })).message).toMatch(
    /missing could not be had \(HTTP 404\)/,
  );
  expect((await refusal({ wasm: `${origin}/a.wasm` })).message).toMatch(
    /a\.wasm could not be had \(it is no WebAssembly\)/,
  );
  expect((await refusal({ mjs: `${origin}/a.mjs` })).message).toMatch(/served as text\/html.*try again/);
  const away = await refusal({ wasm: 'http://127.0.0.1:1/a.wasm' });
  expect(away.data).toMatchObject({ url: 'http://127.0.0.1:1/a.wasm' });
});

test('no WebAssembly, none with SIMD, none allowed', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  expect((await refusal({})).data.missing).toBe('WebAssembly');
  vi.unstubAllGlobals();

  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  expect((await refusal({})).data.missing).toBe('WebAssembly SIMD');
  vi.restoreAllMocks();

  vi.spyOn(WebAssembly, 'Module').mockImplementation(function blocked() {
    throw new WebAssembly.CompileError('blocked by CSP');
  });
  const forbidden = await refusal({});
  expect(forbidden.data.missing).toBe('wasm-unsafe-eval');
  expect(forbidden.message).toContain('blocked by CSP');
});

test('once what was missing is there it starts, once', async () => {
  const runtime = await openOrt({ files: good, threads: 1 });
  expect(runtime.description).toBe('onnxruntime-web 1.30.0, 1 thread');
  expect(runtime.weightBytes()).toBe(0);
  expect(await openOrt({ files: good, threads: 1 })).toBe(runtime);
});

test('several threads only where the page is isolated, and never more than four', () => {
  vi.stubGlobal('navigator', { hardwareConcurrency: 16 });
  vi.stubGlobal('crossOriginIsolated', false);
  expect(defaultThreads()).toBe(1);
  vi.stubGlobal('crossOriginIsolated', true);
  expect(defaultThreads()).toBe(4);
  vi.stubGlobal('navigator', { hardwareConcurrency: 2 });
  expect(defaultThreads()).toBe(2);
});
