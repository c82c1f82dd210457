/** Edits of activations against golden runs, against what they say, and against each other, the same on every backend. */

import { describe, expect, test } from 'vitest';
import { GOLDEN_ARMS, loadGoldenModel, loadModel } from '../../tools/golden.ts';
import { hasShared, readSharedJson } from '../../tools/readShared.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import type { Edit } from './edits.ts';
import type { Model } from './model.ts';

const T = TINY_TOKENS.length;
/** The other prompt: one token differs. */
const OTHER = TINY_TOKENS.map((id, p) => (p === 3 ? 8 : id));

interface GoldenEdit {
  prompt: string;
  edits: Edit[];
  logits: number[];
  ids: number[];
  residPost: number[];
}

async function read(
  model: Model,
  hooks: readonly string[],
  edits: readonly Edit[],
  tokens: readonly number[] = TINY_TOKENS,
): Promise<Float32Array[]> {
  const cache = await model.run([tokens], hooks, edits);
  const values = await cache.ops.read(hooks.map((hook) => cache.get(hook)));
  cache.dispose();
  return values as Float32Array[];
}

async function one(model: Model, hook: string, edits: readonly Edit[], tokens?: readonly number[]) {
  return (await read(model, [hook], edits, tokens))[0] as Float32Array;
}

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a, (value, i) => Math.abs(value - (b[i] as number))).reduce((m, v) => Math.max(m, v), 0);
}

