/** Edits as scripts ask for them: on which engine, on which arms, kept apart from the run as it is. */

import { expect, test } from 'vitest';
import { cpuDevice, cpuEngines, createCpuService, diskFiles, NO_HUB, NODE } from '../../tools/cpuService.ts';
import { DEMO, LAST } from '../../tools/demo.ts';
import { UnsupportedError } from '../base/errors.ts';
import type { Edit, EngineId } from './api.ts';
import { REGISTRY } from './registry.ts';
import { EngineService } from './service.ts';

const TEXT = 'Once upon a time';
const FREEZE: Edit = { kind: 'freeze-norm', site: 'L2.ln1', path: 'v', value: 2 };

test('every arm with LayerNorm is edited, the one without runs as it is and the result says so', async () => {
  const service = createCpuService();
  await service.start();
  const request = { text: TEXT, hooks: ['logits'] };
  const before = await service.run(request);
  const run = await service.run({ ...request, edits: [FREEZE] });
  expect(run).toMatchObject({ edits: [FREEZE], unedited: ['lnfree'] });
  expect(run.arms.lnfree).toEqual(before.arms.lnfree);
  for (const arm of ['original', 'vanilla']) expect(run.arms[arm]).not.toEqual(before.arms[arm]);

  const again = await service.run({ ...request, edits: [] });
  expect(again.arms).toEqual(before.arms); // the kept run is the unedited one
  expect(again).not.toHaveProperty('edits');
  await service.dispose(run);
  expect((await service.run({ ...request, edits: [FREEZE] })).arms).toEqual(run.arms);
});

test('a path of its own has hooks of its own, and analyses are of the edited run', async () => {
  const service = createCpuService();
  await service.start();
  const arms = ['original'];
  const hooks = ['blocks.2.ln1.hook_scale', 'blocks.2.ln1_v.hook_scale'];
  const { activations } =
    (await service.run({ text: TEXT, arms, hooks, edits: [FREEZE] })).arms.original ?? {};
  expect([...(activations?.[hooks[1] as string]?.data ?? [])]).toEqual([2, 2, 2, 2, 2]);
  expect(activations?.[hooks[0] as string]?.data[1]).not.toBe(2);
  await expect(service.run({ text: TEXT, arms, hooks })).rejects.toThrow(/no hook blocks\.2\.ln1_v/);

  const final: Edit = { kind: 'freeze-norm', site: 'ln_final', value: 3 };
  const dla = await service.analyze('dla', { text: TEXT, arms, target: ' there', edits: [final] });
  const plain = await service.analyze('dla', { text: TEXT, arms, target: ' there' });
  expect(dla.arms.original?.error).toBeLessThan(dla.arms.original?.tolerance ?? 0);
  expect(dla.arms.original?.actual).not.toBeCloseTo(plain.arms.original?.actual ?? Number.NaN, 2);
});

test('edits go to our kernels where nobody names an engine; ONNX Runtime refuses them', async () => {
  const open = (id: EngineId) => async () => ({ ...cpuDevice(), description: `${id} twin` });
  const service = new EngineService({
    ...cpuEngines(open('wgsl'), open('ort')),
    findAdapter: async () => ({ vendor: 'v', architecture: 'software', description: '', isFallback: true }),
    surroundings: NODE,
    registry: REGISTRY,
    openBundled: (path) => diskFiles(`public/${path}`),
    hub: NO_HUB,
    onStatus: () => {},
  });
  await service.start();
  const request = { text: TEXT, arms: ['original'], hooks: [] };
  expect((await service.run(request)).engine).toBe('ort');
  expect((await service.run({ ...request, edits: [FREEZE] })).engine).toBe('wgsl');
  expect((await service.run(request)).engine).toBe('ort');
  await service.setEngine({ engine: 'ort' });
  expect((await service.run({ ...request, edits: [FREEZE] })).engine).toBe('wgsl');
  await expect(service.run({ ...request, engine: 'ort', edits: [FREEZE] })).rejects.toThrow(UnsupportedError);
});

