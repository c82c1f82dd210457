/** Frozen norms against a plain float64 forward pass that divides by the same numbers, the same on every backend. */

import { describe, expect, test } from 'vitest';
import { goldenFiles } from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import type { Backend } from '../tensor/ops.ts';
import type { HostTensor } from '../tensor/tensor.ts';
import { loadHostParams } from '../weights/convert.ts';
import { memoryFiles } from '../weights/memory.ts';
import type { Edit } from './edits.ts';
import { OpsModel } from './opsModel.ts';
import { plainLogits, type ScalesOf } from './plainForward.suite.ts';

const T = TINY_TOKENS.length;

async function tiny(backend: Backend, form: keyof typeof TINY_CHECKPOINTS) {
  const { config, params } = await loadHostParams(memoryFiles(TINY_CHECKPOINTS[form]()), { dtype: 'f32' });
  return { config, params, model: OpsModel.fromHost(backend, config, params) };
}

async function logitsOf(
  model: OpsModel,
  edits: readonly Edit[],
  tokens: readonly number[] = TINY_TOKENS,
): Promise<Float32Array> {
  const cache = await model.run([tokens], ['logits'], edits);
  const [logits] = await cache.ops.read([cache.get('logits')]);
  cache.dispose();
  return logits;
}

/** Every norm divides by its own σ, except where `fixed` has a number or takes the mean. */
const scales =
  (fixed: Record<string, number | 'prompt'>): ScalesOf =>
  ({ norm, path }, live) => {
    const value = fixed[path ? `${norm} ${path}` : norm];
    if (value === undefined) return live;
    const mean = live.slice(1).reduce((sum, sigma) => sum + sigma, 0) / (live.length - 1);
    return live.map(() => (value === 'prompt' ? mean : value));
  };

const freeze = (site: string, value: number | 'prompt', path?: 'qk' | 'v'): Edit => ({
  kind: 'freeze-norm',
  site,
  value,
  ...(path && { path }),
});

/** Each kind of site by itself, paths apart and together, several at once, and 'prompt' after others. */
const CASES: [name: string, edits: Edit[], fixed: Record<string, number | 'prompt'>][] = [
  ['nothing', [], {}],
  ['an MLP', [freeze('blocks.1.ln2.hook_scale', 0.3)], { 'blocks.1.ln2': 0.3 }],
  ['the last norm', [freeze('ln_final', 2.5)], { ln_final: 2.5 }],
  ['queries and keys', [freeze('L1.ln1', 0.2, 'qk')], { 'blocks.1.ln1 qk': 0.2 }],
  ['values', [freeze('blocks.0.ln1', 0.4, 'v')], { 'blocks.0.ln1 v': 0.4 }],
  ['both paths', [freeze('blocks.0.ln1', 0.4)], { 'blocks.0.ln1 qk': 0.4, 'blocks.0.ln1 v': 0.4 }],
  [
    'both paths, by two numbers',
    [freeze('blocks.1.ln1', 0.4, 'qk'), freeze('blocks.1.ln1', 1.5, 'v')],
    { 'blocks.1.ln1 qk': 0.4, 'blocks.1.ln1 v': 1.5 },
  ],
  ['an MLP by the mean', [freeze('blocks.0.ln2', 'prompt')], { 'blocks.0.ln2': 'prompt' }],
  ['queries and keys by the mean', [freeze('blocks.1.ln1', 'prompt', 'qk')], { 'blocks.1.ln1 qk': 'prompt' }],
  ['values by the mean', [freeze('blocks.1.ln1', 'prompt', 'v')], { 'blocks.1.ln1 v': 'prompt' }],
  [
    'everything by the mean of what is left',
    ['ln_final', 'L0.ln1', 'L0.ln2', 'L1.ln1', 'L1.ln2'].map((site) => freeze(site, 'prompt')),
    Object.fromEntries(
      [
        'ln_final',
        ...[0, 1].flatMap((l) => ['ln1 qk', 'ln1 v', 'ln2'].map((norm) => `blocks.${l}.${norm}`)),
      ].map((norm) => [norm, 'prompt']),
    ),
  ],
  [
    'the last of two edits of a site; the mean of a frozen norm is itself',
    [freeze('L0.ln1', 'prompt'), freeze('L0.ln1', 0.7, 'v'), freeze('L0.ln1', 'prompt')],
    { 'blocks.0.ln1 qk': 'prompt', 'blocks.0.ln1 v': 0.7 },
  ],
];

