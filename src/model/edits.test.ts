import { expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import { memoryFiles } from '../weights/memory.ts';
import { checkEdits } from './checkEdits.ts';
import { editsSuite } from './edits.suite.ts';
import { randomEditsSuite } from './randomEdits.suite.ts';
import { siteEditsSuite } from './siteEdits.suite.ts';

editsSuite(async () => createCpuBackend());
siteEditsSuite(async () => createCpuBackend());
randomEditsSuite(async () => createCpuBackend(), 10_000);

const FINAL = { kind: 'freeze-norm', site: 'ln_final', value: 2 };

test.each([
  ['no list', 'ln_final', /must be a list/],
  ['null', [null], /Edit 1: there is no kind 'undefined'/],
  [
    'an unknown kind',
    [FINAL, { kind: 'erase', site: 'L0.z' }],
    /^Edit 2: there is no kind 'erase'\. There are/,
  ],
  ['a field of another kind', [{ kind: 'zero', site: 'L0.z', value: 3 }], /'zero' has no value/],
  ['half a head', [{ kind: 'zero', site: 'L0.z', head: 0.5 }], /head is 0\.5, but must be a whole number/],
  ['a text for a value', [{ kind: 'set', site: 'L0.z', value: '2' }], /must be a finite number or a list/],
  ['an infinite value', [{ kind: 'add', site: 'L0.z', value: [1, Infinity] }], /must be a finite number/],
  ['no value', [{ kind: 'scale', site: 'L0.z' }], /must be a finite number/],
  ['a mean of nothing', [{ kind: 'mean', site: 'L0.z', of: 'corpus' }], /must be of 'prompt', or a list/],
  ['no source', [{ kind: 'from-run', site: 'L0.z' }], /source must be/],
  ['two sources', [{ kind: 'from-run', site: 'L0.z', source: { text: 'a', tokens: [1] } }], /source must be/],
  ['numbers that overflow', [{ kind: 'scale', site: 'L0.z', value: 1e7 }], /numbers overflow/],
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
  ['a hook that cannot be written', { kind: 'zero', site: 'blocks.0.ln1.hook_normalized' }, /no site/],
  ['a layer beyond', { kind: 'zero', site: 'L2.z' }, /no site 'L2\.z' .* model of 2 layers/],
  ['a head of a stream', { kind: 'zero', site: 'L0.resid_pre', head: 0 }, /hook_resid_pre has no head/],
  ['a neuron of z', { kind: 'zero', site: 'L0.z', neuron: 0 }, /hook_z has no neuron/],
  ['a head too many', { kind: 'zero', site: 'L0.z', head: 3 }, /no head 3: there are 3, counted from 0\./],
  ['a position beyond', { kind: 'zero', site: 'L0.z', position: 7 }, /no position 7.*−1 to −7 from the end/],
  ['position and query', { kind: 'zero', site: 'L0.pattern', position: 1, query: 1 }, /one of the two/],
  ['a mean of patterns', { kind: 'mean', site: 'L0.pattern' }, /has no mean over them/],
  ['a knock-out of z', { kind: 'knock-out', site: 'L0.z' }, /knocked out of a pattern/],
  ['too few values', { kind: 'add', site: 'L0.z', head: 1, value: [1, 2] }, /2 values where .* has 5/],
  ['a list for one number', { kind: 'set', site: 'L0.mlp_pre', neuron: 1, value: [1] }, /holds one number/],
  [
    'a shorter run',
    { kind: 'from-run', site: 'L0.z', source: { tokens: [1, 2] } },
    /run of 2 tokens into one of 7/,
  ],
  ['an id beyond', { kind: 'from-run', site: 'L0.z', source: { tokens: Array(7).fill(37) } }, /Token id 37/],
  ['a source of text', { kind: 'from-run', site: 'L0.z', source: { text: 'a' } }, /token ids only/],
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
