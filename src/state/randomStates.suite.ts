/** For tests: seeded random questions, views, pins, edits and settings, as a person could leave the page. */

import { mulberry32 } from '../base/random.ts';
import type { Edit } from '../engine/api.ts';
import { initialState } from './initial.ts';
import type { LinkedState } from './link.ts';
import type { Token } from './types.ts';

const WORDS =
  'Once upon a time Tom and Lily went to the park “quoted” naïve café 東京 спасибо 🙂\t\n<b>&amp;'.split(' ');
const PIECES = [' she', ' Mary', '<|endoftext|>', '\n', '<script>', ' 東', '<0xE2>'];

/** One state after another. */
export function randomStates(seed: number): () => LinkedState {
  const next = mulberry32(seed);
  const below = (n: number) => Math.floor(next() * n);
  const chance = (p: number) => next() < p;
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const several = <T>(most: number, one: () => T): T[] => Array.from({ length: below(most + 1) }, one);
  const text = (most: number) => several(most, () => pick(WORDS)).join(' ');
  const token = (): Token => ({ id: below(50257), piece: pick(PIECES) });
  const number = () => Math.round((next() - 0.5) * 1e4) / 1e3;
  const digits = () => String(below(100));
  const arms = ['original', 'vanilla', 'lnfree'];
  const edit = (): Edit => {
    const site = `blocks.${below(12)}.${pick(['attn.hook_z', 'hook_resid_pre', 'mlp.hook_post'])}`;
    const place = {
      ...(chance(0.5) && { position: below(20) - 5 }),
      ...(chance(0.3) && { head: below(12) }),
    };
    return pick<() => Edit>([
      () => ({ kind: 'zero', site, ...place }),
      () => ({ kind: pick(['set', 'add', 'scale'] as const), site, ...place, value: number() }),
      () => ({ kind: 'mean', site, ...place, ...(chance(0.5) && { of: 'prompt' as const }) }),
      () => ({ kind: 'from-run', site, ...place, source: { text: text(6) } }),
      () => ({ kind: 'from-run', site, source: { tokens: several(6, () => below(50257)) } }),
      () => ({ kind: 'knock-out', site: `L${below(12)}.pattern`, query: below(9), key: below(9) }),
      () => ({ kind: 'freeze-norm', site: 'ln_final', value: chance(0.5) ? 'prompt' : 1 + below(20) }),
    ])();
  };

  return () => {
    const { closer, generationSettings, ...rest } = initialState();
    /** Most of a page is usually left as it was. */
    const or = <T>(value: T, other: () => T, p = 0.3): T => (chance(p) ? other() : value);
    return {
      ...rest,
      text: or(rest.text, () => text(24), 0.8),
      prependBos: chance(0.8),
      pair: or(rest.pair, () => pick(['gpt2-small', 'gpt2-medium', 'my pair'])),
      position: or<number | null>(null, () => below(30)),
      target: or(rest.target, () => several(3, token), 0.7),
      contrast: or(rest.contrast, () => several(3, token), 0.7),
      shown: or(rest.shown, () => arms.filter(() => chance(0.7))),
      compare: or(rest.compare, () => [pick(arms), pick(arms)] as const),
      colourBy: or(rest.colourBy, () =>
        pick(['none', 'loss', 'lossDelta', 'entropy', 'jsd', 'neuron'] as const),
      ),
      predictionMetric: or(rest.predictionMetric, () => pick(['prob', 'logit', 'rank'] as const)),
      predictionCount: or(rest.predictionCount, () => 5 + below(30)),
      attributionView: or(rest.attributionView, () => pick(['component', 'neuron', 'head-source'] as const)),
      sharedScale: chance(0.9),
      neuronsBy: or<string | null>(null, () => pick(arms)),
      neuronCount: or(rest.neuronCount, () => 1 + below(50)),
      open: or<string | null>(null, () => pick(['exactness', 'patching', 'norms', 'paper']), 0.6),
      editView: or(rest.editView, () => pick(['base', 'edited', 'difference'] as const)),
      editEffects: chance(0.9),
      edits: or(
        [],
        () =>
          several(4, edit).map((one, id) => ({
            id,
            edit: one,
            on: chance(0.8),
            about: chance(0.2) ? text(4) : null,
          })),
        0.4,
      ),
      pinned: or<LinkedState['pinned']>(null, () =>
        pick([{ layer: 3 }, { layer: 2, head: 1 }, { term: 'embed' }]),
      ),
      neuron: or<number | null>(null, () => below(3072)),
      generationSettings: or(generationSettings, () => ({
        ...generationSettings,
        seed: digits(),
        topK: digits(),
      })),
      closer: {
        ...closer,
        exactness: or(closer.exactness, () => ({ unit: 'neuron' as const, targets: 'last-input' as const })),
        norms: or(closer.norms, () => ({ ...closer.norms, stage: below(9), typed: digits() })),
        neuronAblation: or(closer.neuronAblation, () => ({
          ...closer.neuronAblation,
          count: below(50),
          amount: 4,
          twice: 'change' as const,
        })),
        writes: or(closer.writes, () => ({ ...closer.writes, part: `L${below(12)}H${below(12)}` })),
        patching: or(closer.patching, () => ({
          ...closer.patching,
          clean: text(12),
          corrupted: text(12),
          target: several(2, token),
          site: 'z' as const,
          granularity: 'head' as const,
          cell: { layer: below(12), head: below(12) },
        })),
        text: or(closer.text, () => ({ ...closer.text, source: 'typed' as const, typed: text(30) })),
        paper: or(closer.paper, () => ({ ...closer.paper, text: text(20) }), 0.1),
      },
    };
  };
}