test('activations are edited on every arm, a copied text is made tokens, and what is wrong is named', async () => {
  const service = createCpuService();
  await service.start();
  const request = { text: 'The boy', hooks: ['logits'] };
  const girl = await service.run({ ...request, text: 'The girl' });
  const copy: Edit = { kind: 'from-run', site: 'L0.resid_pre', source: { text: 'The girl' } };
  const run = await service.run({ ...request, edits: [copy] });
  expect(run.arms).toEqual(girl.arms);
  expect(run).toMatchObject({ edits: [{ source: { tokens: girl.tokens } }], unedited: [] });

  // freeze-norm passes the arm by that has no norm; the other edits do not.
  const zero: Edit = { kind: 'zero', site: 'L0.z', head: 1 };
  const [both, one] = [
    await service.run({ ...request, edits: [FREEZE, zero] }),
    await service.run({ ...request, edits: [zero] }),
  ];
  expect(both.unedited).toEqual([]);
  expect(both.arms.lnfree).toEqual(one.arms.lnfree);
  expect(both.arms.original).not.toEqual(one.arms.original);

  const refused = (edit: object) => service.run({ ...request, edits: [edit as Edit] });
  await expect(refused({ ...copy, source: { text: 'The other girl' } })).rejects.toThrow(
    /^Edit 1: it copies from a run of 4 tokens into one of 3/,
  );
  const { nHeads } = DEMO;
  await expect(refused({ ...zero, head: nHeads })).rejects.toThrow(`no head ${nHeads}: there are ${nHeads}`);
  await expect(service.generate({ text: 'The', edits: [zero] })).rejects.toThrow(/generate cannot be edited/);
});

test('edit-effects names what each edit does, and needs a target', async () => {
  const service = createCpuService();
  await service.start();
  const edits: Edit[] = [{ kind: 'zero', site: `L${LAST}.z` }, FREEZE];
  const request = { text: TEXT, edits, target: ' there', contrast: ' a' };
  const { arms } = await service.analyze('edit-effects', request);
  for (const arm of ['original', 'vanilla', 'lnfree']) {
    const { base, edited, total, alone } = arms[arm] ?? expect.fail(`no ${arm}`);
    expect(total).toBeCloseTo(edited - base, 5);
    expect(alone[0]?.direct).not.toBe(0);
    expect(alone[1]?.direct ?? null).toBeNull();
    if (arm === 'lnfree') expect(alone[1]).toBeNull();
  }
  const { target: _, ...without } = request;
  await expect(service.analyze('edit-effects', without as typeof request)).rejects.toThrow(/needs a target/);
});

test('norm-surgery edits by itself: its parameters are checked, it stops when aborted, and LN-free has one step', async () => {
  const service = createCpuService();
  await service.start();
  const request = { text: TEXT, by: 'kind' as const };
  const refused = (more: object) =>
    service.analyze('norm-surgery', { ...request, ...more } as typeof request);
  await expect(refused({ value: -1 })).rejects.toThrow(/value must be 'prompt', a number above 0/);
  await expect(refused({ value: { ln_final: 0 } })).rejects.toThrow(/value must be 'prompt'/);
  await expect(refused({ by: 'order' })).rejects.toThrow(/by is 'order'/);
  await expect(refused({ edits: [FREEZE] })).rejects.toThrow(/norm-surgery cannot be edited/);
  await expect(refused({ engine: 'ort' })).rejects.toThrow(UnsupportedError);

  const stop = new AbortController();
  const phases: string[] = [];
  const onProgress = ({ done, unit, phase }: { done: number; unit: string; phase: string }) => {
    if (unit === 'steps') phases.push(`${phase} ${done}`);
    if (unit === 'steps' && done === 2) stop.abort(new Error('enough'));
  };
  await expect(refused({ onProgress, signal: stop.signal })).rejects.toThrow('enough');
  expect(phases).toEqual([0, 1, 2].map((done) => `removing LayerNorm of original ${done}`));

  const { arms } = await service.analyze('norm-surgery', { ...request, arms: ['original', 'lnfree'] });
  expect(arms.original?.steps.map(({ label }) => label)).toEqual([
    ...['untouched', 'all MLPs', 'all query/key', 'all values', 'final'],
  ]);
  expect(arms.lnfree?.steps.map(({ label }) => label)).toEqual(['untouched']);
});
