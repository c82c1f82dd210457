/** The same weights have the same fingerprint, whatever their files look like; others have another. */

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { decode } from '../tensor/hostRows.ts';
import { flattenParams, type StorageDType } from '../tensor/params.ts';
import { loadHostParams } from './convert.ts';
import { fingerprint } from './fingerprint.ts';
import { memoryFiles } from './memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from './testing.ts';

async function named(options: TinyCheckpointOptions, dtype: StorageDType = 'f32') {
  const { params } = await loadHostParams(memoryFiles(makeTinyCheckpoint(options)), { dtype });
  return [...flattenParams(params)].map(([name, host]) => [name, host.shape, decode(host)] as const);
}

test('is sha256 over names, shapes and values, checked with another implementation', async () => {
  const parameters = await named({ form: 'layer' });
  const hash = createHash('sha256');
  for (const [name, shape, values] of parameters) {
    hash.update(`${name} ${shape.join('x')}\n`);
    hash.update(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }
  expect(await fingerprint(parameters)).toBe(hash.digest('hex'));
});

test('shards do not matter; another seed, another norm and another storage do', async () => {
  const of = async (options: TinyCheckpointOptions, dtype?: StorageDType) =>
    fingerprint(await named(options, dtype));
  const base = await of({ form: 'layer', seed: 1 });
  expect(await of({ form: 'layer', seed: 1, shards: 3 })).toBe(base);
  const others = [
    await of({ form: 'layer', seed: 2 }),
    await of({ form: 'lnfree-2025', seed: 1 }),
    await of({ form: 'layer', seed: 1 }, 'q8'),
  ];
  expect(new Set([base, ...others]).size).toBe(4);
});
