/** Rows of logits made of the final norm are those that a run records, the same on every backend and at odd sizes. */

import { describe, expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { maxDifference, TINY_PROMPT } from '../../tools/tinyModel.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import type { StorageDType } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint, type TinyCheckpointOptions } from '../weights/testing.ts';
import type { ArmRun } from './armRun.ts';
import { predictionsOf } from './predictions.ts';
import { actualValue } from './readout.ts';
import { withScratch } from './scratch.ts';
import { tokenStatsOf } from './tokenStats.ts';
import { BLOCK_BYTES, logitsRows, readInBlocks } from './unembed.ts';

const ODD: TinyCheckpointOptions = { form: 'lnfree-2025', tied: false, dModel: 18, nHeads: 3, dVocab: 37 };

const MODELS: readonly [string, TinyCheckpointOptions, StorageDType][] = [
  ['with LN, tied, f32', { form: 'layer', seed: 1, dVocab: 29 }, 'f32'],
  ['LN-free, untied, d_model no multiple of 4, f16', ODD, 'f16'],
  ['LN-free, d_model no multiple of 4, 8-bit', { ...ODD, tied: true }, 'q8'],
];

export function unembedSuite(openBackend: () => Promise<Backend>): void {
  const load = async (options: TinyCheckpointOptions, dtype: StorageDType) =>
    loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint(options)), dtype);
  const runOf = async (model: Model, hooks: readonly string[]): Promise<ArmRun> => ({
    model,
    cache: await model.run([TINY_PROMPT], hooks),
  });

  describe.each(MODELS)('%s', (_, options, dtype) => {
    test('blocks of rows, one row and single logits equal the recorded logits', async () => {
      const model = await load(options, dtype);
      const { dVocab } = model.config;
      const recorded = await runOf(model, ['logits']);
      const unembedded = await runOf(model, ['ln_final.hook_normalized']);
      const [logits] = await recorded.cache.ops.read([recorded.cache.get('logits')]);

      const positions = [...TINY_PROMPT.keys()];
      const blocks: number[][] = [];
      const made: Tensor[] = [];
      for (const run of [recorded, unembedded]) {
        const [rows, mean] = await withScratch(model, 'blocks', (ops) =>
          readInBlocks(ops, positions, BLOCK_BYTES / 3, (some) => {
            blocks.push([...some]);
            const block = logitsRows(run, ops, some);
            made.push(ops.add(block, block));
            return [block, ops.mean(block)];
          }),
        );
        expect(maxDifference(rows as Float32Array, logits)).toBeLessThan(1e-6);
        expect(mean).toHaveLength(positions.length);
      }
      const expected = [
        [0, 1, 2],
        [3, 4, 5],
        [6, 7],
      ];
      expect(blocks).toEqual([...expected, ...expected]);
      await withScratch(model, 'released', async (ops) => {
        for (const tensor of made) expect(() => ops.add(tensor, tensor)).toThrow('release');
      });

      for (const position of positions) {
        const row = logits.subarray(position * dVocab, (position + 1) * dVocab);
        const mean = row.reduce((sum, x) => sum + x, 0) / dVocab;
        const [one, two, three] = [row[3], row[dVocab - 1], row[17]] as [number, number, number];
        const actual = (...args: [number[], number[], boolean]) => actualValue(unembedded, position, ...args);
        expect(
          Math.abs((await actual([3, dVocab - 1], [17], true)) - ((one + two) / 2 - three)),
        ).toBeLessThan(1e-5);
        expect(Math.abs((await actual([17], [], true)) - (three - mean))).toBeLessThan(1e-5);
        expect(Math.abs((await actual([17], [], false)) - three)).toBeLessThan(1e-6);
      }
      model.park();
    });
  });

  test('predictions and token stats of two arms are the same from either source', async () => {
    const models = await Promise.all([1, 2].map((seed) => load({ form: 'layer', seed, dVocab: 31 }, 'f32')));
    const ask = async (hook: string) => {
      const runs = await Promise.all(models.map((model) => runOf(model, [hook])));
      const { arms, between } = await tokenStatsOf(runs);
      const options = { position: 4, k: 5, score: [30, 0], piece: String };
      return { stats: { arms, between }, predictions: await predictionsOf(runs, options) };
    };
    const [recorded, unembedded] = [await ask('logits'), await ask('ln_final.hook_normalized')];
    expect(numbersOf(unembedded)).toHaveLength(numbersOf(recorded).length);
    expect(maxDifference(numbersOf(unembedded), numbersOf(recorded))).toBeLessThan(1e-5);
    expect(recorded.predictions.arms.map(({ asked }) => asked?.map(({ id }) => id))).toEqual([
      [30, 0],
      [30, 0],
    ]);
    for (const model of models) model.park();
  });
}

/** Every number of a result, in order. */
function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (ArrayBuffer.isView(value)) return [...(value as Float32Array)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(numbersOf);
}
