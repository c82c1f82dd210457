/** Surgery against a plain float64 forward pass that divides by the same numbers, the same on every backend. */

import { expect, test } from 'vitest';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { OpsModel } from '../model/opsModel.ts';
import { plainLogits } from '../model/plainForward.suite.ts';
import type { Backend } from '../tensor/ops.ts';
import { loadHostParams } from '../weights/convert.ts';
import { memoryFiles } from '../weights/memory.ts';
import { type NormSurgeryOptions, normSurgery, paperOrder } from './normSurgery.ts';

const DEFAULTS: NormSurgeryOptions = {
  sites: 'paper',
  by: 'cumulative',
  value: 'prompt',
  piece: (id) => `#${id}`,
  onStep: async () => {},
};

async function tiny(backend: Backend, form: keyof typeof TINY_CHECKPOINTS = 'layer') {
  const { config, params } = await loadHostParams(memoryFiles(TINY_CHECKPOINTS[form]()), { dtype: 'f32' });
  return { config, params, model: OpsModel.fromHost(backend, config, params) };
}

async function ask(model: OpsModel, options: Partial<NormSurgeryOptions>, tokens = TINY_TOKENS) {
  const cache = await model.run([tokens], ['ln_final.hook_normalized']);
  return normSurgery({ model, cache }, { ...DEFAULTS, ...options }).finally(() => cache.dispose());
}

