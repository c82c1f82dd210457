/** What every blob store must do, as checks that run anywhere: in Node, in a page, in a worker. */

import { assert, must } from '../../base/assert.ts';
import type { Bytes } from '../byteSource.ts';
import type { BlobStore } from './blobStore.ts';

export type OpenStore = () => Promise<BlobStore>;

const MIB = 2 ** 20;
const PLACE = 'owner/name@commit/file';
let made = 0;

/** A blob nobody else has. */
function freshKey(): string {
  return `test-${Date.now().toString(36)}-${++made}-${Math.floor(Math.random() * 1e9)}`;
}

/** Bytes [start, end) of a file whose content follows from the place. */
export function patternBytes(start: number, end: number): Bytes {
  const bytes = new Uint8Array(end - start);
  for (let i = 0; i < bytes.length; i++) bytes[i] = ((start + i) * 31) ^ ((start + i) >>> 8);
  return bytes;
}

export function isPattern(bytes: Uint8Array, start: number): boolean {
  return bytes.every((byte, i) => byte === ((((start + i) * 31) ^ ((start + i) >>> 8)) & 255));
}

async function append(store: BlobStore, key: string, size: number, to: number, step = to): Promise<void> {
  const blob = await store.grow(key, size, PLACE);
  for (let at = blob.stored; at < to; at += step)
    await blob.append(patternBytes(at, Math.min(to, at + step)));
  await blob.close();
}

function equal(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  assert(left === right, `${what} is ${left}, not ${right}`);
}

async function fails(promise: Promise<unknown>, name: string): Promise<void> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  assert(error instanceof Error && error.name === name, `instead of ${name} came ${String(error)}`);
}

