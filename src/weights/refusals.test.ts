import { expect, test } from 'vitest';
import { LoadError } from '../base/errors.ts';
import { BAD_CONFIGS, ODD_CONFIGS } from './badConfig.ts';
import { BAD_WEIGHTS, ODD_WEIGHTS } from './badWeights.ts';
import { loadHostParams } from './convert.ts';
import { memoryFiles } from './memory.ts';
import { makeTinyCheckpoint } from './testing.ts';

const REMEDY = /\b(Download|Check|Pick|Use|Keep|Save|Get|Export|Load)\b[^.]*( .*)?\.$/;

test.each([...BAD_WEIGHTS, ...BAD_CONFIGS])('%s is refused, saying what to do', async (_, make, message) => {
  const loading = loadHostParams(memoryFiles(make()), { dtype: 'f32' });
  await expect(loading).rejects.toBeInstanceOf(LoadError);
  await expect(loading).rejects.toThrow(message);
  await expect(loading).rejects.toThrow(REMEDY);
});

test.each([...ODD_WEIGHTS, ...ODD_CONFIGS])(
  '%s: loads as the plain checkpoint does',
  async (_, make, notes) => {
    const plain = await loadHostParams(memoryFiles(makeTinyCheckpoint()), { dtype: 'f32' });
    const odd = await loadHostParams(memoryFiles(make()), { dtype: 'f32' });
    expect(odd.params).toEqual(plain.params);
    expect(odd.config).toEqual(plain.config);
    expect(odd.notes.join(' ')).toMatch(notes);
  },
);
