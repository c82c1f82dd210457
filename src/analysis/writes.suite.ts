/** What parts write, and a head's circuits, against plain loops over the parameters in doubles, on every backend. */

import { describe, expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { TINY_PROMPT } from '../../tools/tinyModel.ts';
import type { ActivationCache } from '../model/cache.ts';
import { blockHook } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import type { StorageDType } from '../tensor/params.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint, makeTinyModel, type TinyCheckpointOptions } from '../weights/testing.ts';
import { headCircuits, headCircuitsBetween } from './headCircuits.ts';
import { type Part, writes, writesBetween } from './writes.ts';

/** All three hold the seeded weights exactly, f16 included. */
const MODELS: readonly [string, TinyCheckpointOptions, StorageDType][] = [
  ['with LN, untied, f32', { form: 'layer', tied: false, seed: 5 }, 'f32'],
  ['with LN, f16, d_model no multiple of 4', { form: 'layer', dModel: 18, nHeads: 3, dVocab: 31 }, 'f16'],
  ['LN-free, untied', { form: 'lnfree-2025', tied: false, dVocab: 37 }, 'f32'],
];
const POSITION = 5;
const LAYER = 1;

type Vector = readonly number[];

export function writesSuite(openBackend: () => Promise<Backend>): void {
  describe.each(MODELS)('%s', (_, options, dtype) => {
    const { config, values } = makeTinyModel(options);
    const { dModel: d, dHead, dMlp, dVocab } = config;
    const of = (name: string) => values.get(name) as Float32Array;
    const W_U = config.tiedEmbedding ? of('W_E') : of('W_U');
    const rowsOf = (table: Float32Array, row: number, width: number): Vector =>
      Array.from(table.subarray(row * width, (row + 1) * width));
    const add = (total: number, x: number) => total + x;
    const centred = (x: Vector) => x.map((v) => v - x.reduce(add, 0) / x.length);
    const dot = (a: Vector, b: ArrayLike<number>) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
    /** x·W[:, start …]: W [rows, width]. */
    const product = (x: Vector, W: Float32Array, width: number, start: number, count: number): Vector =>
      Array.from({ length: count }, (_v, j) =>
        x.reduce((sum, v, i) => sum + v * (W[i * width + start + j] as number), 0),
      );
    /** Every token's logit of a vector, through the final gain, less their mean. */
    const logitsOf = (vector: Vector): Vector => {
      const folded = centred(vector).map((v, i) => v * (of('ln_final.w')[i] as number));
      return centred(Array.from({ length: dVocab }, (_v, t) => dot(folded, rowsOf(W_U, t, d))));
    };

    const open = async (): Promise<{ model: Model; cache: ActivationCache }> => {
      const model = await loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint(options)), dtype);
      const hooks = [
        'ln_final.hook_scale',
        blockHook(LAYER, 'attn.hook_z'),
        blockHook(LAYER, 'hook_mlp_out'),
        blockHook(LAYER, 'mlp.hook_post'),
      ];
      return { model, cache: await model.run([TINY_PROMPT], hooks) };
    };
    const rowAt = async (cache: ActivationCache, hook: string, width: number): Promise<Vector> => {
      const [data] = await cache.ops.read([cache.get(hook)]);
      return rowsOf(data, POSITION, width);
    };

    test('every kind of part pushes the tokens that plain loops say', async () => {
      const { model, cache } = await open();
      const z = await rowAt(cache, blockHook(LAYER, 'attn.hook_z'), d);
      const post = await rowAt(cache, blockHook(LAYER, 'mlp.hook_post'), dMlp);
      const mlp = await rowAt(cache, blockHook(LAYER, 'hook_mlp_out'), d);
      const [scales] = await cache.ops.read([cache.get('ln_final.hook_scale')]);
      const sigma = scales[POSITION] as number;
      const head = 1;
      const ownRows = of(`blocks.${LAYER}.attn.W_O`).slice(head * dHead * d);
      const w_out = rowsOf(of(`blocks.${LAYER}.mlp.W_out`), 2, d);
      const chosen = Array.from({ length: d }, (_v, i) => Math.sin(i));
      const apart = rowsOf(W_U, 3, d).map(
        (u, i) => (u - (W_U[8 * d + i] as number)) * (of('ln_final.w')[i] as number),
      );
      const count = W_U.length / d;
      const gained = rowsOf(W_U, 3, d).map((u, i) => {
        let mean = 0;
        for (let token = 0; token < count; token++) mean += (W_U[token * d + i] as number) / count;
        return (u - mean) * (of('ln_final.w')[i] as number);
      });
      const cases: [Part, number | null, Vector][] = [
        [
          { kind: 'head', layer: LAYER, head },
          POSITION,
          product(z.slice(head * dHead, (head + 1) * dHead), ownRows, d, 0, d),
        ],
        [{ kind: 'mlp', layer: LAYER }, POSITION, mlp],
        [{ kind: 'neuron', layer: LAYER, neuron: 2 }, POSITION, w_out.map((w) => w * (post[2] as number))],
        [{ kind: 'neuron', layer: LAYER, neuron: 2 }, null, w_out],
        [{ kind: 'direction', direction: chosen }, null, chosen],
        [{ kind: 'direction', direction: { toward: 3, away: 8 } }, null, centred(apart)],
        [{ kind: 'direction', direction: { toward: 3 } }, null, centred(gained)],
      ];
      for (const [part, position, vector] of cases) {
        const result = await writes({ model, cache }, { part, position, k: 4, piece: String });
        const scale = position === null ? 1 : sigma;
        const expected = logitsOf(vector).map((value) => value / scale);
        const order = [...expected.keys()].sort((a, b) => (expected[b] as number) - (expected[a] as number));
        const near = (pushes: typeof result.up, ids: readonly number[]) => {
          expect(pushes).toHaveLength(4);
          pushes.forEach(({ id, value, piece }, i) => {
            // By value: two tokens that are pushed alike may change places.
            expect(Math.abs(value - (expected[ids[i] as number] as number))).toBeLessThan(1e-4);
            expect(Math.abs(value - (expected[id] as number))).toBeLessThan(1e-4);
            expect(piece).toBe(String(id));
          });
        };
        near(result.up, order.slice(0, 4));
        near(result.down, order.toReversed().slice(0, 4));
        expect(Math.abs(result.norm - Math.hypot(...centred(vector)))).toBeLessThan(1e-4);
        expect(result.convention.finalScale).toBe(
          position === null || options.form === 'lnfree-2025' ? 'none' : 'frozen',
        );
        const { cosine, normRatio } = writesBetween(result, result);
        expect([cosine, normRatio]).toEqual([expect.closeTo(1, 5), 1]);
      }
      cache.dispose();
      model.park();
    });

    test.each(['norm', 'gain'] as const)('a head’s OV and QK, input %s', async (input) => {
      const { model, cache } = await open();
      const head = 1;
      const tokens = [3, 14, 1, 9, 2];
      const p = `blocks.${LAYER}.`;
      const [gain, bias, W, b] = [
        of(`${p}ln1.w`),
        of(`${p}ln1.b`),
        of(`${p}attn.W_QKV`),
        of(`${p}attn.b_QKV`),
      ];
      const enter = (token: number): Vector => {
        const x = centred(rowsOf(of('W_E'), token, d));
        const variance = dot(x, x) / d;
        const layer = input === 'norm' && config.norm.kind === 'layer';
        const sigma = layer ? Math.sqrt(variance + (config.norm as { eps: number }).eps) : 1;
        return x.map(
          (v, i) => (v / sigma) * (gain[i] as number) + (input === 'norm' ? (bias[i] as number) : 0),
        );
      };
      const part = (token: number, third: number): Vector => {
        const start = third * d + head * dHead;
        const own = product(enter(token), W, 3 * d, start, dHead);
        return own.map((v, j) => v + (input === 'norm' ? (b[start + j] as number) : 0));
      };
      const ownRows = of(`${p}attn.W_O`).slice(head * dHead * d);
      const result = await headCircuits(
        { model, cache },
        { layer: LAYER, head, tokens, input, k: 3, piece: String },
      );
      expect(result.tokens.map(({ id }) => id)).toEqual(tokens);
      tokens.forEach((source, s) => {
        const logits = logitsOf(product(part(source, 2), ownRows, d, 0, d));
        tokens.forEach((other, o) => {
          const at = s * tokens.length + o;
          expect(Math.abs((result.ov.data[at] as number) - (logits[other] as number))).toBeLessThan(1e-4);
          const score = dot(part(source, 0), part(other, 1)) / Math.sqrt(dHead);
          expect(Math.abs((result.qk.data[at] as number) - score)).toBeLessThan(1e-4);
        });
        const best = [...logits].sort((x, y) => y - x);
        result.pushed[s]?.forEach(({ value }, i) => {
          expect(Math.abs(value - (best[i] as number))).toBeLessThan(1e-4);
        });
      });
      expect(Math.max(...headCircuitsBetween(result, result).ov.data)).toBe(0);
      cache.dispose();
      model.park();
    });
  });
}
