/** Scores as the panel lists them: the best head, an order, and the table that is exported. */

import { expect, test } from 'vitest';
import type { AttentionOverview } from '../../analysis/types/index.ts';
import { labelled } from '../../tensor/tensor.ts';
import { bestHead, orderedHeads, scoreOf, scoresCsv } from './heads.ts';
import { weightingInWords } from './weighting.ts';

const perHead = (...values: number[]) => labelled(['layer', 'head'], [2, 2], Float32Array.from(values));

const overview: AttentionOverview = {
  scores: {
    previous: perHead(0.25, 0.5, 0.75, 0.125),
    self: perHead(0, 0, 0, 0.5),
    first: perHead(1, 0.5, 0.25, 0),
    duplicate: null,
    induction: null,
  },
  queries: { previous: 3, self: 3, first: 3, duplicate: 0, induction: 0 },
  epsilon: 0.3,
  sink: { queries: 0.5, heads: 0.5 },
  sinkWithQuery0: { queries: 0.625, heads: 0.75 },
  sinkByHead: perHead(1, 0.5, 0, 0),
  thumbnails: labelled(['layer', 'head', 'row', 'column'], [2, 2, 1, 1], Float32Array.of(1, 1, 1, 1)),
  bins: [0],
};
const arms = [{ arm: 'original', overview }];

test('the best head of a score, none where it cannot be measured', () => {
  expect(bestHead(overview, 'previous')).toEqual({ layer: 1, head: 0, value: 0.75 });
  expect(bestHead(overview, 'induction')).toBeNull();
  expect(scoreOf(overview, 'self', 1, 1)).toBe(0.5);
  expect(scoreOf(overview, 'duplicate', 1, 1)).toBeNull();
});

test('heads in the model’s order, or by a score of an arm', () => {
  const inOrder = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  expect(orderedHeads(arms, null)).toEqual(inOrder);
  expect(orderedHeads(arms, { arm: 'original', name: 'previous' })).toEqual([
    [1, 0],
    [0, 1],
    [0, 0],
    [1, 1],
  ]);
  expect(orderedHeads(arms, { arm: 'original', name: 'induction' })).toEqual(inOrder);
});

test('the exported table leaves empty what cannot be measured', () => {
  expect(scoresCsv(arms).split('\r\n')).toEqual([
    'layer,head,original previous,original induction,original duplicate,original self,original first,original sink > 0.3',
    '0,0,0.25,,,0,1,1',
    '0,1,0.5,,,0,0.5,0.5',
    '1,0,0.75,,,0,0.25,0',
    '1,1,0.125,,,0.5,0,0',
  ]);
});

test('a weighting names what the numbers are', () => {
  const [she, he] = [
    { id: 1, piece: ' she' },
    { id: 2, piece: ' he' },
  ];
  expect(weightingInWords('value', [], [])).toContain('‖v·W_O‖');
  expect(weightingInWords('dla', [she], [he])).toContain(
    'for ␣she over ␣he, every query’s own final σ frozen',
  );
});
