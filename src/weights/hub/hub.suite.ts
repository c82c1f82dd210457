/** What the tests of the Hub client share: a mock Hub with one repository, hasty clients, ways to read a file. */

import { type MockHub, startMockHub } from '../../../tools/mockHub.ts';
import { must } from '../../base/assert.ts';
import { mulberry32 } from '../../base/random.ts';
import type { Bytes } from '../byteSource.ts';
import type { BlobStore } from '../store/blobStore.ts';
import { memoryStore } from '../store/memoryStore.ts';
import { createHub } from './createHub.ts';
import type { Hub, OpenRepoOptions } from './hub.ts';

export const REPO = 'owner/model';
export const WEIGHTS = 'model.safetensors';

/** Three windows and a bit. */
export const SIZE = 3 * 2 ** 20 + 12_345;

/** Short delays between tries, but patience with a busy machine: a stall that is none would ask for bytes twice. */
export const HASTY = { stall: 20_000, backOff: 1, longestWait: 20 };

export const CONFIG = new TextEncoder().encode('{"model_type": "gpt2"}');

/** Seeded bytes of any kind: the client does not look inside. */
export function randomBytes(size: number, seed = 1): Bytes {
  const random = mulberry32(seed);
  const words = Uint32Array.from({ length: Math.ceil(size / 4) }, () => random() * 2 ** 32);
  return new Uint8Array(words.buffer, 0, size);
}

export const BYTES = randomBytes(SIZE);

/** A mock Hub with `owner/model`: a config and weights of no meaning. */
export function startHub(): Promise<MockHub> {
  return startMockHub({
    repos: {
      [REPO]: {
        files: new Map([
          ['README.md', new Uint8Array(10)],
          ['config.json', CONFIG],
          [WEIGHTS, BYTES],
          ['pytorch_model.bin', new Uint8Array(10)],
        ]),
        license: 'mit',
      },
    },
  });
}

export function clientOf(mock: MockHub, store: BlobStore = memoryStore(), timing = HASTY): Hub {
  return createHub({ endpoint: mock.endpoint, store, timing });
}

export interface LoadOptions extends OpenRepoOptions {
  signal?: AbortSignal;
  /** Stops reading after the piece that has this byte. */
  until?: number;
}

/** Streams the whole of a file; what did not come stays 0. */
export async function load(
  hub: Hub,
  { signal, until, ...open }: LoadOptions = {},
  name = WEIGHTS,
): Promise<Uint8Array> {
  const repo = await hub.lookUp(REPO);
  const source = hub.open(repo, open).open(name);
  const size = await source.size();
  const bytes = new Uint8Array(size);
  const stream = must(source.stream, 'stream');
  for await (const piece of stream([{ start: 0, end: size }], signal)) {
    bytes.set(piece.bytes, piece.start);
    if (until !== undefined && until < piece.start + piece.bytes.length) break;
  }
  return bytes;
}

/** A client that adds up the bytes it asks for: a connection that was cancelled may still be answered later. */
export function countingClient(mock: MockHub, store: BlobStore): { hub: Hub; asked: () => number } {
  let asked = 0;
  const hub = createHub({
    endpoint: mock.endpoint,
    store,
    timing: HASTY,
    fetch(url, init) {
      const range = new Headers(init.headers).get('range');
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
      if (first && last) asked += Number(last) + 1 - Number(first);
      return fetch(url, init);
    },
  });
  return { hub, asked: () => asked };
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