export const CONTRACT: Readonly<Record<string, (open: OpenStore) => Promise<void>>> = {
  async 'grows at its end and is read anywhere'(open) {
    const store = await open();
    const key = freshKey();
    equal(await store.info(key), null, 'an unknown blob');
    await append(store, key, 5000, 3000, 700);
    equal(await store.info(key), { key, size: 5000, stored: 3000, verified: false, usedBy: [PLACE] }, 'half');
    await append(store, key, 5000, 5000);
    for (const [start, end] of [
      [0, 5000],
      [0, 1],
      [699, 701],
      [2999, 3001],
      [4999, 5000],
      [7, 7],
    ] as const) {
      const bytes = await store.read(key, start, end);
      equal(bytes.length, end - start, 'the length read');
      assert(isPattern(bytes, start), `bytes ${start} to ${end} are others`);
    }
    const into = new Uint8Array(2000);
    for (const [start, end] of [
      [10, 2010],
      [3, 5],
      [0, 3000],
    ] as const) {
      const bytes = await store.read(key, start, end, into);
      assert(
        bytes.length === end - start && isPattern(bytes, start),
        `${start} to ${end} are others in memory given`,
      );
    }
    await fails(store.read(key, 4999, 5001), 'LoadError');
    await fails(store.read(freshKey(), 0, 1), 'LoadError');
    await store.remove(key);
  },

  async 'does not mind what happens to appended memory afterwards'(open) {
    const store = await open();
    const key = freshKey();
    const blob = await store.grow(key, 100, PLACE);
    const bytes = patternBytes(0, 100);
    await blob.append(bytes);
    bytes.fill(0);
    await blob.close();
    assert(isPattern(await store.read(key, 0, 100), 0), 'the bytes changed');
    await store.remove(key);
  },

  async 'forgets the end on demand'(open) {
    const store = await open();
    const key = freshKey();
    for (const length of [1234, 0]) {
      await append(store, key, 5000, 5000, 1000);
      const blob = await store.grow(key, 5000, PLACE);
      await blob.truncate(6000);
      equal(blob.stored, 5000, 'what a truncation beyond the end left');
      await blob.truncate(length);
      equal(blob.stored, length, 'what is left');
      await blob.append(patternBytes(length, length + 10));
      await blob.close();
      assert(isPattern(await store.read(key, 0, length + 10), 0), 'the bytes after truncation are others');
    }
    await store.remove(key);
  },

  async 'is verified only when complete, until it grows anew'(open) {
    const store = await open();
    const key = freshKey();
    await append(store, key, 100, 50);
    let blob = await store.grow(key, 100, PLACE);
    await blob.append(patternBytes(50, 100));
    await blob.markVerified();
    await blob.close();
    equal((await store.info(key))?.verified, true, 'verified');
    equal((await (await open()).info(key))?.verified, true, 'verified, seen from elsewhere');
    blob = await store.grow(key, 100, PLACE);
    await blob.truncate(99);
    await blob.close();
    equal((await store.info(key))?.verified, false, 'verified, after it shrank');
    await store.remove(key);
  },

  async 'knows who uses a blob, and removes it'(open) {
    const store = await open();
    const key = freshKey();
    await store.noteUse(key, 'nobody');
    equal(await store.info(key), null, 'a blob made by being used');
    await append(store, key, 10, 10);
    await store.noteUse(key, 'other');
    await store.noteUse(key, 'other');
    equal((await store.info(key))?.usedBy, [PLACE, 'other'], 'usedBy');
    const listed = (await store.list()).find((each) => each.key === key);
    equal(listed, await store.info(key), 'what the list says');
    await store.remove(key);
    await store.remove(key);
    equal(await store.info(key), null, 'a removed blob');
    assert(!(await store.list()).some((each) => each.key === key), 'it is still listed');
  },

  async 'takes pieces of any size across its own borders'(open) {
    const store = await open();
    const key = freshKey();
    const size = 17 * MIB + 3;
    const blob = await store.grow(key, size, PLACE);
    for (const to of [5 * MIB + 1, 16 * MIB, size]) await blob.append(patternBytes(blob.stored, to));
    await blob.truncate(8 * MIB + 5);
    await blob.append(patternBytes(blob.stored, size));
    await blob.close();
    equal((await store.info(key))?.stored, size, 'stored');
    for (const start of [0, 5 * MIB, 8 * MIB - 2, 16 * MIB - 1, size - 4])
      assert(isPattern(await store.read(key, start, Math.min(size, start + 9)), start), `bytes at ${start}`);
    await store.remove(key);
  },

  async 'keeps records by any name'(open) {
    const store = await open();
    const name = `repo https://hub.invalid:8080 owner/name ${freshKey()} %/..`;
    equal(await store.readRecord(name), null, 'an unknown record');
    await store.writeRecord(name, { a: [1, 'ü'] });
    await store.writeRecord(name, { a: [2, 'ü'] });
    equal(await store.readRecord(name), { a: [2, 'ü'] }, 'the record');
    equal(await (await open()).readRecord(name), { a: [2, 'ü'] }, 'the record, seen from elsewhere');
    await store.removeRecord(name);
    equal(await store.readRecord(name), null, 'a removed record');
  },

  async 'lets one write or many read, and removes nothing in use'(open) {
    const store = await open();
    const key = freshKey();
    await append(store, key, 10, 10);
    const order: string[] = [];
    const gates: (() => void)[] = [];
    const body = (name: string) => () =>
      new Promise<string>((resolve) => {
        order.push(name);
        gates.push(() => resolve(name));
      });
    const waits: string[] = [];
    const options = (name: string) => ({ onWait: () => waits.push(name) });
    const readers = [
      store.sharing(key, body('r1'), options('r1')),
      store.sharing(key, body('r2'), options('r2')),
    ];
    await until(() => order.length === 2);
    const writer = store.exclusively(key, body('w'), options('w'));
    await until(() => waits.length === 1);
    const late = store.sharing(key, body('r3'), options('r3'));
    await until(() => waits.length === 2);
    const controller = new AbortController();
    const given = store.exclusively(key, body('never'), {
      signal: controller.signal,
      onWait: () => controller.abort(Object.assign(new Error('given up'), { name: 'GivenUp' })),
    });
    await fails(given, 'GivenUp');
    await fails(store.remove(key), 'InputError');
    equal(order, ['r1', 'r2'], 'who ran first');
    for (const gate of gates.splice(0)) gate();
    await until(() => order.length === 3);
    await fails(store.remove(key), 'InputError');
    must(gates.shift(), 'the writer')();
    await until(() => order.length === 4);
    must(gates.shift(), 'the late reader')();
    equal(await Promise.all([...readers, writer, late]), ['r1', 'r2', 'w', 'r3'], 'what came back');
    equal(
      [waits, order.slice(2)],
      [
        ['w', 'r3'],
        ['w', 'r3'],
      ],
      'who waited, and ran then',
    );
    await fails(
      store.exclusively(key, () => Promise.reject(new RangeError('inside'))),
      'RangeError',
    );
    await store.remove(key);
  },
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
