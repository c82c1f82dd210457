import { expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { memoryFiles } from '../weights/memory.ts';
import { editsSuite } from './edits.suite.ts';
import { checkEdits } from './edits.ts';

editsSuite(async () => createCpuBackend());

const FINAL = { kind: 'freeze-norm', site: 'ln_final', value: 2 };

test.each([
  ['no list', 'ln_final', /must be a list/],
  ['null', [null], /Edit 1: the kind 'undefined' cannot be applied/],
  [
    'a kind of a later version',
    [FINAL, { kind: 'zero', site: 'blocks.0.attn.hook_z' }],
    /^Edit 2: the kind 'zero' cannot be applied in this version\. It can: \{kind: 'freeze-norm'/,
  ],
  ['no site', [{ kind: 'freeze-norm', value: 2 }], /names no site/],
  ['an unknown path', [{ ...FINAL, site: 'L0.ln1', path: 'k' }], /the path 'k' is unknown/],
  ['zero', [{ ...FINAL, value: 0 }], /a scale of 0 cannot be divided by/],
  ['NaN', [{ ...FINAL, value: Number.NaN }], /a scale of NaN/],
  [
    'a text',
    [{ ...FINAL, value: '2' }],
    /a scale of 2 cannot be divided by\. Give a number above 0, or 'prompt'/,
  ],
])('what is no edit is refused: %s', (_, edits, message) => {
  expect(() => checkEdits(edits)).toThrow(
    expect.objectContaining({ name: 'InputError', message: expect.stringMatching(message) }),
  );
});

test.each([
  [
    'an unknown site',
    { ...FINAL, site: 'blocks.0.attn.hook_z' },
    /There is no norm 'blocks\.0\.attn\.hook_z' in a model of 2 layers/,
  ],
  ['a layer too many', { ...FINAL, site: 'blocks.2.ln1.hook_scale' }, /There is no norm/],
  ['a path of ln2', { ...FINAL, site: 'L1.ln2', path: 'v' }, /blocks\.1\.ln2 has one path/],
  ['a path of ln_final', { ...FINAL, path: 'qk' }, /ln_final has one path/],
])('what does not fit the model is refused: %s', async (_, edit, message) => {
  const model = await loadModel(createCpuBackend(), memoryFiles(TINY_CHECKPOINTS.layer()));
  const error = await model.run([TINY_TOKENS], [], checkEdits([edit])).catch((error: unknown) => error);
  expect(error).toMatchObject({ name: 'InputError', message: expect.stringMatching(message) });
});

test('the mean of one position and a model without LayerNorm are refused', async () => {
  const backend = createCpuBackend();
  const model = await loadModel(backend, memoryFiles(TINY_CHECKPOINTS.layer()));
  await expect(model.run([[3]], [], checkEdits([{ ...FINAL, value: 'prompt' }]))).rejects.toThrow(
    /only position 0/,
  );
  const lnfree = await loadModel(backend, memoryFiles(TINY_CHECKPOINTS.lnfree()));
  await expect(lnfree.run([TINY_TOKENS], [], checkEdits([FINAL]))).rejects.toThrow(/nothing to freeze/);
  await expect(model.run([TINY_TOKENS], ['blocks.0.ln1_v.hook_scale'])).rejects.toThrow(/There is no hook/);
});