export function editsSuite(openBackend: () => Promise<Backend>): void {
  describe.each(['layer', 'untied'] as const)('freezing norms of the committed model %s', (form) => {
    test('is a forward pass that divides by those numbers, for every kind of site', async () => {
      const { model, config, params } = await tiny(await openBackend(), form);
      const untouched = await logitsOf(model, []);
      for (const [name, edits, fixed] of CASES) {
        const expected = plainLogits(config, params, TINY_TOKENS, scales(fixed)).flat();
        const logits = await logitsOf(model, edits);
        const off = Math.max(...expected.map((value, i) => Math.abs(value - (logits[i] as number))));
        expect(off, name).toBeLessThan(1e-4);
        const moved = Math.max(...untouched.map((value, i) => Math.abs(value - (logits[i] as number))));
        if (edits.length > 0) expect(moved, `${name} changes something`).toBeGreaterThan(1e-2);
      }
      model.park();
    });
  });

  test.skipIf(!hasShared)('the golden original on a real prompt, all kinds at once, to 1e-3', async () => {
    const { config, params } = await loadHostParams(await goldenFiles('original'), { dtype: 'f32' });
    const model = OpsModel.fromHost(await openBackend(), config, params);
    const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
    const tokens = (prompts.give ?? []).slice(0, 8);
    expect(tokens).toHaveLength(8);
    const edits = [
      freeze('L1.ln2', 'prompt'),
      freeze('L2.ln1', 1.9, 'qk'),
      freeze('L3.ln1', 'prompt', 'v'),
      freeze('L4.ln1', 'prompt'),
      freeze('ln_final', 2.2),
    ];
    const fixed = {
      'blocks.1.ln2': 'prompt',
      'blocks.2.ln1 qk': 1.9,
      'blocks.3.ln1 v': 'prompt',
      'blocks.4.ln1 qk': 'prompt',
      'blocks.4.ln1 v': 'prompt',
      ln_final: 2.2,
    } as const;
    const expected = plainLogits(config, params, tokens, scales(fixed)).flat();
    const logits = await logitsOf(model, edits, tokens);
    const off = Math.max(...tokens.map((_, p) => furthest(expected, logits, p, config.dVocab)));
    expect(off).toBeLessThan(1e-3);
    console.log(`golden original, five norms frozen: largest difference of a logit ${off.toExponential(1)}`);
    model.park();
  });

  test('no edits give the very same bits', async () => {
    const { model } = await tiny(await openBackend(), 'layer');
    const cache = await model.run([TINY_TOKENS], ['logits']);
    expect(await logitsOf(model, [])).toEqual((await cache.ops.read([cache.get('logits')]))[0]);
  });

  test('hook_scale is what was divided by, and ln1_v has hooks where the paths differ', async () => {
    const { model, params } = await tiny(await openBackend(), 'layer');
    const read = async (hooks: string[], edits: Edit[]) => {
      const cache = await model.run([TINY_TOKENS], hooks, edits);
      const values = await cache.ops.read(hooks.map((hook) => cache.get(hook)));
      cache.dispose();
      return values as Float32Array[];
    };
    const hooks = ['blocks.1.ln1.hook_scale', 'blocks.1.ln1_v.hook_scale'];
    const [live = []] = await read(hooks.slice(0, 1), []);
    const [qk, v] = await read(hooks, [freeze('L1.ln1', 'prompt', 'qk')]);
    const mean = [...live].slice(1).reduce((sum, sigma) => sum + sigma, 0) / (T - 1);
    for (const sigma of qk as Float32Array) expect(sigma).toBeCloseTo(mean, 6);
    [...(v as Float32Array)].forEach((sigma, p) => {
      expect(sigma).toBeCloseTo(live[p] as number, 6);
    });
    const [typed] = await read(['ln_final.hook_scale'], [freeze('ln_final', 3)]);
    expect([...(typed as Float32Array)]).toEqual(Array(T).fill(3));

    // hook_normalized is the whole output, by the number divided by: (x − mean)/σ ⊙ w + b
    const d = model.config.dModel;
    const both = ['blocks.1.hook_resid_mid', 'blocks.1.ln2.hook_normalized', 'blocks.1.ln2.hook_scale'];
    const [x, y, scale] = await read(both, [freeze('L1.ln2', 0.25)]);
    expect((scale as Float32Array)[2]).toBe(0.25);
    const row = [...(x as Float32Array)].slice(2 * d, 3 * d);
    const center = row.reduce((sum, value) => sum + value, 0) / d;
    const { w, b } = (params.blocks[1] as (typeof params.blocks)[number]).ln2;
    row.forEach((value, i) => {
      const expected = ((value - center) / 0.25) * valueAt(w, i) + valueAt(b, i);
      expect((y as Float32Array)[2 * d + i]).toBeCloseTo(expected, 3);
    });
  });
}

/** The largest difference within a row of logits. */
function furthest(expected: readonly number[], actual: Float32Array, row: number, width: number): number {
  let most = 0;
  for (let i = row * width; i < (row + 1) * width; i++)
    most = Math.max(most, Math.abs((expected[i] as number) - (actual[i] as number)));
  return most;
}

function valueAt({ data }: HostTensor, i: number): number {
  return data[i] as number;
}
