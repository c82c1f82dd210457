import { createHash } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { must } from '../src/base/assert.ts';
import { openCheckpoint } from '../src/weights/checkpoint.ts';
import { memoryFiles } from '../src/weights/memory.ts';
import { generateGpt2 } from './mockHub/gpt2.ts';
import { type MockHub, startMockHub } from './mockHub.ts';

let hub: MockHub | undefined;
afterEach(() => hub?.close());

const LETTERS = new TextEncoder().encode('abcdefghijklmnopqrstuvwxyz');

async function start() {
  hub = await startMockHub({
    repos: {
      'some/one': {
        files: new Map([
          ['config.json', new TextEncoder().encode('{}')],
          ['model.safetensors', LETTERS],
          ['README.md', new Uint8Array(3)],
        ]),
        license: 'mit',
      },
    },
    pageSize: 2,
  });
  return hub;
}

async function get(url: string, range?: string) {
  const response = await fetch(url, range ? { headers: { Range: range } } : {});
  return { response, text: await response.text() };
}

test('answers as the Hub does: commit, tree in pages, redirects, ranges, addresses', async () => {
  const { endpoint } = await start();
  const { sha, tags } = JSON.parse((await get(`${endpoint}/api/models/some/one/revision/main`)).text);
  expect(sha).toMatch(/^[0-9a-f]{40}$/);
  expect(tags).toContain('license:mit');

  const first = await get(`${endpoint}/api/models/some/one/tree/${sha}?recursive=false`);
  const next = must(
    /^<(.+)>; rel="next"$/.exec(must(first.response.headers.get('link'), 'link'))?.[1],
    'next',
  );
  const second = await get(next);
  expect(second.response.headers.get('link')).toBeNull();
  const files = [...JSON.parse(first.text), ...JSON.parse(second.text)];
  expect(files.map((file) => file.path)).toEqual(['config.json', 'model.safetensors', 'README.md']);
  // `printf '{}' | git hash-object --stdin`
  expect(files[0]).toMatchObject({ size: 2, oid: '9e26dfeeb6e641a33dae4961196235bdb965b21b' });
  expect(files[1].lfs.oid).toBe(createHash('sha256').update(LETTERS).digest('hex'));

  const part = await get(`${endpoint}/some/one/resolve/${sha}/model.safetensors`, 'bytes=2-4');
  expect(part.text).toBe('cde');
  expect(part.response.status).toBe(206);
  expect(part.response.headers.get('content-range')).toBe('bytes 2-4/26');
  expect(new URL(part.response.url).origin).not.toBe(endpoint);
  expect((await get(`${endpoint}/some/one/resolve/${sha}/model.safetensors`)).text).toHaveLength(26);
  expect((await get(`${endpoint}/some/one/resolve/${sha}/nothing`)).response.status).toBe(404);
  expect((await get(`${endpoint}/api/models/no/one/revision/main`)).response.status).toBe(401);
  expect(must(hub, 'hub').bytesServed('model.safetensors')).toBe(3 + 26);
});

test('misbehaves as often as it is told to', async () => {
  const { endpoint, fault } = await start();
  const url = `${endpoint}/some/one/resolve/main/model.safetensors`;
  fault({ kind: 'status', status: 429, retryAfter: 7, times: 1 });
  expect((await get(url)).response.headers.get('retry-after')).toBe('7');
  fault({ kind: 'ignore-range', times: 1 });
  expect((await get(url, 'bytes=2-4')).response.status).toBe(200);
  fault({ kind: 'wrong-byte', at: 3, times: 1 });
  expect((await get(url, 'bytes=2-4')).text).toBe('cee');
  fault({ kind: 'cut', at: 3, times: 1 });
  expect((await get(url, 'bytes=5-9')).text).toBe('fghij'); // does not send byte 3
  await expect(get(url, 'bytes=2-4')).rejects.toThrow();
  expect((await get(url, 'bytes=2-4')).text).toBe('cde');
});

test.each([{}, { lnfree: true }, { masks: true }, { shards: 2 }])(
  'a generated checkpoint is one, read in any pieces: %o',
  async (options) => {
    const shape = { nLayers: 2, nHeads: 2, dModel: 64, nCtx: 32, dVocab: 5000 };
    const generated = generateGpt2({ size: shape, ...options });
    const files = new Map<string, Uint8Array>();
    for (const [name, file] of generated) {
      const whole = Buffer.concat([...file.chunks(0, file.size)]);
      expect(whole).toHaveLength(file.size);
      for (const [start, end] of [
        [0, 9],
        [7, 12345],
        [file.size - 5, file.size],
      ] as const)
        if (end <= file.size)
          expect(Buffer.concat([...file.chunks(start, end)]).equals(whole.subarray(start, end))).toBe(true);
      files.set(name, new Uint8Array(whole));
    }
    const checkpoint = await openCheckpoint(memoryFiles(files));
    expect(checkpoint.config).toMatchObject({ nLayers: 2, dModel: 64, nCtx: 32 });
    expect(checkpoint.config.norm.kind).toBe('lnfree' in options ? 'linear' : 'layer');
  },
);

test('GPT-2 small has its published size', () => {
  const file = must(generateGpt2({ size: 'small' }).get('model.safetensors'), 'weights');
  const header = file.size - 4 * 124_439_808;
  expect(header).toBeGreaterThan(10_000);
  expect(header).toBeLessThan(20_000);
});
