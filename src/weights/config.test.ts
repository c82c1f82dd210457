import { expect, test } from 'vitest';
import { loadHostParams } from './convert.ts';
import { config } from './damage.ts';
import { memoryFiles } from './memory.ts';

test('BOS is bos_token_id, else eos_token_id, else null', async () => {
  const bos = async (change: Record<string, unknown>) =>
    (await loadHostParams(memoryFiles(config(change)), { dtype: 'f32' })).config.bosTokenId;
  expect(await bos({ bos_token_id: 3, eos_token_id: 4 })).toBe(3);
  expect(await bos({ bos_token_id: null, eos_token_id: 4 })).toBe(4);
  expect(await bos({ bos_token_id: undefined, eos_token_id: undefined })).toBe(null);
});
