import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { must } from '../base/assert.ts';
import { InputError, LoadError } from '../base/errors.ts';
import { bundledFiles } from './bundled.ts';
import { openCheckpoint } from './checkpoint.ts';
import { loadHostParams } from './convert.ts';
import { localFiles } from './localFiles.ts';
import { memoryFiles } from './memory.ts';
import { makeTinyCheckpoint } from './testing.ts';

/** Serves until `use` is done. */
async function serving<T>(listener: RequestListener, use: (base: string) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/app/models/tiny`);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

const tiny = makeTinyCheckpoint();
const NAMES = [...tiny.keys()];
const serveTiny: RequestListener = (request, response) => {
  const bytes = tiny.get(must(request.url?.split('/').at(-1), 'url'));
  response.writeHead(bytes ? 200 : 404, bytes && { 'content-length': bytes.length });
  response.end(bytes);
};

test('a bundled checkpoint is fetched once per file, without ranges, and with progress', async () => {
  const requests: string[] = [];
  const progress: [string, number, number | null][] = [];
  const loaded = await serving(
    (request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers.range ?? 'whole'}`);
      serveTiny(request, response);
    },
    (base) =>
      loadHostParams(bundledFiles(base, { names: NAMES, onProgress: (...step) => progress.push(step) }), {
        dtype: 'f32',
      }),
  );
  expect(loaded.params).toEqual((await loadHostParams(memoryFiles(tiny), { dtype: 'f32' })).params);
  expect(requests.sort()).toEqual(NAMES.map((name) => `GET /app/models/tiny/${name} whole`).sort());
  const size = tiny.get('model.safetensors')?.length;
  expect(progress.filter(([name]) => name === 'model.safetensors').at(-1)).toEqual([
    'model.safetensors',
    size,
    size,
  ]);
});

const FAULTS: [title: string, listener: RequestListener, message: RegExp][] = [
  [
    '404',
    (_, response) => void response.writeHead(404).end(),
    /config\.json could not be loaded from http.*: the server answered 404\. Check/,
  ],
  ['503', (_, response) => void response.writeHead(503).end(), /answered 503\. Wait a moment/],
  [
    '403',
    (_, response) => void response.writeHead(403).end(),
    /answered 403\. Check that the server lets this page/,
  ],
  [
    'a web page',
    (_, response) =>
      void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>'),
    /sent a web page in place of the file/,
  ],
  [
    'a connection cut half-way',
    (_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('{"n_layer"', () => response.destroy());
    },
    /the connection failed/,
  ],
  ['no connection', (request) => request.destroy(), /the connection failed/],
];

test.each(FAULTS)('a bundled file and %s: a LoadError that says what to do', async (_, listener, message) => {
  await serving(listener, async (base) => {
    const loading = openCheckpoint(bundledFiles(base, { names: NAMES }));
    await expect(loading).rejects.toBeInstanceOf(LoadError);
    await expect(loading).rejects.toThrow(message);
  });
});

test('fewer bytes than promised are noticed even where the browser does not', async () => {
  const fetch = async () => new Response('{}', { headers: { 'content-length': '1000' } });
  await expect(openCheckpoint(bundledFiles('http://x/', { fetch }))).rejects.toThrow(/2 of 1000 bytes came/);
});

test("the length of a compressed transfer is not mistaken for the file's", async () => {
  const totals = new Set<number | null>();
  const fetch = async (url: URL) =>
    new Response(tiny.get(must(url.pathname.split('/').at(-1), 'name')), {
      headers: { 'content-length': '3', 'content-encoding': 'gzip' },
    });
  await openCheckpoint(
    bundledFiles('http://x/', { fetch, names: NAMES, onProgress: (_, __, total) => totals.add(total) }),
  );
  expect(totals).toEqual(new Set([null]));
});

test('after a failure the same bundled files can be tried again', async () => {
  let broken = true;
  await serving(
    (request, response) => (broken ? void response.writeHead(500).end() : serveTiny(request, response)),
    async (base) => {
      const files = bundledFiles(base, { names: NAMES });
      await expect(openCheckpoint(files)).rejects.toThrow(/answered 500/);
      broken = false;
      expect((await openCheckpoint(files)).config.nLayers).toBe(2);
    },
  );
});

test("cancelling a fetch rejects with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new DOMException('no longer wanted', 'AbortError');
  await serving(
    () => controller.abort(reason), // never answers
    async (base) => {
      await expect(openCheckpoint(bundledFiles(base), { signal: controller.signal })).rejects.toBe(reason);
    },
  );
});

const asFiles = (files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) =>
  [...files].map(([name, bytes]) => new File([bytes], name));

