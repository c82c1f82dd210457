/** Seeded values with the statistics of GPT-2's, made in the page: no checkpoint is needed to measure speed. */

import { must } from '../../src/base/assert.ts';
import { mulberry32 } from '../../src/base/random.ts';
import { size } from '../../src/base/shapes.ts';
import { assembleParams, gpt2Config, type ModelConfig, paramShapes } from '../../src/tensor/params.ts';
import type { HostTensor } from '../../src/tensor/tensor.ts';
import { isGain } from '../../src/weights/names.ts';
import { DEMO } from '../../tools/demo.ts';

/** A prime number of values, so that the rows of a matrix are not alike. */
const TILE_VALUES = 262_139;

/** About N(0, 1): the sum of three uniform numbers, which is close enough and cheap. */
export function normals(length: number, seed: number): Float32Array<ArrayBuffer> {
  const random = mulberry32(seed);
  const tile = Float32Array.from(
    { length: Math.min(length, TILE_VALUES) },
    () => (random() + random() + random() - 1.5) * 2,
  );
  const values = new Float32Array(length);
  for (let at = 0; at < length; at += tile.length) values.set(tile.subarray(0, length - at), at);
  return values;
}

/** Shapes that random models have. */
const SHAPES = {
  /** As published. */
  small: { nLayers: 12, nHeads: 12, dModel: 768, dVocab: 50257 },
  medium: { nLayers: 24, nHeads: 16, dModel: 1024, dVocab: 50257 },
  /** Small's width with one of its layers and a twelfth of its vocabulary: a twelfth of its work, in the same shares. */
  twelfth: { nLayers: 1, nHeads: 12, dModel: 768, dVocab: 4188 },
  /** Two layers of it. */
  sixth: { nLayers: 2, nHeads: 12, dModel: 768, dVocab: 2 * 4188 },
  /** As the bundled demo's arms. */
  demo: DEMO,
} as const;
export type ShapeName = keyof typeof SHAPES;
export const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[];
export interface RandomModel {
  readonly shape: ShapeName;
  readonly config: ModelConfig;
  readonly byName: ReadonlyMap<string, Float32Array<ArrayBuffer>>;
}

const N_CTX = 1024;

/** Matrices about N(0, 0.02), gains about N(1, 0.1); other values for another seed. */
export function randomModel(shape: ShapeName, seed = 1): RandomModel {
  const config = gpt2Config({ ...SHAPES[shape], nCtx: N_CTX });
  const byName = new Map(
    [...paramShapes(config)].map(([name, dims], i) => {
      const gain = isGain(name);
      const values = normals(size(dims), seed + i);
      for (let j = 0; j < values.length; j++)
        values[j] = gain ? 1 + 0.1 * (values[j] as number) : 0.02 * (values[j] as number);
      return [name, values];
    }),
  );
  return { shape, config, byName };
}

/** The values as canonical parameters in host memory. */
export function hostParams({ config, byName }: RandomModel) {
  const shapes = paramShapes(config);
  return assembleParams(config, (name): HostTensor => {
    const shape = must(shapes.get(name), `no shape for ${name}`);
    return { dtype: 'f32', shape, data: must(byName.get(name), `no values for ${name}`) };
  });
}

/** [n, m] → [m, n]. */
export function transposed(data: Float32Array, n: number, m: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(n * m);
  for (let i = 0; i < n; i++) for (let j = 0; j < m; j++) result[j * n + i] = data[i * m + j] as number;
  return result;
}

/** Ids all over the vocabulary. */
export function randomTokens(T: number, dVocab: number): number[] {
  return Array.from({ length: T }, (_, i) => (i * 7919 + 11) % dVocab);
}
