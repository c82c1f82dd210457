/** The demo's models reading a text twice, as a script asks for it. */

import { beforeAll, expect, test } from 'vitest';
import { createCpuService } from '../../../tools/cpuService.ts';
import { startGoldenService } from '../../../tools/goldenService.ts';
import type { Edit } from '../../model/edits.ts';
import type { AnalysisRequest } from '../api.ts';

const TEXT = 'Once upon a time, there was a little girl who liked to play. One day,';

const service = createCpuService();
beforeAll(async () => {
  await service.start();
});

/** Three models on the plain twin, and as many runs of each. */
const LONG = { timeout: 60_000 };

test(
  'the same neurons on every arm, the text twice, and edited runs that scripts can repeat',
  LONG,
  async () => {
    const phases: string[] = [];
    const request = { text: TEXT, arms: ['original', 'lnfree'], k: 2, heads: 1, length: 7 };
    const result = await service.analyze('induction', {
      ...request,
      onProgress: ({ done, total, unit, phase }) => {
        if (unit === 'steps') phases.push(`${phase} ${done}/${total}`);
      },
    });
    const { original, lnfree } = result.arms;
    if (!original || !lnfree) throw new Error('an arm is missing');
    expect(phases.slice(0, 4)).toEqual([
      ...['0/1', '1/3', '2/3'].map((step) => `reading twice with original ${step}`),
      'reading twice with lnfree 0/1',
    ]);
    expect(original.text).toMatchObject({ second: 7, period: 6, of: result.tokens.length, cut: 'length' });
    expect(original.text.tokens).toEqual([...result.tokens.slice(0, 7), ...result.tokens.slice(1, 7)]);
    expect(original.text.pieces.slice(1)).toEqual([
      ...original.text.pieces.slice(1, 7),
      ...original.text.pieces.slice(1, 7),
    ]);

    const ranking = await service.analyze('confidence-neurons', { text: TEXT, arms: ['original'], k: 2 });
    expect(original.neurons).toEqual(ranking.arms.original?.neurons);
    expect(lnfree).toMatchObject({ neurons: original.neurons, by: 'original' });

    const { tokens } = original.text;
    const stats = await service.analyze('token-stats', { tokens, arms: ['original'] });
    const untouched = stats.arms.original?.entropy.data ?? new Float32Array();
    original.entropy.data.forEach((entropy, p) => {
      expect(entropy).toBeCloseTo(untouched[p] as number, 4);
    });
    const { layer, head } = original.heads.induction[0] ?? { layer: 0, head: 0 };
    const site = `L${layer}.pattern`;
    const edits: Edit[] = [
      { kind: 'zero', site, head },
      { kind: 'set', site, head, key: 0, value: 1 },
    ];
    const cut = await service.analyze('token-stats', { tokens, arms: ['original'], edits });
    original.heads.cut.induction[0]?.entropy.data.forEach((entropy, p) => {
      expect(entropy).toBeCloseTo(cut.arms.original?.entropy.data[p] as number, 4);
    });
  },
);

test(
  'on the golden models the ranking’s best move the entropy more with LayerNorm than without',
  LONG,
  async () => {
    const golden = await startGoldenService();
    const request = { text: TEXT, arms: ['original', 'lnfree'], k: 2, heads: 1, length: 7 };
    const { original, lnfree } = (await golden.analyze('induction', request)).arms;
    if (!original || !lnfree) throw new Error('an arm is missing');
    // Without LayerNorm they write where hardly any logit reads.
    const moved = ({ mean }: typeof original) => Math.abs(mean.together.effect.entropy);
    expect(moved(lnfree)).toBeLessThan(moved(original));
  },
);

test('an arm whose turn it is comes back after another arm’s neurons were ranked', LONG, async () => {
  const turns = createCpuService();
  await turns.start();
  await turns.unload({ pair: 'demo' });
  await turns.load({ pair: 'demo', dtype: 'f32', residency: 'one-at-a-time' });
  const request = { text: TEXT, arms: ['lnfree'], by: 'original', k: 2, heads: 1, length: 7 };
  const { arms } = await turns.analyze('induction', request);
  expect(arms).toEqual((await service.analyze('induction', request)).arms);
});

test('what cannot be asked is refused: edits, another engine, a text of one token, a bad ranking', async () => {
  const refused = (change: Partial<AnalysisRequest<'induction'>>) =>
    service.analyze('induction', { text: TEXT, arms: ['lnfree'], ...change });
  const edits: Edit[] = [{ kind: 'zero', site: 'L0.z' }];
  await expect(refused({ edits })).rejects.toThrow(/induction cannot be edited/);
  await expect(refused({ engine: 'ort' })).rejects.toMatchObject({ name: 'UnsupportedError' });
  await expect(refused({ text: ' girl' })).rejects.toThrow(/2 tokens has nothing to find again/);
  await expect(refused({ k: 0 })).rejects.toThrow(/k is 0/);
  await expect(refused({ by: 'nobody' })).rejects.toMatchObject({ name: 'InputError' });
});