test.each([{ shards: 1 }, { shards: 3 }])(
  'picked files load whatever else lies beside them ($shards file(s))',
  async (options) => {
    const files = makeTinyCheckpoint(options);
    const picked = [...asFiles(files), new File(['x'], 'README.md'), new File(['y'], '.DS_Store')];
    const loaded = await loadHostParams(localFiles(picked.reverse()), { dtype: 'f32' });
    expect(loaded.params).toEqual((await loadHostParams(memoryFiles(files), { dtype: 'f32' })).params);
  },
);

test("the browser's names for a second download are understood", async () => {
  const renamed = asFiles(tiny).map((file) => new File([file], file.name.replace(/\.(?=[a-z]+$)/, ' (1).')));
  expect(renamed.map((file) => file.name)).toContain('config (1).json');
  expect((await openCheckpoint(localFiles(renamed))).config.dModel).toBe(12);
});

/** Files as a folder picker gives them: with the path from the picked folder on. */
const inFolder = (folder: string, files: readonly File[]) =>
  files.map((file) =>
    Object.defineProperty(new File([file], file.name), 'webkitRelativePath', {
      value: `${folder}/${file.name}`,
    }),
  );

test('a picked folder loads, whatever other folders hold', async () => {
  const expected = (await loadHostParams(memoryFiles(tiny), { dtype: 'f32' })).params;
  const others = [
    ...inFolder('gpt2/onnx', [new File(['{}'], 'config.json'), new File(['x'], 'decoder.onnx')]),
    ...inFolder('gpt2/adapter', [new File(['x'], 'adapter.safetensors')]),
    ...inFolder('gpt2', [new File(['x'], 'README.md')]),
  ];
  const picked = localFiles([...others, ...inFolder('gpt2', asFiles(tiny))]);
  expect((await loadHostParams(picked, { dtype: 'f32' })).params).toEqual(expected);
  const dropped = asFiles(tiny).map((file) => new File([file], `a/gpt2/${file.name}`));
  expect((await loadHostParams(localFiles(dropped), { dtype: 'f32' })).params).toEqual(expected);
});

const SELECTIONS: [title: string, files: () => File[], message: RegExp][] = [
  ['nothing', () => [], /lacks config\.json \(there are no files\)\. Pick all files/],
  [
    'weights only',
    () => asFiles(tiny).filter((file) => file.name !== 'config.json'),
    /lacks config\.json \(there is model\.safetensors\)/,
  ],
  [
    'a config only',
    () => asFiles(tiny).filter((file) => file.name === 'config.json'),
    /lacks model\.safetensors/,
  ],
  [
    'a PyTorch file',
    () => [new File(['{}'], 'config.json'), new File(['x'], 'pytorch_model.bin')],
    /pytorch_model\.bin cannot be read: Normless reads safetensors only/,
  ],
  [
    'two folders with a model each',
    () => [...inFolder('pair/original', asFiles(tiny)), ...inFolder('pair/lnfree', asFiles(tiny))],
    /a model in pair\/original and one in pair\/lnfree\. Pick the folder of one model\./,
  ],
  [
    'a configuration in one folder and weights in another',
    () => asFiles(tiny).flatMap((file, i) => inFolder(`gpt2/${i}`, [file])),
    /config\.json is in gpt2\/0, the weights are in gpt2\/1\. Put all files/,
  ],
  [
    'a folder without weights',
    () => inFolder('gpt2', [new File(['{}'], 'config.json'), new File(['x'], 'tf_model.h5')]),
    /tf_model\.h5 cannot be read/,
  ],
  ['two models', () => [...asFiles(tiny), ...asFiles(tiny)], /Two of the files are called config\.json/],
  [
    'shards with one left out',
    () => asFiles(makeTinyCheckpoint({ shards: 3 })).filter((file) => !file.name.includes('00002-of')),
    /lacks model-00002-of-00003\.safetensors/,
  ],
];

test.each(SELECTIONS)('picking %s is an InputError', async (_, make, message) => {
  const loading = (async () => openCheckpoint(localFiles(make())))();
  await expect(loading).rejects.toBeInstanceOf(InputError);
  await expect(loading).rejects.toThrow(message);
});

test('a picked file that can no longer be read is a LoadError', async () => {
  const gone = new File(['{}'], 'config.json');
  gone.slice = () =>
    ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) }) as unknown as Blob;
  const files = localFiles([gone, ...asFiles(tiny).filter((file) => file.name !== 'config.json')]);
  await expect(openCheckpoint(files)).rejects.toThrow(
    /config\.json can no longer be read from disk.*Pick the files again/,
  );
});
