/** Pairs, budgets and kept files as an engine with a device of 4 GiB might tell them: for tests of the models dialog. */

import type { ArmCheck, ArmInfo, Budget, PairInfo, StorageInfo } from '../engine/api.ts';
import { gpt2Config, type ModelConfig, type StorageDType } from '../tensor/params.ts';

const MEMORY = 4 * 2 ** 30;
const WORKING = 90e6;
const DTYPES: readonly StorageDType[] = ['f32', 'f16', 'q8'];
const BYTES = { f32: 4, f16: 2, q8: 1.06 } as Record<StorageDType, number>;

export const ARMS = ['original', 'vanilla', 'lnfree'] as const;

export const OK_CHECK: ArmCheck = {
  norm: 'layer',
  nonFinite: [],
  loss: 3.21,
  limit: 5.41,
  ok: true,
  message: 'LayerNorm found; every weight is finite; the loss on a common sentence is 3.21 nats.',
};

export function config(change: Partial<ModelConfig> = {}): ModelConfig {
  const small = { nLayers: 12, nHeads: 12, dModel: 768, nCtx: 1024, dVocab: 50257 };
  return { ...gpt2Config(small), ...change };
}

/** An arm of the demo pair: bundled and loaded. */
export function demoArm(id: string): ArmInfo {
  return {
    ...hubArm(id, ''),
    source: 'a test',
    origin: 'bundled',
    repo: null,
    loaded: true,
    engines: ['wgsl'],
    resident: true,
    dtype: 'f32',
    config: config({ nLayers: 6, nHeads: 4, dModel: 128, dHead: 32, dMlp: 512, nCtx: 256, dVocab: 8192 }),
    check: null,
  };
}

export function hubArm(id: string, repo: string): ArmInfo {
  return {
    id,
    title: id,
    source: `${repo} on the Hub`,
    origin: 'hub',
    repo: { name: repo, revision: 'main', url: `https://huggingface.co/${repo}` },
    license: 'mit',
    about: `What ${id} is.`,
    loaded: false,
    engines: [],
    resident: false,
    dtype: null,
    config: config(),
    notes: [],
    check: null,
  };
}

export function pairOf(id: string, title: string, arms: ArmInfo[], change: Partial<PairInfo> = {}): PairInfo {
  return { id, title, about: '', tokenizer: true, added: false, residency: 'all', arms, ...change };
}

/** The demo, GPT-2 small and XL. */
export function fakePairs(): PairInfo[] {
  const family = (size: string) => ARMS.map((arm) => hubArm(arm, `somebody/gpt2-${size}-${arm}`));
  return [
    pairOf('demo', 'Demo', ARMS.map(demoArm)),
    pairOf('gpt2-small', 'GPT-2 small · 12 layers, 124 M parameters', family('small'), {
      about: 'The size most of the literature is about.',
    }),
    pairOf('gpt2-xl', 'GPT-2 XL · 48 layers, 1.56 B parameters', family('xl'), { about: 'The largest.' }),
  ];
}

const PARAMETERS: Record<string, number> = { demo: 2.3e6, 'gpt2-small': 124.4e6, 'gpt2-xl': 1.558e9 };

/** What these arms of the pair would take on a device of 4 GiB. */
export function fakeBudget(pair: PairInfo, ids: readonly string[]): Budget {
  const count = PARAMETERS[pair.id] ?? 10e6;
  const per = (scale: (dtype: StorageDType) => number) =>
    Object.fromEntries(DTYPES.map((dtype) => [dtype, scale(dtype)])) as Record<StorageDType, number>;
  const gpu = per((dtype) => count * BYTES[dtype]);
  const arms = pair.arms
    .filter(({ id }) => ids.includes(id))
    .map(({ id, origin, loaded }) => {
      const stored = origin === 'hub' ? 0 : 4 * count;
      const split = { f32: false, f16: false, q8: false } as Record<StorageDType, boolean>;
      return { id, files: 4 * count, stored, download: 4 * count - stored, gpu, split, loaded };
    });
  const plans = Object.fromEntries(
    DTYPES.map((dtype) => {
      const one = gpu[dtype] + WORKING;
      const all = arms.length * gpu[dtype] + WORKING;
      const residency = all <= MEMORY ? 'all' : one <= MEMORY ? 'one-at-a-time' : 'does-not-fit';
      return [dtype, { all, one, residency, message: `${dtype}: ${residency}.` }];
    }),
  ) as Budget['plans'];
  const fits = DTYPES.find((dtype) => plans[dtype].residency === 'all');
  const turns = DTYPES.find((dtype) => plans[dtype].residency === 'one-at-a-time');
  return {
    pair: pair.id,
    engine: 'wgsl',
    arms,
    working: WORKING,
    inUse: 0,
    allocated: 0,
    plans,
    suggested: fits
      ? { dtype: fits, residency: 'all' }
      : turns
        ? { dtype: turns, residency: 'one-at-a-time' }
        : null,
    limits: { bufferBytes: 2 ** 31, bindingBytes: 2 ** 31 - 4 },
    basis: 'Tried out on this device.',
  };
}

const SHA = (letter: string) => letter.repeat(64);

export function fakeStorage(): StorageInfo {
  const at = (name: string, file: string) => `somebody/${name}@${'c0ffee'.repeat(6)}abcd/${file}`;
  return {
    kind: 'opfs',
    message: 'Models are kept in this browser’s private file system until they are deleted here.',
    files: [
      { id: SHA('a'), usedBy: [at('one', 'model.safetensors')], stored: 498e6, size: 498e6, verified: true },
      { id: SHA('b'), usedBy: [at('two', 'model.safetensors')], stored: 120e6, size: 498e6, verified: false },
      {
        id: 'git-1',
        usedBy: [at('one', 'tokenizer.json'), at('two', 'tokenizer.json')],
        stored: 1.3e6,
        size: 1.3e6,
        verified: true,
      },
    ],
    usage: 620e6,
    quota: 60e9,
    persisted: false,
  };
}
