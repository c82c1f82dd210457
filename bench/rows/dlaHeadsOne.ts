/** Row 6, its first third: all heads at all positions attributed to one target, against the forward pass they come from. */

import { must } from '../../src/base/assert.ts';
import { blockHook } from '../../src/model/hooks.ts';
import type { Ops } from '../../src/tensor/ops.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { largestDifference, type Trial } from '../page/cases.ts';
import { forwardCases, type Subject, USUAL_SIZES } from '../page/forwardCases.ts';
import { LOGITS, runOnce } from '../page/ourForward.ts';
import { normals, type RandomModel } from '../page/weights.ts';

export const dlaHeadsOne = forwardCases(
  USUAL_SIZES,
  ({ T }) => ({ row: 'dla.heads.one', name: `dla.heads.one T${T}` }),
  'the forward pass',
  trial,
);

async function trial({ machine, random, model, tokens }: Subject): Promise<Trial> {
  const { nHeads, dModel, nLayers } = random.config;
  const zs = Array.from({ length: nLayers }, (_, layer) => blockHook(layer, 'attn.hook_z'));
  const cache = await model.run([tokens], zs);
  const target = normals(dModel, 99);
  const direction = machine.backend.upload({ dtype: 'f32', shape: [dModel], data: target }, 'direction');

  /** Per layer z·(W_O·direction) by head, [1, pos, head]: the project's own way to an attribution, at every position. */
  const attribute = (ops: Ops): Tensor[] =>
    zs.map((hook, layer) => {
      const { W_O } = must(model.params.blocks[layer], `no block ${layer}`);
      return ops.dotGroups(cache.get(hook), ops.linearT(direction, W_O), nHeads);
    });
  return {
    difference: async () => {
      const ops = machine.backend.arena('attribution');
      const [ours, ...others] = await ops.read(attribute(ops));
      const [z] = await cache.ops.read([cache.get(must(zs[0], 'no layer'))]);
      ops.dispose();
      if (others.some((values) => !values.every(Number.isFinite))) return Number.POSITIVE_INFINITY;
      return largestDifference(
        must(ours, 'no layer'),
        firstLayerInDoubles(random, target, must(z, 'z'), tokens.length),
      );
    },
    ours: async () => {
      const ops = machine.backend.arena('attribution');
      attribute(ops);
      ops.flush();
      await machine.done();
      ops.dispose();
    },
    peer: () => runOnce(machine, model, tokens, LOGITS),
    dispose: async () => {
      cache.dispose();
      machine.backend.free([direction]);
      model.park();
    },
  };
}

/** The other way round, (z_h·W_O^h)·direction, in double precision: [pos, head]. */
function firstLayerInDoubles(
  { config, byName }: RandomModel,
  target: Float32Array,
  z: Float32Array,
  T: number,
): Float64Array {
  const { nHeads, dHead, dModel } = config;
  const W_O = must(byName.get('blocks.0.attn.W_O'), 'W_O');
  const result = new Float64Array(T * nHeads);
  const written = new Float64Array(dModel);
  for (let row = 0; row < T * nHeads; row++) {
    written.fill(0);
    const head = row % nHeads;
    for (let i = 0; i < dHead; i++) {
      const value = z[row * dHead + i] as number;
      for (let j = 0; j < dModel; j++)
        written[j] = (written[j] as number) + value * (W_O[(head * dHead + i) * dModel + j] as number);
    }
    result[row] = written.reduce((sum, w, j) => sum + w * (target[j] as number), 0);
  }
  return result;
}
