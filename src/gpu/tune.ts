/** How fast each family of kernels is on this device: a few products of GPT-2 small's width, timed to their end. */

import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { GpuContext } from './context.ts';
import { always, type Choice } from './families/choice.ts';
import { chooseFamilies } from './families/choose.ts';
import { type FamilyName, takesFamily } from './families/family.ts';
import { FAMILIES } from './families/index.ts';
import type { LinearShape } from './kernels/linear.ts';
import { allocateParameter } from './parameters.ts';
import { writeRows } from './transfer.ts';

const [DEPTH, COLUMNS] = [768, 2304];
/** Products are handed over together until they take about so long: then the time of a submit is the smaller part. */
const [LONG_MS, MOST_REPEATS] = [8, 16];
/** Of so many times the least counts: what else the machine does can only add. */
const ROUNDS = 3;

/** Far more than f32 sums of DEPTH such products are off by, far less than a wrong number is. */
const TOLERANCE = 1e-3;

/** Numbers between −1 and 1 whose products can be told without the device: element i of x and of W. */
const valueAt = (i: number) => ((i * 7919) % 1031) / 515 - 1;
function values(length: number): Float32Array {
  const data = new Float32Array(length);
  for (let i = 0; i < length; i++) data[i] = valueAt(i); // a million of them, before the engine is ready
  return data;
}

/**
 * Compiles and times the products of every family that a class of rows may be given to (families/choose.ts). One whose
 * numbers are wrong, or whose kernels the device does not take, is passed over.
 */
export async function measureFamilies(context: GpuContext, ops: Ops): Promise<Choice> {
  const { choice, open, pipelines, pool } = context;
  const W = allocateParameter(context, [DEPTH, COLUMNS], 'f32', 'tune.W');
  writeRows(context, W, 0, { dtype: 'f32', shape: [DEPTH, COLUMNS], data: values(DEPTH * COLUMNS) });
  const time = async (name: FamilyName, rows: number): Promise<number> => {
    if (!takesFamily(open.device.features, name)) throw new Error(`the device has no ${name}`);
    const shape: LinearShape = { rows, groups: 1, depth: DEPTH, start: 0, count: COLUMNS };
    const [part] = W.parts;
    const plan = FAMILIES[name].linear(part as (typeof W.parts)[number], shape, 'nothing', { kind: 'plain' });
    await pipelines.warm('shares' in plan ? [plan.shares.kernel, plan.merge.kernel] : [plan.kernel]);
    context.choice = always(name, 'measured');
    const x = ops.upload({ dtype: 'f32', shape: [rows, DEPTH], data: values(rows * DEPTH) }, 'tune.x');
    const [y] = await ops.read([ops.linear(x, W, null, undefined, 'tune')]); // the first use of a pipeline is slower
    checkProduct(y, rows);
    const repeats = Math.min(MOST_REPEATS, Math.ceil(LONG_MS / (await timeProducts(context, ops, x, W, 1))));
    let least = Infinity;
    for (let round = 0; round < ROUNDS; round++) {
      least = Math.min(least, (await timeProducts(context, ops, x, W, repeats)) / repeats);
    }
    return least;
  };
  try {
    return await chooseFamilies(time);
  } finally {
    context.choice = choice;
    for (const allocation of W.release()) pool.destroy(allocation);
  }
}

/** Throws at a wrong number in the first or the last row, at either end of the columns or between. */
function checkProduct(y: Float32Array, rows: number): void {
  for (const row of [0, rows - 1]) {
    for (const column of [0, 1, 65, COLUMNS / 2, COLUMNS - 1]) {
      let sum = 0;
      for (let k = 0; k < DEPTH; k++) sum += valueAt(row * DEPTH + k) * valueAt(k * COLUMNS + column);
      const found = y[row * COLUMNS + column] ?? Number.NaN;
      if (Math.abs(found - sum) <= TOLERANCE) continue;
      throw new Error(`${found} in row ${row}, column ${column} of a product, not ${sum}`);
    }
  }
}

/** Milliseconds until the device is done with so many products x·W that are handed over together. */
export async function timeProducts(
  { open }: GpuContext,
  ops: Ops,
  x: Tensor,
  W: Tensor,
  repeats: number,
): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) {
    ops.tidy(() => {
      ops.linear(x, W, null, undefined, 'timed');
      return [];
    });
  }
  ops.flush();
  await open.device.queue.onSubmittedWorkDone();
  return performance.now() - start;
}
