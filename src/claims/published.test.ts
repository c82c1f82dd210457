/** Claims about the released GPT-2: a model that answers as published passes, one that is off by more than rounding does not. */

import { describe, expect, test } from 'vitest';
import type { ArmInfo, Normless, PairInfo, RunRequest } from '../engine/api.ts';
import { STARTING } from '../engine/status.ts';
import { gpt2Config, type StorageDType } from '../tensor/params.ts';
import { CLAIMS, type Claim, type ClaimResult, lacking, measureClaim } from './index.ts';
import { COLOSSEUM, EIFFEL, FLYING_MACHINE, HELLO, IOI, MILK, THE_DOG } from './prompts.ts';
import { releasedAs } from './released.ts';

const SMALL = gpt2Config({ nLayers: 12, nHeads: 12, dModel: 768, nCtx: 1024, dVocab: 50257 });
const COMMIT = '607a30d783dfa663caf39e06633721c8d4cfcd7e';
const SHA = 'a'.repeat(64);

function arm(id: string, repo: string, change: Partial<ArmInfo> = {}): ArmInfo {
  return {
    id,
    title: id,
    source: `${repo} on the Hub`,
    origin: 'hub',
    repo: { name: repo, revision: COMMIT, url: '' },
    license: null,
    about: '',
    loaded: true,
    engines: ['wgsl'],
    resident: true,
    dtype: 'f32',
    config: SMALL,
    notes: [],
    check: null,
    ...change,
  };
}

const pairOf = (arms: ArmInfo[]): PairInfo => ({
  id: 'gpt2-small',
  title: 'GPT-2 small',
  about: '',
  tokenizer: true,
  added: false,
  residency: 'all',
  arms,
});

// Written out once more, so that a slip in publishedNumbers.ts is seen.
const LOGIT_DIFFERENCES = [3.337, 3.202, 2.709, 3.797, 1.72, 5.281, 2.601, 5.767];
const SIGMAS = [19.57, 18.35, 18.29, 18.68, 17.49, 18.87, 16.42, 18.68];
const HEADS = {
  L9H6: 1.6281,
  L10H7: -1.4267,
  L11H1: -0.9117,
  L11H10: -0.9042,
  L10H0: 0.637,
  L10H10: 0.4524,
  L8H10: 0.4264,
};
const MILK_ANSWERS: Record<number, [percent: number, logit: number]> = {
  5335: [70.07, 18.09],
  262: [4.67, 15.38],
  1757: [4.54, 15.35],
  606: [4.11, 15.25],
  465: [2.73, 14.84],
};

const same = (a: readonly number[], b: readonly number[]) => a.join() === b.join();
const ioi = (tokens: readonly number[]) => IOI.findIndex((prompt) => same(prompt.tokens, tokens));
const score = (logit: number, prob = 0, piece = '') => ({
  id: 0,
  piece,
  logit,
  centeredLogit: logit,
  prob,
  rank: 0,
});
const data = (values: number[]) => ({ axes: [], shape: [values.length], data: Float32Array.from(values) });

/** What a GPT-2 whose every number is off by `shift` of what was published would say. */
function answer(id: string, { tokens, score: asked }: { tokens: number[]; score?: number[] }, shift: number) {
  if (id === 'attribution-patching')
    return { cleanMetric: 3.5, corruptedMetric: -3.5, leftOut: [], agreement: { sumAbsError: [0.4, 0.2] } };
  if (id === 'token-stats') return { loss: data(same(tokens, HELLO) ? [5, 6, 4.995567 + 3 * shift] : [1]) };
  if (id === 'confidence-neurons') {
    const neurons = [584, shift ? 17 : 2123, 2870, 2378, 1611, 2910, 2044];
    const others = Array.from({ length: 100 }, (_, i) => ({ neuron: 3000 + i, score: 1, nullShare: 0.0156 }));
    const singularValues = [
      1,
      ...Array.from({ length: 755 }, () => 0.08),
      ...Array.from({ length: 12 }, () => 0.01),
    ];
    const ranking = neurons.map((neuron) => ({ neuron, score: 4.56e5, nullShare: shift ? 0.2 : 0.95 }));
    return { ranking: [...ranking, ...others], singularValues };
  }
  if (id === 'edit-effects') return { edited: (LOGIT_DIFFERENCES[ioi(tokens)] as number) - 0.632 + shift };
  if (id === 'dla') {
    const named = Object.entries({ ...HEADS, L9H9: ioi(tokens) === 0 ? 1.9583 : 3.1374 });
    const sum = named.reduce((total, [, value]) => total + value, 0);
    return {
      terms: [
        ...named.map(([label, value]) => ({ label, value: value + shift })),
        { label: 'rest', value: 3.337 - sum },
      ],
    };
  }
  if (same(tokens, MILK)) {
    const answers = (asked ?? []).map((token) => MILK_ANSWERS[token] ?? ([0, 0] as const));
    return {
      top: [score(18, 0.7, ' Mary')],
      asked: answers.map(([p, logit]) => score(logit + shift, p / 100)),
    };
  }
  if (same(tokens, EIFFEL))
    return {
      top: [score(20.73, 0.958), score(0, 0.0139, ' E')],
      asked: [score(20.73 + shift, 0.958), score(20.73 - 10.6345)],
    };
  if (same(tokens, COLOSSEUM)) return { top: [], asked: [score(1 + shift), score(9.9884)] };
  return { top: [], asked: [score((LOGIT_DIFFERENCES[ioi(tokens)] as number) + shift), score(0)] };
}

