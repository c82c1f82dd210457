/** The backward pass on every backend: what gradients say of each other, and on a device, that the CPU twin has the same. */

import { describe, expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { createCpuBackend } from '../tensor/cpuOps.ts';
import type { Backend } from '../tensor/ops.ts';
import type { StorageDType } from '../tensor/params.ts';
import { memoryFiles } from '../weights/memory.ts';
import { gradientsOf } from './backward.ts';
import { EDITS, type Form, LOGITS, METRICS, OTHER, T } from './backwardCases.suite.ts';
import type { Edit } from './edits.ts';
import { allHooks } from './hooks.ts';
import type { Metric } from './metric.ts';
import type { Model } from './model.ts';

/** Of a hook's largest gradient. */
const TOLERANCE = 1e-4;

/** Gradients of the tiny prompt, as many arrays as hooks. */
export async function readGradients(
  model: Model,
  metric: Metric,
  hooks: readonly string[],
  edits: readonly Edit[] = [],
  prompts: readonly (readonly number[])[] = [TINY_TOKENS],
): Promise<Float32Array[]> {
  const gradients = await gradientsOf(model, prompts, metric, hooks, edits);
  const values = await gradients.ops.read(hooks.map((hook) => gradients.get(hook)));
  gradients.dispose();
  return values as Float32Array[];
}

/** A tiny model of the committed weights. */
export async function tiny(backend: Backend, form: Form, dtype: StorageDType = 'f32'): Promise<Model> {
  return loadModel(backend, memoryFiles(TINY_CHECKPOINTS[form]()), dtype);
}

/** max |a − b| ÷ max |a|; anything not finite is infinitely far. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const largest = Array.from(a).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const apart = Array.from(a, (x, i) => Math.abs(x - (b[i] as number))).reduce((m, x) => Math.max(m, x), 0);
  return apart === 0 ? 0 : Number.isFinite(apart) ? apart / largest : Number.POSITIVE_INFINITY;
}

/** Every hook that has a gradient. */
function derivable(model: Model): string[] {
  const hooks = allHooks(model.config, T).map(({ name }) => name);
  return model.config.norm.kind === 'layer' ? hooks : hooks.filter((name) => !name.endsWith('hook_scale'));
}

interface TwinCase {
  name: string;
  form: Form;
  metric: Metric;
  edits?: Edit[];
  /** Default f32, whole. */
  dtype?: StorageDType;
  bindingBytes?: number;
}

const LOG_PROB = METRICS['a log-probability'] as Metric;

const TWIN_CASES: TwinCase[] = [
  ...Object.entries(METRICS).map(([name, metric]): TwinCase => ({ name, form: 'untied', metric })),
  { name: 'without LayerNorm', form: 'lnfree', metric: LOGITS },
  ...Object.entries(EDITS)
    .filter(([, edits]) => !edits.some(({ kind }) => kind === 'freeze-norm'))
    .map(([name, edits]): TwinCase => ({ name, form: 'layer', metric: LOGITS, edits })),
  // 1100 bytes cut every matrix, the unembedding among them.
  ...(['f32', 'f16', 'q8'] as const).map((dtype): TwinCase => {
    return { name: `${dtype}, in parts`, form: 'untied', metric: LOG_PROB, dtype, bindingBytes: 1100 };
  }),
];

/** For backends other than the twin; `backendOf` opens one whose parts of a parameter are no larger than this. */
export function backwardTwinSuite(backendOf: (bindingBytes: number) => Promise<Backend>): void {
  test.each(TWIN_CASES)('$form, $name: every gradient as the CPU twin has it', async (asked) => {
    const { form, metric, edits = [], dtype = 'f32', bindingBytes = Infinity } = asked;
    const model = await tiny(await backendOf(bindingBytes), form, dtype);
    const hooks = derivable(model);
    const expected = await readGradients(await tiny(createCpuBackend(), form, dtype), metric, hooks, edits);
    const actual = await readGradients(model, metric, hooks, edits);
    const first = hooks.findLast(
      (_, i) => !(distance(expected[i] as Float32Array, actual[i] as Float32Array) < TOLERANCE),
    );
    expect(first).toBeUndefined();
    model.park();
  });
}

export function backwardSuite(openBackend: () => Promise<Backend>): void {
  describe('gradients', () => {
    test('what is added up has the gradient of the sum', async () => {
      const model = await tiny(await openBackend(), 'layer');
      const sums = ['blocks.0.hook_resid_pre', 'blocks.1.hook_attn_out'];
      const hooks = [...sums, 'hook_embed', 'hook_pos_embed', 'blocks.1.attn.hook_result'];
      const [start, attnOut, embed, posEmbed, results] = (await readGradients(model, LOGITS, hooks)) as [
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      expect(embed).toEqual(start);
      expect(posEmbed).toEqual(start);
      const { nHeads, dModel } = model.config;
      const everyHead = results.map(
        (_, i) => attnOut[Math.floor(i / (nHeads * dModel)) * dModel + (i % dModel)] as number,
      );
      expect(results).toEqual(everyHead);
      model.park();
    });

    test('a log-probability by the logits is [a target]/targets − p, 0 at other positions', async () => {
      const model = await tiny(await openBackend(), 'layer');
      const [gradient] = await readGradients(model, METRICS['a log-probability'] as Metric, ['logits']);
      const cache = await model.run([TINY_TOKENS], ['logits']);
      const [logits] = await cache.ops.read([cache.get('logits')]);
      cache.dispose();
      const n = model.config.dVocab;
      const row = Array.from(logits.slice((T - 1) * n), Math.exp);
      const total = row.reduce((sum, x) => sum + x, 0);
      const expected = new Float32Array(T * n);
      row.forEach((x, id) => {
        expected[(T - 1) * n + id] = (id === 5 || id === 17 ? 0.5 : 0) - x / total;
      });
      expect(distance(expected, gradient as Float32Array)).toBeLessThan(TOLERANCE);
      model.park();
    });

    test('each entry of a batch has the gradients that it has alone', async () => {
      const model = await tiny(await openBackend(), 'layer');
      const hooks = derivable(model);
      const metric = METRICS['a divergence'] as Metric;
      const both = await readGradients(model, metric, hooks, [], [TINY_TOKENS, OTHER]);
      const first = await readGradients(model, metric, hooks);
      const second = await readGradients(model, metric, hooks, [], [OTHER]);
      hooks.forEach((hook, i) => {
        const alone = [first, second].flatMap((values) => Array.from(values[i] as Float32Array));
        expect(distance(alone, both[i] as Float32Array), hook).toBeLessThan(TOLERANCE);
      });
      model.park();
    });

    test('what is asked for alone is what it is among all', async () => {
      const model = await tiny(await openBackend(), 'layer');
      const hooks = ['blocks.1.attn.hook_z', 'ln_final.hook_scale'];
      const among = await readGradients(model, LOGITS, [...hooks, 'hook_embed']);
      for (const [i, hook] of hooks.entries())
        expect((await readGradients(model, LOGITS, [hook]))[0], hook).toEqual(among[i]);
      model.park();
    });

    test("a norm frozen at the prompt's mean is one frozen at that number", async () => {
      const model = await tiny(await openBackend(), 'layer');
      const site = 'blocks.1.ln2.hook_scale';
      const cache = await model.run([TINY_TOKENS], [site]);
      const [scale] = await cache.ops.read([cache.get(site)]);
      cache.dispose();
      const mean = scale.slice(1).reduce((sum, x) => sum + x, 0) / (T - 1);
      const hooks = ['hook_embed', 'blocks.1.hook_resid_mid'];
      const byPrompt = await readGradients(model, LOGITS, hooks, [
        { kind: 'freeze-norm', site, value: 'prompt' },
      ]);
      const byNumber = await readGradients(model, LOGITS, hooks, [
        { kind: 'freeze-norm', site, value: mean },
      ]);
      hooks.forEach((hook, i) => {
        expect(distance(byNumber[i] as Float32Array, byPrompt[i] as Float32Array), hook).toBeLessThan(
          TOLERANCE,
        );
      });
      model.park();
    });
  });
}
