/** Directions fetched from the demo models on the CPU twin: of one token, and of two prompts. */

import { beforeAll, expect, test } from 'vitest';
import { createCpuService } from '../../../tools/cpuService.ts';
import { DEMO } from '../../../tools/demo.ts';
import { InputError } from '../../base/errors.ts';
import { fakeNormless } from '../fakeNormless.suite.ts';
import { initialState } from '../initial.ts';
import { connect } from '../session.ts';
import { getState, setState } from '../store.ts';
import { promptDifference, promptOf, tokenDirection } from './directions.ts';

const service = createCpuService();
beforeAll(async () => {
  setState(initialState(), true);
  await service.start();
  const { normless } = fakeNormless();
  await connect(
    {
      ...normless,
      analyze: (id, request) => service.analyze(id, request),
      run: (request) => service.run(request),
      dispose: async (run) => service.dispose(run),
    },
    [],
  );
}, 60_000);

const length = (vector: readonly number[]) => Math.hypot(...vector);

test('a token’s direction is centred and of the arm’s own, and it is what raises that token most', async () => {
  const [original, lnfree] = [await tokenDirection(673, 'original'), await tokenDirection(673, 'lnfree')];
  expect(original).toHaveLength(DEMO.dModel);
  expect(original.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 3);
  expect(original).not.toEqual(lnfree);
  const pushed = await service.analyze('writes', {
    tokens: [673],
    arms: ['original'],
    part: { direction: original },
    k: 1,
  });
  expect(pushed.arms.original?.up[0]?.id).toBe(673);
});

test('the difference of two prompts is that of their last positions, and none for a prompt and itself', async () => {
  const hook = 'blocks.2.attn.hook_z';
  const prompts = ['Lily was a girl', 'Ben was a boy'] as const;
  const whole = await promptDifference(prompts, hook, 'original', {});
  expect(length(whole)).toBeGreaterThan(0.1);
  const head = await promptDifference(prompts, hook, 'original', { head: 1 });
  const width = whole.length / DEMO.nHeads;
  expect(width).toBe(DEMO.dHead);
  expect(head).toEqual(whole.slice(width, 2 * width));
  const run = await service.run({ text: prompts[0], arms: ['original'], hooks: [hook] });
  const other = await service.run({ text: prompts[1], arms: ['original'], hooks: [hook] });
  const last = (of: typeof run) => of.arms.original?.activations[hook]?.data.at(-1) ?? Number.NaN;
  expect(whole.at(-1)).toBeCloseTo(last(run) - last(other), 6);
  expect(length(await promptDifference([prompts[0], prompts[0]], hook, 'original', {}))).toBe(0);
  const post = 'blocks.1.mlp.hook_post';
  expect(await promptDifference(prompts, post, 'lnfree', { neuron: 3 })).toHaveLength(1);
});

test('attention has no such difference, and a prompt must be there', async () => {
  const pattern = promptDifference(['a', 'b'], 'blocks.0.attn.hook_pattern', 'original', {});
  await expect(pattern).rejects.toThrow(InputError);
  await expect(promptDifference(['a', ''], 'blocks.0.hook_resid_pre', 'original', {})).rejects.toThrow(
    'Type the other prompt',
  );
});

test('prompts are texts with BOS as on the page', () => {
  expect(promptOf('Lily')).toEqual({ text: 'Lily', prependBos: getState().prependBos });
});

test('both prompts are run on the pair that was asked, whichever the page asks meanwhile', async () => {
  const { normless } = fakeNormless();
  const pairs: (string | undefined)[] = [];
  const run: typeof normless.run = async ({ pair }) => {
    pairs.push(pair);
    setState({ pair: 'gpt2-small' });
    const activation = { data: new Float32Array([1, 2]), shape: [1, 2], axes: ['pos', 'd_model'] };
    return { id: 'run', arms: { original: { activations: { hook: activation } } } } as never;
  };
  await connect({ ...normless, run, dispose: async () => {} }, []);
  setState({ pair: 'demo' });
  await promptDifference(['A', 'B'], 'hook', 'original', {});
  expect(pairs).toEqual(['demo', 'demo']);
});
