import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { must } from '../base/assert.ts';
import { flattenParams } from '../tensor/params.ts';
import { openCheckpoint } from './checkpoint.ts';
import { loadHostParams } from './convert.ts';
import { memoryFiles } from './memory.ts';

const FOLDER = ['public/models/demo', '../shared/models/demo'].find((folder) =>
  existsSync(`${folder}/original/config.json`),
);
const ARMS = ['original', 'vanilla', 'lnfree'];

const files = (arm: string) =>
  memoryFiles(
    new Map(
      ['config.json', 'model.safetensors', 'tokenizer.json'].map((name) => [
        name,
        new Uint8Array(readFileSync(`${FOLDER}/${arm}/${name}`)),
      ]),
    ),
  );

async function convert(arm: string, dtype: 'f32' | 'f16') {
  const checkpoint = await openCheckpoint(files(arm));
  const { params } = await loadHostParams(files(arm), { dtype });
  return { checkpoint, tensors: flattenParams(params) };
}

test.skipIf(!FOLDER).each(ARMS)('the demo model %s loads whole and finite', async (arm) => {
  const loaded = await loadHostParams(files(arm), { dtype: 'f16' });
  expect(loaded.nonFinite).toEqual([]);
  expect(loaded.notes).toEqual([]);
  expect(loaded.config.norm).toEqual(arm === 'lnfree' ? { kind: 'linear' } : { kind: 'layer', eps: 1e-5 });
  expect(loaded.config.bosTokenId).toBe(loaded.config.dVocab - 1);
  expect(loaded.params.blocks).toHaveLength(loaded.config.nLayers);
  expect((await openCheckpoint(files(arm))).tokenizerJson).toHaveProperty('model.vocab');
});

test.skipIf(!FOLDER)(
  'every gain of the LN-free demo model is γ/σ, of an order with the ordinary ones',
  async () => {
    const { checkpoint, tensors } = await convert('lnfree', 'f32');
    const gains = [...tensors].filter(([name]) => name.endsWith('.w'));
    expect(gains).toHaveLength(2 * checkpoint.config.nLayers + 1);
    for (const [name, gain] of gains) {
      const median = must([...gain.data].map(Math.abs).sort((a, b) => a - b)[gain.data.length >> 1], name);
      expect.soft(median, name).toBeGreaterThan(0.01);
      expect.soft(median, name).toBeLessThan(100);
    }
  },
);

test.skipIf(!FOLDER).each(ARMS)("f16 storage of %s keeps the file's halves bit for bit", async (arm) => {
  const { checkpoint, tensors } = await convert(arm, 'f16');
  let matrices = 0;
  for (const [name, entry] of checkpoint.tensors) {
    if (entry.dtype !== 'F16') continue;
    const stored = new Uint16Array((await entry.source.read(entry.start, entry.end)).buffer);
    expect(
      Buffer.compare(Buffer.from(must(tensors.get(name), name).data.buffer), Buffer.from(stored.buffer)),
    ).toBe(0);
    matrices++;
  }
  expect(matrices).toBe(2 + 4 * checkpoint.config.nLayers);
});
