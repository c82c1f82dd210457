import { expect, test } from 'vitest';
import { IOI_DIFFERENCES, IOI_SIGMAS } from '../../src/claims/publishedNumbers.ts';
import { gpt2Config, type ModelConfig } from '../../src/tensor/params.ts';
import { createCpuService } from '../cpuService.ts';
import { line } from '../parity.ts';
import { type Engine, parityRows, publishedSize, type Row } from './checks.ts';
import { BOTTLE, GREEDY, HEADS, HELLO, IOI, NEURONS, XL } from './published.ts';

const SMALL = { nLayers: 12, nHeads: 12, dModel: 768, nCtx: 1024, dVocab: 50257 };
const config = (change: Partial<ModelConfig>): ModelConfig => ({ ...gpt2Config(SMALL), ...change });

async function collect(engine: Engine, of: ModelConfig, pair = 'real', arm = 'model'): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of parityRows({ engine, pair, arm }, of)) rows.push(row);
  return rows;
}

/** Answers exactly what was published, each number off by `error`; characters are tokens. */
function publishedEngine(error: number): Engine {
  const continuations = GREEDY.map(({ tokens, text, expected }) => ({
    start: tokens ? [...tokens] : ids(text as string),
    expected: ids(expected),
  }));
  function ids(text: string): number[] {
    return [...text].map((c) => c.codePointAt(0) as number);
  }
  const score = (piece: string, percent = 0, logit = 0) => ({
    id: piece.codePointAt(0),
    piece,
    prob: (percent + error) / 100,
    centeredLogit: logit + error,
  });
  function top(request: { text?: string; tokens?: number[] }) {
    if (request.tokens) {
      const known = continuations.find(({ start }) => start.every((id, i) => request.tokens?.[i] === id));
      const next = known?.expected[request.tokens.length - (known?.start.length ?? 0)] ?? 0;
      return [score(String.fromCodePoint(next))];
    }
    if (request.text === BOTTLE.text)
      return BOTTLE.top.map(({ token, percent, logit }) => score(token, percent, logit));
    return [score(' Paris', XL.paris.percent, XL.paris.logit), score(XL.second.token, XL.second.percent)];
  }
  function dla(request: { text?: string; target?: string }) {
    const ioi = IOI.findIndex(([prompt]) => prompt === request.text);
    const xl = request.text === XL.aboutEiffel ? XL.eiffel : XL.colosseum;
    const actual = (IOI_DIFFERENCES[ioi] ?? xl) + error;
    const terms = [
      ...Object.entries(HEADS.terms).map(([label, value]) => ({ label, value: value + error })),
      ...NEURONS.map(([, label, value]) => ({ label, value: value + error })),
    ];
    return {
      actual,
      sum: actual,
      error: 0,
      tolerance: 1e-4,
      terms,
      convention: { scale: (IOI_SIGMAS[ioi] ?? 1) + error },
    };
  }
  return {
    tokenize: async (text: string) => ({ ids: ids(text), pieces: [...text] }),
    analyze: async (id: string, request: { text?: string }) => {
      const tensor = (value: number) => ({ data: Float32Array.of(value) });
      const stats = {
        loss: tensor(request.text === HELLO.text ? HELLO.loss.value + error : 1),
        entropy: tensor(1),
      };
      const result = id === 'predictions' ? { top: top(request) } : id === 'dla' ? dla(request) : stats;
      return { arms: { model: result } };
    },
  } as unknown as Engine;
}

test.each([
  ['small', config({}), 50],
  ['xl', config({ nLayers: 48, nHeads: 25, dModel: 1600 }), 11],
])('published values of %s: every row holds', async (size, of, atLeast) => {
  expect(publishedSize(of)).toBe(size);
  const rows = await collect(publishedEngine(0), of);
  expect(rows.filter(({ ok }) => ok === false)).toEqual([]);
  expect(rows.length).toBeGreaterThanOrEqual(atLeast);
});

test('a model that is off by a little fails every row with a number', async () => {
  const rows = await collect(publishedEngine(0.07), config({}));
  const numbers = rows.filter(({ expected, claim }) => claim !== null && expected.includes('±'));
  expect(numbers.length).toBeGreaterThan(30);
  expect(numbers.filter(({ ok }) => ok !== false)).toEqual([]);
  expect(line(numbers[0] as Row)).toMatch(/^NO {2}16 {2}mean loss.*expected 5\.33.*found 5\.40/);
});

test('LN-free and unknown shapes have no published values', () => {
  expect(publishedSize(config({ norm: { kind: 'linear' } }))).toBeNull();
  expect(publishedSize(config({ nLayers: 6 }))).toBeNull();
  expect(publishedSize(config({ dVocab: 50258 }))).toBeNull();
});

test('what holds of every model holds of the demo', async () => {
  const service = createCpuService();
  await service.start();
  const arms = (await service.pairs())[0]?.arms ?? [];
  for (const { id, config: of } of arms) {
    const rows = await collect(service, of as ModelConfig, 'demo', id);
    expect(rows).toHaveLength(4);
    expect(rows.filter(({ ok }) => !ok)).toEqual([]);
  }
});
