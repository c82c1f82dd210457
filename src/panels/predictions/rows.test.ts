/** The predictions table: pinned rows first, no token twice, scores found wherever the result has them. */

import { expect, test } from 'vitest';
import type { TokenScore } from '../../analysis/types/index.ts';
import type { ResultOf } from '../../state/types.ts';
import { predictionRows, scoreOf } from './rows.ts';

const score = (id: number, prob: number): TokenScore => ({
  id,
  piece: `t${id}`,
  logit: Math.log(prob),
  centeredLogit: 0,
  prob,
  rank: id,
});
const arm = (top: TokenScore[], next: TokenScore | null = null) => ({
  position: 1,
  top,
  entropy: 1,
  meanLogit: 0,
  next,
  loss: null,
});

const result: ResultOf<'predictions'> = {
  analysis: 'predictions',
  pair: 'demo',
  tokens: [0, 1],
  pieces: ['a', 'b'],
  engine: 'wgsl',
  arms: {
    original: arm([score(1, 0.5), score(2, 0.3)], score(7, 0.01)),
    lnfree: { ...arm([score(2, 0.6), score(3, 0.2)], score(7, 0.02)), asked: [score(9, 0.001)] },
  },
  between: {
    'original|lnfree': {
      position: 1,
      rows: [
        {
          id: 3,
          piece: 't3',
          first: score(3, 0.1),
          second: score(3, 0.2),
          difference: { logit: 0, centeredLogit: 0, prob: 0, rank: 0 },
        },
      ],
    },
  },
};
const arms = ['original', 'lnfree'];

test('target, contrast and the actual next token come first, then the union by mean probability', () => {
  const rows = predictionRows(result, arms, [{ id: 3, piece: 't3' }], [{ id: 9, piece: 't9' }], 10);
  expect(rows.map((row) => [row.id, row.role])).toEqual([
    [3, 'target'],
    [9, 'contrast'],
    [7, 'next'],
    [2, null],
    [1, null],
  ]);
});

test('the actual next token is marked even where it is the target', () => {
  const [row] = predictionRows(result, arms, [{ id: 7, piece: 't7' }], [], 10);
  expect(row).toMatchObject({ role: 'target', isNext: true });
});

test('the count limits only the rows that are there for their probability', () => {
  expect(predictionRows(result, arms, [{ id: 3, piece: 't3' }], [], 1).map((row) => row.id)).toEqual([
    3, 7, 2,
  ]);
});

test('a score is found in the top, among the asked, as the next, and between two arms; else there is none', () => {
  expect(scoreOf(result, 'original', 1)?.prob).toBe(0.5);
  expect(scoreOf(result, 'lnfree', 9)?.prob).toBe(0.001);
  expect(scoreOf(result, 'original', 7)?.prob).toBe(0.01);
  expect(scoreOf(result, 'original', 3)?.prob).toBe(0.1);
  expect(scoreOf(result, 'original', 9)).toBeNull();
});

test('of edited models, what the others find likeliest has a row too, and every row both scores', () => {
  const base: typeof result = {
    ...result,
    arms: { original: arm([score(4, 0.9)]), lnfree: arm([score(4, 0.8)]) },
    between: {},
  };
  const before: typeof result = {
    ...result,
    arms: {
      original: { ...arm([]), asked: [score(1, 0.02)] },
      lnfree: { ...arm([]), asked: [score(1, 0.01)] },
    },
    between: {},
  };
  const rows = predictionRows(result, arms, [], [], 3, [base, before]);
  expect(rows.map((row) => row.id)).toEqual([7, 4, 2, 1]);
  expect(rows[1]).toMatchObject({ scores: {}, before: { original: { prob: 0.9 }, lnfree: { prob: 0.8 } } });
  expect(rows[3]).toMatchObject({
    scores: { original: { prob: 0.5 } },
    before: { original: { prob: 0.02 } },
  });
});