function gpt2(shift: number): Normless {
  const each = <T>(arms: readonly string[], of: () => T) => Object.fromEntries(arms.map((id) => [id, of()]));
  return {
    version: 'test',
    status: () => ({
      ...STARTING,
      engines: { ...STARTING.engines, wgsl: { ...STARTING.engines.wgsl, device: 'a card' } },
    }),
    storage: async () => ({
      files: [
        {
          id: SHA,
          verified: true,
          size: 1,
          stored: 1,
          usedBy: [`openai-community/gpt2@${COMMIT}/model.safetensors`],
        },
        {
          id: 'b'.repeat(64),
          verified: true,
          size: 1,
          stored: 1,
          usedBy: [`openai-community/gpt2@${COMMIT}/config.json`],
        },
      ],
    }),
    analyze: async (id: string, request: { tokens?: number[]; arms: string[] }) => {
      const tokens = request.tokens ?? [50256, 1, 2, 3];
      return {
        engine: 'wgsl',
        tokens,
        arms: each(request.arms, () => answer(id, { ...request, tokens }, shift)),
        between: { 'vanilla|lnfree': { improvement: { mean: shift - 0.026, std: 0.082 } } },
      };
    },
    run: async ({
      tokens,
      arms,
      hooks,
      edits = [],
    }: Pick<RunRequest, 'edits'> & Record<'arms' | 'hooks', string[]> & { tokens: number[] }) => {
      // Every residual has ±1 in each dimension, times the length wanted of its position over √768.
      const length = (hook: string, p: number) =>
        (p > 0 ? 200 : hook.startsWith('blocks.2.') ? 2570 : 3110) + shift * 1000;
      const residual = (hook: string) =>
        Float32Array.from(
          { length: tokens.length * 768 },
          (_, i) => ((i % 2 ? 1 : -1) * length(hook, Math.floor(i / 768))) / Math.sqrt(768),
        );
      const less = edits.length > 0 ? 1.042 : 1;
      const scale = Float32Array.from(tokens, () => (SIGMAS[ioi(tokens)] ?? 1) / less + shift);
      const activations = Object.fromEntries(
        hooks.map((hook) => [hook, { data: hook === 'ln_final.hook_scale' ? scale : residual(hook) }]),
      );
      return { id: 'r', engine: 'wgsl', tokens, arms: each(arms, () => ({ activations })) };
    },
    dispose: async () => {},
    ioi: async () => [{ clean: { text: 'Then, Jamie and Erin went to the house. Jamie gave a bone to' } }],
    generate: async ({ tokens, arms }: { tokens: number[]; arms: string[] }) => {
      const goesOn = (same(tokens, THE_DOG.ids) ? THE_DOG : FLYING_MACHINE).goesOn.map((id) => ({
        id: shift ? id + 1 : id,
      }));
      return { engine: 'wgsl', arms: each(arms, () => ({ text: null, tokens: goesOn })) };
    },
  } as unknown as Normless;
}

