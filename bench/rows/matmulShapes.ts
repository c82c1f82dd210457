/** Row 4: the matrix products of GPT-2 small, our kernels against ONNX Runtime's MatMul on the same device. */

import type { Ops } from '../../src/tensor/ops.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { largestDifference, type TimedCase, type Trial } from '../page/cases.ts';
import type { Machine } from '../page/machine.ts';
import { matmulSource } from '../page/ortForward.ts';
import { normals, transposed } from '../page/weights.ts';

const V = 50257;
const SHAPES = [
  [768, 2304],
  [768, 768],
  [768, 3072],
  [3072, 768],
  [768, V],
] as const;
const CI = ['64x768x2304', '16x768x3072'];
/** What fills a graphics card, where a kernel shows how close to the card's peak it comes. */
const SQUARE = [2048, 2048, 2048] as const;

const PRODUCTS = [
  ...[16, 64, 256, 1024].flatMap((T) => SHAPES.map((shape) => [T, ...shape] as const)),
  SQUARE,
];

export const matmulShapes: readonly TimedCase[] = PRODUCTS.map(([T, n, m]): TimedCase => {
  const shape = `${T}x${n}x${m}`;
  return {
    row: 'matmul.shapes',
    name: `matmul.shapes ${shape}`,
    model: 'one product',
    T,
    dtype: 'f32',
    kind: 'timed',
    peer: 'ORT WebGPU',
    suites: T > 256 ? ['gpu'] : CI.includes(shape) ? ['ci', 'full'] : ['full'],
    ...(m === V && { mostRounds: T === 16 ? 3 : 1 }),
    prepare: (machine) => prepare(machine, T, n, m),
  };
});

async function prepare(machine: Machine, T: number, n: number, m: number): Promise<Trial> {
  const { backend } = machine;
  const [xs, W] = [normals(T * n, 1), normals(n * m, 2)];
  for (let i = 0; i < W.length; i++) W[i] = (W[i] as number) / Math.sqrt(n); // y about N(0, 1)

  // The unembedding is read as it is kept, a row per token.
  const byRows = m === V;
  const x = backend.upload({ dtype: 'f32', shape: [T, n], data: xs }, 'x');
  const weights = byRows
    ? backend.upload({ dtype: 'f32', shape: [m, n], data: transposed(W, n, m) }, 'W')
    : backend.upload({ dtype: 'f32', shape: [n, m], data: W }, 'W');
  const product = (ops: Ops): Tensor => (byRows ? ops.linearT(x, weights) : ops.linear(x, weights, null));

  const session = await machine.session(matmulSource([T, n], [n, m], W), 'webgpu');
  const input = machine.onDevice(xs, [T, n]);
  const peer = async () => {
    const { y } = await session.run({ x: input.tensor });
    return y;
  };
  return {
    difference: async () => {
      const ops = backend.arena('matmul');
      const [ours] = await ops.read([product(ops)]);
      ops.dispose();
      const theirs = (await (await peer())?.getData(true)) as Float32Array;
      return largestDifference(ours, theirs);
    },
    ours: async () => {
      const ops = backend.arena('matmul');
      product(ops);
      ops.flush();
      await machine.done();
      ops.dispose();
    },
    peer: async () => {
      const y = await peer();
      await machine.done();
      y?.dispose();
    },
    dispose: async () => {
      backend.free([x, weights]);
      await session.release();
      input.buffer.destroy();
    },
  };
}
