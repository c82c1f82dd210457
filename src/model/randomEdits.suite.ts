/** Seeded random lists of edits: each gives finite results or an InputError, on every backend. */

import { expect, test } from 'vitest';
import { loadModel } from '../../tools/golden.ts';
import { InputError } from '../base/errors.ts';
import { mulberry32 } from '../base/random.ts';
import type { Backend } from '../tensor/ops.ts';
import { memoryFiles } from '../weights/memory.ts';
import { makeTinyCheckpoint } from '../weights/testing.ts';
import type { Edit } from './edits.ts';

const SHAPE = { nLayers: 1, dModel: 6, nHeads: 2, nCtx: 8, dVocab: 11, seed: 7 };
const SITES = [
  'L0.resid_pre',
  'blocks.0.hook_resid_mid',
  'L0.resid_post',
  'L0.attn_out',
  'blocks.0.hook_mlp_out',
  'L0.q',
  'blocks.0.attn.hook_k',
  'L0.v',
  'L0.z',
  'blocks.0.attn.hook_attn_scores',
  'L0.pattern',
  'blocks.0.mlp.hook_pre',
  'L0.mlp_post',
  'L0.ln1',
  'blocks.0.ln2.hook_scale',
  'ln_final',
  'L1.z', // there is one layer
  'L0.gate',
];
const KINDS = [
  'zero',
  'set',
  'add',
  'scale',
  'mean',
  'from-run',
  'knock-out',
  'freeze-norm',
  'erase',
] as const;

/** What a place of each site may be narrowed by. */
function fieldsOf(site: string): readonly string[] {
  if (/pattern|scores/.test(site)) return ['position', 'query', 'key', 'head'];
  if (/\.(attn\.hook_)?[qkvz]$/.test(site)) return ['position', 'head'];
  return /mlp(\.hook)?_(pre|post)/.test(site) ? ['position', 'neuron'] : ['position'];
}

/** Up to four edits; in more than half of the lists something is wrong. */
function randomList(next: () => number, pos: number): Edit[] {
  const below = (n: number) => Math.floor(next() * n);
  const chance = (p: number) => next() < p;
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const value = () =>
    chance(0.95) ? pick([0, 1, -1, 0.5, 3, -2.5, -1e-3, 1e-30]) : pick([1e3, 1e6, 4e6, Number.NaN]);
  const values = () => (chance(0.85) ? value() : Array.from({ length: pick([1, 3, 6, 6, 24]) }, value));
  const largest = { position: pos, head: 2, neuron: 24, query: pos, key: pos };
  const place = (site: string) => {
    const fields = chance(0.95) ? fieldsOf(site) : Object.keys(largest);
    const chosen = fields.filter(() => chance(0.3)) as (keyof typeof largest)[];
    return Object.fromEntries(
      chosen.map((field) => [field, chance(0.95) ? below(largest[field]) : below(largest[field] + 3) - 2]),
    );
  };
  const edit = (): unknown => {
    const kind = chance(0.98) ? pick(KINDS.slice(0, -1)) : 'erase';
    const fitting = SITES.filter(
      (site) => /ln/.test(site) === (kind === 'freeze-norm') && !/L1|gate/.test(site),
    );
    const site = kind === 'knock-out' && chance(0.8) ? 'L0.pattern' : pick(chance(0.9) ? fitting : SITES);
    if (kind === 'freeze-norm') {
      const path = chance(0.2) && { path: pick(['qk', 'v']) };
      return { kind, site, value: chance(0.3) ? 'prompt' : Math.abs(value()), ...path };
    }
    const source = {
      tokens: Array.from({ length: chance(0.95) ? pos : 3 }, () => below(chance(0.99) ? 11 : 12)),
    };
    return {
      kind,
      site,
      ...place(site),
      ...(['set', 'add', 'scale'].includes(kind) && { value: values() }),
      ...(kind === 'mean' && chance(0.5) && { of: chance(0.5) ? 'prompt' : values() }),
      ...(kind === 'from-run' && { source }),
    };
  };
  return Array.from({ length: 1 + below(4) }, edit) as Edit[];
}

export function randomEditsSuite(openBackend: () => Promise<Backend>, count: number): void {
  test.each(['layer', 'lnfree-2025'] as const)(`${count / 2} random lists of edits: %s`, async (form) => {
    const model = await loadModel(await openBackend(), memoryFiles(makeTinyCheckpoint({ ...SHAPE, form })));
    const next = mulberry32(form === 'layer' ? 1 : 2);
    const seen = { results: 0, refused: 0, notFinite: [] as string[], kinds: new Set<string>() };
    for (let i = 0; i < count / 2; i++) {
      const pos = 1 + Math.floor(next() * 5);
      const tokens = Array.from({ length: pos }, () => Math.floor(next() * SHAPE.dVocab));
      const edits = randomList(next, pos);
      try {
        const cache = await model.run([tokens], ['logits'], edits);
        const [logits] = await cache.ops.read([cache.get('logits')]);
        cache.dispose();
        if (!logits.every(Number.isFinite)) seen.notFinite.push(JSON.stringify({ tokens, edits }));
        seen.results++;
        for (const { kind } of edits) seen.kinds.add(kind);
      } catch (error) {
        if (!(error instanceof InputError)) throw new Error(`${JSON.stringify({ tokens, edits })}: ${error}`);
        seen.refused++;
      }
    }
    console.log(`${form}: ${seen.results} lists gave results, ${seen.refused} were refused`);
    expect(seen.notFinite).toEqual([]);
    // Neither side of the promise goes untried.
    expect(seen.results).toBeGreaterThan(count / 20);
    expect(seen.refused).toBeGreaterThan(count / 20);
    expect([...seen.kinds].sort()).toEqual(
      KINDS.filter((kind) => kind !== 'erase' && (form === 'layer' || kind !== 'freeze-norm')).sort(),
    );
  });
}
