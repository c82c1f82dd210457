/** Attribution and effects of edited runs: sums that still close, and effects that other ways of computing them agree with. */

import { expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { TINY_CHECKPOINTS, TINY_TOKENS } from '../../tools/reference/tiny.ts';
import { must } from '../base/assert.ts';
import { planEdits } from '../model/editPlan.ts';
import type { Edit } from '../model/edits.ts';
import { editHooks } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { attributionPerPosition, perPositionHooks } from './attributionPerPosition.ts';
import { directLogitAttribution, dlaHooks } from './directLogitAttribution.ts';
import { editEffects, editEffectsHooks } from './editEffects.ts';

const FORMS = ['layer', 'lnfree'] as const;
const [TARGET, CONTRAST, POSITION] = [11, 3, 6];

/** Every kind of edit at every kind of site, so that each unit has something outside of its terms. */
const EVERYWHERE: Edit[] = [
  { kind: 'add', site: 'L0.resid_pre', value: 0.3 },
  { kind: 'scale', site: 'L0.z', head: 1, value: -0.5 },
  { kind: 'set', site: 'L0.attn_out', position: 2, value: 0.25 },
  { kind: 'mean', site: 'L0.mlp_out' },
  { kind: 'scale', site: 'L1.resid_pre', position: POSITION, value: 1.5 },
  { kind: 'zero', site: 'L1.pattern', head: 0 },
  { kind: 'set', site: 'L1.z', head: 2, position: POSITION, value: 0.5 },
  { kind: 'add', site: 'L1.attn_out', value: -0.125 },
  { kind: 'set', site: 'L1.mlp_post', neuron: 3, value: 2 },
  { kind: 'from-run', site: 'L1.mlp_out', source: { tokens: [...TINY_TOKENS].reverse() } },
  { kind: 'add', site: 'L1.resid_post', position: POSITION, value: 0.5 },
];

async function withRun<T>(
  model: Model,
  hooks: readonly string[],
  edits: readonly Edit[],
  body: (cache: Awaited<ReturnType<Model['run']>>) => Promise<T>,
): Promise<T> {
  const plan = planEdits(model.config, edits, TINY_TOKENS.length);
  const cache = await model.run([TINY_TOKENS], [...hooks, ...editHooks(plan)], edits);
  try {
    return await body(cache);
  } finally {
    cache.dispose();
  }
}

const OPTIONS = {
  position: POSITION,
  target: [TARGET],
  contrast: [],
  centerUnembed: true,
  valueBias: 'head',
} as const;

export function editedRunsSuite(openBackend: () => Promise<Backend>): void {
  const open = async (form: keyof typeof TINY_CHECKPOINTS) =>
    loadModel(await openBackend(), memoryFiles(TINY_CHECKPOINTS[form]()));

  test.each(FORMS)('terms add up to the logit of an edited run, whatever the unit: %s', async (form) => {
    const model = await open(form);
    for (const unit of ['component', 'head', 'neuron', 'head-source'] as const) {
      const arm = await withRun(model, dlaHooks(model.config, unit), EVERYWHERE, (cache) =>
        directLogitAttribution({ model, cache }, { ...OPTIONS, unit }),
      );
      expect(arm.error, unit).toBeLessThan(arm.tolerance);
      const labels = arm.terms.map(({ label }) => label).filter((label) => label.endsWith(' edit'));
      expect(labels, unit).toContain('L1.resid_pre edit');
      expect(labels.includes('L1.attn_out edit'), unit).toBe(unit !== 'component');
      expect(labels.includes('L1.mlp_out edit'), unit).toBe(unit === 'neuron');
      expect(labels.includes('L1.z edit'), unit).toBe(unit === 'head-source');
    }
    for (const unit of ['head', 'neuron'] as const) {
      const arm = await withRun(model, perPositionHooks(model.config, unit), EVERYWHERE, (cache) =>
        attributionPerPosition(
          { model, cache },
          { targets: 'next', contrasts: [], centerUnembed: true, unit, k: 2 },
        ),
      );
      arm.error.data.forEach((error, p) => {
        expect(error, `${unit} at ${p}`).toBeLessThan(arm.tolerance.data[p] as number);
      });
      expect(arm.terms.edits?.data.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    }
  });

  const effects = (model: Model, edits: readonly Edit[], contrast: readonly number[] = []) =>
    withRun(model, editEffectsHooks(), edits, (cache) =>
      editEffects(
        { model, cache },
        { edits, position: -1, target: [TARGET], contrast, onStep: async () => {} },
      ),
    );

  test.each(FORMS)('zeroing a head directly takes away its attribution: %s', async (form) => {
    const model = await open(form);
    const dla = await withRun(model, dlaHooks(model.config, 'head'), [], (cache) =>
      directLogitAttribution({ model, cache }, { ...OPTIONS, unit: 'head' }),
    );
    for (const layer of [0, 1]) {
      const { base, alone } = await effects(model, [{ kind: 'zero', site: `L${layer}.z`, head: 2 }]);
      const share = must(
        dla.terms.find(({ label }) => label === `L${layer}H2`),
        'no such head',
      ).value;
      expect(alone[0]?.direct).toBeCloseTo(-share, 4);
      expect(base).toBeCloseTo(dla.actual, 4);
    }
  });

  test.each(FORMS)('in all, an edit does what the edited run says: %s', async (form) => {
    const model = await open(form);
    const edits: Edit[] = [
      { kind: 'zero', site: 'L0.mlp_post', neuron: 3 },
      { kind: 'freeze-norm', site: 'L1.ln2', value: 0.5 },
      { kind: 'add', site: 'L1.resid_post', value: Array.from({ length: 15 }, (_, i) => Math.sin(i)) },
    ];
    const logit = async (own: readonly Edit[]) => {
      const applied = own.filter(({ kind }) => form === 'layer' || kind !== 'freeze-norm');
      return withRun(model, ['logits'], applied, async (cache) => {
        const [logits] = await cache.ops.read([cache.get('logits')]);
        const row = POSITION * model.config.dVocab;
        return (logits[row + TARGET] as number) - (logits[row + CONTRAST] as number);
      });
    };
    const applied = edits.filter(({ kind }) => form === 'layer' || kind !== 'freeze-norm');
    const { base, edited, total, alone } = await withRun(model, editEffectsHooks(), applied, (cache) =>
      editEffects(
        { model, cache },
        { edits, position: -1, target: [TARGET], contrast: [CONTRAST], onStep: async () => {} },
      ),
    );
    expect(base).toBeCloseTo(await logit([]), 4);
    expect(edited).toBeCloseTo(await logit(edits), 4);
    expect(total).toBeCloseTo(edited - base, 6);
    for (const [i, edit] of edits.entries()) {
      if (form === 'lnfree' && edit.kind === 'freeze-norm') expect(alone[i]).toBeNull();
      else expect(alone[i]?.total).toBeCloseTo((await logit([edit])) - base, 4);
    }
    if (form === 'layer') expect(alone[1]?.direct).toBeNull();
    // Without a norm the unembedding reads the last stream linearly: nothing but the direct effect is left.
    const last = must(alone[2], 'no effect');
    if (form === 'lnfree') expect(last.direct).toBeCloseTo(last.total, 4);
    else expect(Math.abs((last.direct as number) - last.total)).toBeGreaterThan(1e-3);
  });
}
