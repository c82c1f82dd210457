/** For tests: patching maps the long way, one whole edited run for every entry. */

import { must } from '../base/assert.ts';
import type { Edit } from '../model/edits.ts';
import { blockHook } from '../model/hooks.ts';
import type { Model } from '../model/model.ts';
import type { PatchQuestion } from './activationPatching.ts';
import { patchSite } from './activationPatchingSites.ts';

/** Where an entry of a layer's values is patched, in the words of an edit. */
type Place = Pick<Edit & { kind: 'from-run' }, 'position' | 'head' | 'neuron'>;

function placesOf(
  { config: { nHeads } }: Model,
  { granularity, neurons }: PatchQuestion,
  row: number,
  pos: number,
): Place[] {
  const positions = Array.from({ length: pos }, (_, position) => ({ position }));
  const heads = Array.from({ length: nHeads }, (_, head) => ({ head }));
  switch (granularity) {
    case 'position':
      return positions;
    case 'head':
      return heads;
    case 'head-position':
      return heads.flatMap((head) => positions.map((position) => ({ ...head, ...position })));
    case 'neuron-topk':
      return must(neurons?.[row], 'neurons').map((neuron) => ({ neuron }));
  }
}

/** Mean logit of the target − mean logit of the contrast at the last position. */
async function metricOf(
  model: Model,
  tokens: readonly number[],
  edits: readonly Edit[],
  { target, contrast }: PatchQuestion,
): Promise<number> {
  const cache = await model.run([tokens], ['logits'], edits);
  const [logits] = await cache.ops.read([cache.get('logits')]);
  cache.dispose();
  const last = logits.subarray(-model.config.dVocab);
  const mean = (of: readonly number[]) =>
    of.reduce((sum, id) => sum + (last[id] as number), 0) / Math.max(1, of.length);
  return mean(target) - mean(contrast);
}

/** Every `every`-th entry of the map, by its index in the map's data. */
export async function patchedOneByOne(
  model: Model,
  clean: readonly number[],
  corrupted: readonly number[],
  question: PatchQuestion,
  every = 1,
): Promise<Map<number, number>> {
  const [own, other] = question.direction === 'denoising' ? [corrupted, clean] : [clean, corrupted];
  const { hook } = patchSite(question.site, question.granularity);
  const unpatched = await metricOf(model, own, [], question);
  const found = new Map<number, number>();
  for (const [row, layer] of question.layers.entries()) {
    const places = placesOf(model, question, row, own.length);
    for (const [index, place] of places.entries()) {
      const entry = row * places.length + index;
      if (entry % every !== 0) continue;
      const edit = {
        kind: 'from-run',
        site: blockHook(layer, hook),
        source: { tokens: [...other] },
        ...place,
      } as const;
      found.set(entry, (await metricOf(model, own, [edit], question)) - unpatched);
    }
  }
  return found;
}