const ORIGINAL = arm('original', 'openai-community/gpt2');
const measure = (id: number, shift: number, arms: ArmInfo[] = [ORIGINAL]): Promise<ClaimResult> =>
  measureClaim(gpt2(shift), CLAIMS.find((claim) => claim.id === id) as Claim, {
    pair: pairOf(arms),
    arms: arms.map((each) => each.id),
    prompt: { tokens: [50256, 1, 2, 3] },
    text: null,
  });

describe('GPT-2 small as released', () => {
  test.each([15, 16, 17, 18, 19, 20, 22, 23, 24])(
    'claim %d holds where it answers as published',
    async (id) => {
      const { figures, verdict } = await measure(id, 0);
      expect(figures.filter(({ ok }) => ok === false)).toEqual([]);
      expect(verdict).toBe('holds');
    },
  );

  test.each([15, 16, 17, 18, 19, 20, 22, 23, 24])('claim %d does not hold where it is off', async (id) => {
    expect((await measure(id, 0.5)).verdict).toBe('does not hold');
  });

  test('the Paris of claim 21 is XL’s: small ones are measured only', async () => {
    expect((await measure(21, 0)).verdict).toBe('measured');
    const xl = arm('original', 'openai-community/gpt2-xl');
    expect((await measure(21, 0, [xl])).verdict).toBe('holds');
    expect((await measure(21, 0.5, [xl])).verdict).toBe('does not hold');
  });

  test('the gain of claim 29 is the released control’s less the released LN-free model’s', async () => {
    const config = { ...SMALL, norm: { kind: 'linear' } as const };
    const free = arm('lnfree', 'schaeff/gpt2-small_LNFree300', { config });
    const control = arm('vanilla', 'schaeff/gpt2-small_vanilla300');
    expect((await measure(29, 0, [control, free])).verdict).toBe('holds');
    expect((await measure(29, 0.5, [control, free])).verdict).toBe('does not hold');
    expect((await measure(29, 0.5, [arm('vanilla', 'somebody/gpt2'), free])).verdict).toBe('measured');
  });

  test('other arms and other repositories are measured, and held against nothing published', async () => {
    const others = [arm('original', 'somebody/gpt2'), arm('lnfree', 'schaeff/gpt2-small_LNFree300')];
    const { figures, verdict } = await measure(18, 0.5, others);
    expect(verdict).toBe('measured');
    expect(new Set(figures.map((figure) => figure.arm))).toEqual(new Set(['original', 'lnfree']));
  });

  test('in fewer bits what is allowed is wider', async () => {
    const kept = (dtype: StorageDType) => [{ ...ORIGINAL, dtype }];
    expect((await measure(18, 0.03, kept('f32'))).verdict).toBe('does not hold');
    expect((await measure(18, 0.03, kept('f16'))).verdict).toBe('holds');
  });

  test('a result names weights, storage, engine and device', async () => {
    expect(await measure(16, 0)).toMatchObject({
      arms: [{ id: 'original', norm: 'layer', dtype: 'f32', weights: [{ sha256: SHA, of: 'file' }] }],
      engines: ['wgsl'],
      device: 'a card',
      normless: 'test',
      prompt: null,
      date: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
  });

  test('nothing is lacking for its claims', () => {
    const place = { pair: pairOf([ORIGINAL]), arms: ['original'], tokens: 4, text: false };
    for (const id of [15, 16, 17, 18, 19, 20, 21, 22, 23, 24])
      expect(lacking(CLAIMS[id - 1] as Claim, place)).toBeNull();
  });
});

test('released checkpoints are told by their repository', () => {
  const of = (name: string) => releasedAs({ repo: { name, revision: 'main', url: '' } });
  expect(of('schaeff/gpt2-xl_LNFree800')).toBe('xl/lnfree');
  expect(of('schaeff/gpt2-medium_vanilla500')).toBe('medium/vanilla');
  expect(of('schaeff/gpt2-medium_vanilla300')).toBeNull();
  expect(releasedAs({ repo: null })).toBeNull();
});

test('the eight prompts have fifteen ids, the name said twice at 10, the answer said once', () => {
  for (const { tokens, answer: name, subject } of IOI) {
    expect(tokens).toHaveLength(15);
    expect(tokens[10]).toBe(subject);
    expect(tokens.filter((id) => id === name)).toHaveLength(1);
    expect(tokens.filter((id) => id === subject)).toHaveLength(2);
  }
});
