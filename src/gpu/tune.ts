/** How fast each family of kernels is on this device: a few products of GPT-2 small's width, timed to their end. */

import type { Ops } from '../tensor/ops.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { GpuContext } from './context.ts';
import { always, type Choice } from './families/choice.ts';
import { chooseFamilies } from './families/choose.ts';
import type { FamilyName } from './families/family.ts';
import { FAMILIES } from './families/index.ts';
import type { LinearShape } from './kernels/linear.ts';
import { allocateParameter } from './parameters.ts';

const [DEPTH, COLUMNS] = [768, 2304];
/** Products are handed over together until they take about so long: then the time of a submit is the smaller part. */
const [LONG_MS, MOST_REPEATS] = [8, 16];
/** Of so many times the least counts: what else the machine does can only add. */
const ROUNDS = 3;

/**
 * Compiles and times the products of every family that a class of rows may be given to (families/choose.ts). The values
 * are all zeros, which may run faster than others, but does so in every family.
 */
export async function measureFamilies(context: GpuContext, ops: Ops): Promise<Choice> {
  const { choice, open, pipelines, pool } = context;
  const W = allocateParameter(context, [DEPTH, COLUMNS], 'f32', 'tune.W');
  const time = async (name: FamilyName, rows: number): Promise<number> => {
    const shape: LinearShape = { rows, groups: 1, depth: DEPTH, start: 0, count: COLUMNS };
    const [part] = W.parts;
    const plan = FAMILIES[name].linear(part as (typeof W.parts)[number], shape, 'nothing', { kind: 'plain' });
    await pipelines.warm('shares' in plan ? [plan.shares.kernel, plan.merge.kernel] : [plan.kernel]);
    context.choice = always(name, 'measured');
    const x = ops.upload(
      { dtype: 'f32', shape: [rows, DEPTH], data: new Float32Array(rows * DEPTH) },
      'tune.x',
    );
    const run = async (repeats: number) => {
      const start = performance.now();
      products(ops, x, W, repeats);
      await open.device.queue.onSubmittedWorkDone();
      return (performance.now() - start) / repeats;
    };
    await run(1); // the first use of a pipeline is slower
    const repeats = Math.min(MOST_REPEATS, Math.ceil(LONG_MS / (await run(1))));
    let least = Infinity;
    for (let round = 0; round < ROUNDS; round++) least = Math.min(least, await run(repeats));
    return least;
  };
  try {
    return await chooseFamilies(time);
  } finally {
    context.choice = choice;
    for (const allocation of W.release()) pool.destroy(allocation);
  }
}

function products(ops: Ops, x: Tensor, W: Tensor, repeats: number): void {
  for (let i = 0; i < repeats; i++) {
    ops.tidy(() => {
      ops.linear(x, W, null, undefined, 'tune');
      return [];
    });
  }
  ops.flush();
}