/** Loss, entropy and KL of logits from others, means over the prompt. */
function measured(logits: number[][], untouched: number[][]) {
  const logProbs = (row: number[]) => {
    const max = Math.max(...row);
    const lse = max + Math.log(row.reduce((sum, x) => sum + Math.exp(x - max), 0));
    return row.map((x) => x - lse);
  };
  const mean = (values: number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
  const q = logits.map(logProbs);
  const p = untouched.map(logProbs);
  const expected = (row: number[], of: (i: number) => number) =>
    row.reduce((sum, x, i) => sum + Math.exp(x) * of(i), 0);
  const at = (rows: number[][], position: number, i: number) => (rows[position] as number[])[i] as number;
  return {
    loss: mean(TINY_TOKENS.slice(1).map((id, position) => -at(q, position, id))),
    entropy: mean(q.map((row) => -expected(row, (i) => row[i] as number))),
    kl: mean(p.map((row, position) => expected(row, (i) => (row[i] as number) - at(q, position, i)))),
    top: (q.at(-1) as number[]).indexOf(Math.max(...(q.at(-1) as number[]))),
  };
}

export function normSurgerySuite(openBackend: () => Promise<Backend>): void {
  test('the paper’s order step by step, by the mean of what is left', async () => {
    const { model, config, params } = await tiny(await openBackend());
    const { steps, norm } = await ask(model, {});
    expect(norm).toBe('layer');
    expect(steps.map(({ label }) => label)).toEqual([
      'untouched',
      'L0 MLP',
      'L1 MLP',
      'L0 query/key',
      'L1 query/key',
      'L0 value',
      'L1 value',
      'final',
    ]);
    const frozen = new Set<string>();
    const name = ({ site, path = '' }: { site: string; path?: string }) => `${site} ${path}`;
    let untouched: number[][] | null = null;
    for (const step of steps) {
      for (const site of step.frozen) frozen.add(name(site));
      const means = new Map<string, number>();
      const logits = plainLogits(config, params, TINY_TOKENS, ({ norm: site, path }, live) => {
        const key = name({ site, path });
        const mean = live.slice(1).reduce((sum, sigma) => sum + sigma, 0) / (live.length - 1);
        means.set(key, mean);
        return frozen.has(key) ? live.map(() => mean) : live;
      });
      untouched ??= logits;
      const expected = measured(logits, untouched);
      expect(step.loss, step.label).toBeCloseTo(expected.loss, 3);
      expect(step.entropy, step.label).toBeCloseTo(expected.entropy, 3);
      expect(step.kl, step.label).toBeCloseTo(expected.kl, 3);
      expect(step.top).toMatchObject({ id: expected.top, piece: `#${expected.top}` });
      for (const site of step.frozen) expect(site.sigma).toBeCloseTo(means.get(name(site)) ?? Number.NaN, 4);
    }
    expect(frozen.size).toBe(7);
    expect(steps.at(-1)?.kl).toBeGreaterThan(1e-3);
    model.park();
  });

  test.each(['single', 'kind'] as const)('%s: every step by itself, by a number', async (by) => {
    const { model, config, params } = await tiny(await openBackend(), 'untied');
    const { steps } = await ask(model, { by, value: 0.5 });
    const order = paperOrder(config);
    expect(steps.slice(1).map(({ frozen }) => frozen.length)).toEqual(
      by === 'kind' ? [2, 2, 2, 1] : Array(7).fill(1),
    );
    expect(steps.flatMap(({ frozen }) => frozen)).toEqual(order.map((site) => ({ ...site, sigma: 0.5 })));
    const untouched = plainLogits(config, params, TINY_TOKENS, (_, live) => live);
    for (const step of steps) {
      const logits = plainLogits(config, params, TINY_TOKENS, ({ norm, path }, live) =>
        step.frozen.some((one) => one.site === norm && one.path === path) ? live.map(() => 0.5) : live,
      );
      const expected = measured(logits, untouched);
      expect(step.loss, step.label).toBeCloseTo(expected.loss, 3);
      expect(step.kl, step.label).toBeCloseTo(expected.kl, 3);
    }
    model.park();
  });

  test('named sites with a scale each; an LN-free model has only itself', async () => {
    const backend = await openBackend();
    const { model } = await tiny(backend);
    const value = { 'L0.ln1': 0.4, ln_final: 3 };
    const { steps } = await ask(model, { sites: [{ site: 'ln_final' }, { site: 'L0.ln1' }], value });
    expect(steps.slice(1).map(({ label, frozen }) => [label, frozen[0]?.sigma])).toEqual([
      ['final', 3],
      ['L0 query/key', expect.closeTo(0.4, 6)],
      ['L0 value', expect.closeTo(0.4, 6)],
    ]);
    const free = await ask((await tiny(backend, 'lnfree')).model, {});
    expect(free).toMatchObject({ norm: 'linear', steps: [{ label: 'untouched', kl: 0 }] });
    const one = await ask(model, { value: 1, by: 'kind' }, TINY_TOKENS.slice(0, 1));
    expect(one.steps.map(({ loss }) => loss)).toEqual(Array(5).fill(null));
  });

  test('progress by step, and what cannot be done is refused', async () => {
    const { model } = await tiny(await openBackend());
    const told: string[] = [];
    await ask(model, { by: 'kind', onStep: async (done, total) => void told.push(`${done}/${total}`) });
    expect(told).toEqual(['0/4', '1/4', '2/4', '3/4', '4/4']);
    const stop = new Error('stopped');
    const stopping = async (done: number) => {
      if (done === 2) throw stop;
    };
    await expect(ask(model, { onStep: stopping })).rejects.toBe(stop);
    await expect(ask(model, { sites: [] })).rejects.toThrow(/sites must be 'paper' or a list/);
    await expect(ask(model, { sites: [{ site: 'L2.ln1' }] })).rejects.toThrow(
      /no norm .*L2\.ln1.* of 2 layers/,
    );
    await expect(ask(model, { sites: [{ site: 'L0.ln2', path: 'v' }] })).rejects.toThrow(/no norm/);
    await expect(ask(model, { value: { ln_final: 2 } })).rejects.toThrow(/no scale for blocks\.0\.ln2/);
    await expect(ask(model, {}, TINY_TOKENS.slice(0, 1))).rejects.toThrow(/only position 0/);
  });
}