export function siteEditsSuite(openBackend: () => Promise<Backend>): void {
  const tiny = async (form: keyof typeof TINY_CHECKPOINTS = 'layer') =>
    loadModel(await openBackend(), memoryFiles(TINY_CHECKPOINTS[form]()));

  describe.skipIf(!hasShared)('the golden models, edited, against shared/golden', () => {
    test.each(GOLDEN_ARMS)('%s', async (arm) => {
      const model = await loadGoldenModel(await openBackend(), arm);
      const golden = await readSharedJson<Record<string, GoldenEdit[]>>('golden/edits.json');
      const { prompts } = await readSharedJson<{ prompts: Record<string, number[]> }>('golden/prompts.json');
      const last = `blocks.${model.config.nLayers - 1}.hook_resid_post`;
      let worst = 0;
      for (const { prompt, edits, logits, ids, residPost } of golden[arm] ?? []) {
        const tokens = prompts[prompt] as number[];
        const [resid, all] = (await read(model, [last, 'logits'], edits, tokens)) as [
          Float32Array,
          Float32Array,
        ];
        const { dModel, dVocab } = model.config;
        const row = all.subarray((tokens.length - 1) * dVocab);
        const end = resid.subarray((tokens.length - 1) * dModel);
        const scale = Math.max(...logits.map(Math.abs));
        const off =
          largest(
            ids.map((id) => row[id] as number),
            logits,
          ) / scale;
        expect(off, `${prompt} ${JSON.stringify(edits).slice(0, 80)}`).toBeLessThan(1e-3);
        expect(largest(end, residPost) / Math.max(...residPost.map(Math.abs))).toBeLessThan(1e-3);
        worst = Math.max(worst, off);
      }
      expect(golden[arm]).toHaveLength(6);
      console.log(`${arm}: six golden edit lists, largest difference of a logit ${worst.toExponential(1)}`);
      model.park();
    });
  });

  test('an edit changes its place and nothing else of its hook; what it added is recorded', async () => {
    const model = await tiny();
    const { dHead, nHeads } = model.config;
    const hook = 'blocks.1.attn.hook_z';
    const base = await one(model, hook, []);
    const edits: Edit[] = [{ kind: 'add', site: 'L1.z', head: 1, position: -2, value: [1, 2, 3, 4, 5] }];
    const [edited, added] = (await read(model, [hook, `${hook}.edit`], edits)) as [
      Float32Array,
      Float32Array,
    ];
    const first = ((T - 2) * nHeads + 1) * dHead;
    base.forEach((value, i) => {
      const extra = i >= first && i < first + dHead ? i - first + 1 : 0;
      expect(edited[i]).toBe(Math.fround(value + extra));
      expect(added[i]).toBeCloseTo(extra, 6);
    });
  });

  test.each(['layer', 'lnfree'] as const)(
    'copying the same run changes no bit anywhere: %s',
    async (form) => {
      const model = await tiny(form);
      const base = await one(model, 'logits', []);
      for (const site of ['resid_pre', 'q', 'k', 'v', 'z', 'mlp_post', 'resid_mid', 'resid_post']) {
        const edits: Edit[] = [{ kind: 'from-run', site: `L1.${site}`, source: { tokens: TINY_TOKENS } }];
        expect(await one(model, 'logits', edits), site).toEqual(base);
      }
      const size = largest(
        base,
        base.map(() => 0),
      );
      // Where one kernel becomes two, sums are rounded in another order.
      for (const site of ['attn_out', 'mlp_out', 'mlp_pre', 'pattern', 'attn_scores']) {
        const edits: Edit[] = [{ kind: 'from-run', site: `L1.${site}`, source: { tokens: TINY_TOKENS } }];
        expect(largest(await one(model, 'logits', edits), base) / size, site).toBeLessThan(1e-6);
      }
    },
  );

  test('the whole residual stream of another run is that run from there on', async () => {
    const model = await tiny();
    const source = { tokens: OTHER };
    const other = await one(model, 'logits', [], OTHER);
    expect(await one(model, 'logits', [{ kind: 'from-run', site: 'L0.resid_pre', source }])).toEqual(other);
    expect(await one(model, 'logits', [{ kind: 'from-run', site: 'L1.resid_post', source }])).toEqual(other);
    // At layer 0 only the position that differs matters.
    const at = (position: number): Edit[] => [{ kind: 'from-run', site: 'L0.resid_pre', position, source }];
    expect(await one(model, 'logits', at(3))).toEqual(other);
    expect(await one(model, 'logits', at(2))).toEqual(await one(model, 'logits', []));
  });

  test('a knocked-out key is a score of −Infinity, and a row with nothing left attends nothing', async () => {
    const model = await tiny();
    const hooks = ['blocks.0.attn.hook_pattern', 'blocks.0.attn.hook_z'];
    const [live] = (await read(model, hooks, [])) as [Float32Array];
    const knocked: Edit[] = [{ kind: 'knock-out', site: 'L0.pattern', head: 2, query: 5, key: 1 }];
    const [pattern] = (await read(model, hooks, knocked)) as [Float32Array];
    const row = (2 * T + 5) * T;
    const left = 1 - (live[row + 1] as number);
    for (let key = 0; key < T; key++) {
      const expected = key === 1 ? 0 : (live[row + key] as number) / left;
      expect(pattern[row + key]).toBeCloseTo(expected, 6);
    }
    expect(largest(pattern.subarray(0, row), live.subarray(0, row))).toBe(0);

    const all: Edit[] = [{ kind: 'knock-out', site: 'L0.pattern', head: 0 }];
    const [none, z] = (await read(model, hooks, all)) as [Float32Array, Float32Array];
    expect(largest(none.subarray(0, T * T), Array(T * T).fill(0))).toBe(0);
    const { dHead, dModel } = model.config;
    for (let p = 0; p < T; p++)
      expect([...z.subarray(p * dModel, p * dModel + dHead)]).toEqual(Array(dHead).fill(0));
  });

  test('scores set everywhere are an even pattern over what a query may see', async () => {
    const model = await tiny();
    const hooks = ['blocks.1.attn.hook_attn_scores', 'blocks.1.attn.hook_pattern'];
    const edits: Edit[] = [{ kind: 'set', site: 'L1.attn_scores', head: 1, value: 7 }];
    const [scores, pattern] = (await read(model, hooks, edits)) as [Float32Array, Float32Array];
    for (let query = 0; query < T; query++) {
      for (let key = 0; key < T; key++) {
        const i = (T + query) * T + key;
        expect(scores[i]).toBe(key <= query ? 7 : -Infinity);
        expect(pattern[i]).toBeCloseTo(key <= query ? 1 / (query + 1) : 0, 6);
      }
    }
  });

  test('the mean is over all positions of the live activation, or as given', async () => {
    const model = await tiny();
    const { dMlp } = model.config;
    const hook = 'blocks.1.mlp.hook_post';
    const edits: Edit[] = [
      { kind: 'set', site: 'L1.mlp_post', neuron: 4, position: 0, value: 70 },
      { kind: 'mean', site: 'L1.mlp_post', neuron: 4 },
    ];
    const live = await one(model, hook, edits.slice(0, 1));
    const mean = TINY_TOKENS.reduce((sum, _, p) => sum + (live[p * dMlp + 4] as number), 0) / T;
    const held = await one(model, hook, edits);
    TINY_TOKENS.forEach((_, p) => {
      expect(held[p * dMlp + 4]).toBeCloseTo(mean, 5);
      expect(held[p * dMlp + 5]).toBe(live[p * dMlp + 5]);
    });
    const given: Edit[] = [
      { kind: 'mean', site: 'L1.mlp_post', of: Array.from({ length: dMlp }, (_, n) => n) },
    ];
    expect((await one(model, hook, given))[3 * dMlp + 9]).toBe(9);
  });

  test.each(['layer', 'lnfree'] as const)('edits that commute agree in any order: %s', async (form) => {
    const model = await tiny(form);
    const commuting: Edit[] = [
      { kind: 'zero', site: 'L0.z', head: 1 },
      { kind: 'scale', site: 'L0.mlp_post', position: 2, value: 0.5 },
      { kind: 'set', site: 'L0.mlp_post', position: 4, value: 0.25 },
      { kind: 'add', site: 'L1.resid_pre', value: 0.125 },
      { kind: 'knock-out', site: 'L1.pattern', head: 0, query: 4, key: 2 },
      { kind: 'from-run', site: 'L1.mlp_out', position: 3, source: { tokens: OTHER } },
    ];
    const logits = await one(model, 'logits', commuting);
    expect(largest(logits, await one(model, 'logits', []))).toBeGreaterThan(0.01);
    for (let turn = 1; turn < commuting.length; turn++) {
      const order = [...commuting.slice(turn), ...commuting.slice(0, turn)];
      expect(await one(model, 'logits', order)).toEqual(logits);
    }
    expect(await one(model, 'logits', [...commuting].reverse())).toEqual(logits);
  });

  test('a list applies in order, each edit to what the ones before it left', async () => {
    const model = await tiny();
    const at = { site: 'L0.mlp_post', position: 2, neuron: 1 } as const;
    const value = async (edits: Edit[]) =>
      (await one(model, 'blocks.0.mlp.hook_post', edits))[2 * model.config.dMlp + 1];
    const [set, scale]: Edit[] = [
      { kind: 'set', ...at, value: 2 },
      { kind: 'scale', ...at, value: 3 },
    ];
    expect(await value([set as Edit, scale as Edit])).toBe(6);
    expect(await value([scale as Edit, set as Edit])).toBe(2);
  });
}
