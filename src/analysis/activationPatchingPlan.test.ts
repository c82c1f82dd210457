import { describe, expect, test } from 'vitest';
import { gpt2Config } from '../tensor/params.ts';
import {
  nextBatches,
  type PatchBatch,
  type PatchedSite,
  type PatchPlan,
  patchPlan,
} from './activationPatchingPlan.ts';

const SMALL = gpt2Config(
  { nLayers: 12, nHeads: 12, dModel: 768, nCtx: 1024, dVocab: 50257 },
  { kind: 'linear' },
);
const LAYERS = Array.from({ length: 12 }, (_, layer) => layer);
const POSITION: PatchedSite = { site: 'resid_pre', granularity: 'position', layers: LAYERS };

/** Two prompts that differ from a position on. */
function planOf(site: PatchedSite, pos: number, from: number): PatchPlan {
  const own = Array.from({ length: pos }, (_, i) => i);
  return patchPlan(
    SMALL,
    site,
    own,
    own.map((id, i) => (i < from ? id : id + 1)),
  );
}

function all(plan: PatchPlan, work: number): PatchBatch[] {
  const batches: PatchBatch[] = [];
  let done = 0;
  while (done < plan.cells.length) {
    const next = nextBatches(plan, done, work);
    batches.push(...next);
    done += next.reduce((sum, { cells }) => sum + cells.length, 0);
  }
  return batches;
}

const rowsOf = ({ first, cells }: PatchBatch, pos: number) => cells.length * (pos - first);

describe('batches', () => {
  test.each([
    [POSITION, 64],
    [{ ...POSITION, site: 'k', granularity: 'head-position' }, 64],
    [{ ...POSITION, site: 'z', granularity: 'head' }, 256],
    [POSITION, 1024],
  ] as const)('of %j hold every cell once, in order, and no more than 2048 rows', (site, pos) => {
    const plan = planOf(site, pos, 0);
    for (const work of [0, 5000, Number.POSITIVE_INFINITY]) {
      const batches = all(plan, work);
      expect(batches.flatMap(({ cells }) => cells)).toEqual(plan.cells);
      for (const batch of batches) {
        expect(batch.cells.length === 1 || rowsOf(batch, pos) <= 2048).toBe(true);
        expect(
          batch.cells.every(({ row, first }) => LAYERS[row] === batch.layer && first >= batch.first),
        ).toBe(true);
      }
    }
  });

  test('so little work as none is one run; more is more at once', () => {
    const plan = planOf(POSITION, 64, 0);
    expect(nextBatches(plan, 0, 0)[0]?.cells).toHaveLength(1);
    expect(all(plan, 0)).toHaveLength(plan.cells.length);
    expect(all(plan, Number.POSITIVE_INFINITY).length).toBeLessThan(plan.cells.length / 4);
  });

  test('GPT-2 small, every layer and position: below a third of the rows that whole runs would compute', () => {
    const batches = all(planOf(POSITION, 64, 0), Number.POSITIVE_INFINITY);
    const computed = batches.reduce((sum, batch) => sum + rowsOf(batch, 64) * (12 - batch.layer), 0);
    expect(computed / (12 * 64 * 64 * 12)).toBeLessThan(0.31); // 0.275 without a position more than needed
  });
});

describe('what needs no run', () => {
  const positions = (plan: PatchPlan, layer: number) =>
    plan.cells.filter(({ row }) => row === layer).map(({ index }) => index);

  test('positions before the first that differs, in every layer', () => {
    const plan = planOf(POSITION, 8, 5);
    for (const layer of LAYERS) expect(positions(plan, layer).sort()).toEqual([5, 6, 7]);
  });

  test('at layer 0, what is made of tokens that are the same', () => {
    const own = [1, 2, 3, 4, 5, 6];
    for (const site of ['resid_pre', 'q', 'k', 'v'] as const) {
      const plan = patchPlan(SMALL, { ...POSITION, site }, own, own.with(1, 9).with(4, 9));
      expect(positions(plan, 0).sort()).toEqual([1, 4]);
      expect(positions(plan, 1).sort()).toEqual([1, 2, 3, 4, 5]);
    }
    const plan = patchPlan(SMALL, { ...POSITION, site: 'z' }, own, own.with(1, 9));
    expect(positions(plan, 0).sort()).toEqual([1, 2, 3, 4, 5]);
  });

  test('in the last layer, what the last position does not read', () => {
    for (const site of ['q', 'z', 'attn_out', 'resid_mid', 'mlp_post', 'mlp_out', 'resid_post'] as const)
      expect(positions(planOf({ ...POSITION, site }, 8, 5), 11)).toEqual([7]);
    for (const site of ['resid_pre', 'k', 'v'] as const)
      expect(positions(planOf({ ...POSITION, site }, 8, 5), 11).sort()).toEqual([5, 6, 7]);
  });

  test('heads are replaced from the first position that differs, their runs begin there', () => {
    const plan = planOf({ ...POSITION, site: 'z', granularity: 'head' }, 8, 5);
    for (const { row, rows, first } of plan.cells) {
      expect(first).toBe(row === 11 ? 7 : 5);
      expect(rows).toEqual([first, 8]);
    }
    expect(plan.cells).toHaveLength(144);
  });
});
