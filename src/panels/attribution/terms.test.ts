/** Terms as bars, matrices and words, on hand-made numbers and on the committed result. */

import { describe, expect, test } from 'vitest';
import { DEMO } from '../../../tools/demo.ts';
import type { DlaArm, DlaTerm } from '../../analysis/types/index.ts';
import { initialState } from '../../state/initial.ts';
import type { ResultOf } from '../../state/types.ts';
import { headMatrix, sourceRows, subtract, termRows, topNeurons } from './terms.ts';
import { conventionsInWords, exactness, questionInWords } from './words.ts';

const dla = (terms: DlaTerm[], change: Partial<DlaArm> = {}): DlaArm => ({
  position: 1,
  target: [1],
  contrast: [],
  unit: 'component',
  terms,
  sum: 1,
  actual: 1,
  error: 2e-7,
  tolerance: 1e-4,
  convention: { finalScale: 'frozen', scale: 1.478, centerUnembed: true, valueBias: 'head' },
  ...change,
});
const result = (original: DlaTerm[], lnfree: DlaTerm[]): ResultOf<'dla:component'> => ({
  analysis: 'dla',
  pair: 'demo',
  tokens: [5, 6],
  pieces: ['<|endoftext|>', ' girl'],
  engine: 'wgsl',
  arms: { original: dla(original), lnfree: dla(lnfree) },
});
const both = ['original', 'lnfree'] as const;

test('terms line up by label; the difference is second − first; a missing term is missing', () => {
  const rows = termRows(
    result(
      [
        { label: 'embed', value: 1 },
        { label: 'L0.mlp', layer: 0, value: 2 },
      ],
      [{ label: 'L0.mlp', layer: 0, value: 5 }],
    ),
    both,
    both,
  );
  expect(rows).toEqual([
    { label: 'embed', place: { term: 'embed' }, values: [1, null], difference: null },
    { label: 'L0.mlp', place: { layer: 0, term: 'L0.mlp' }, values: [2, 5], difference: 3 },
  ]);
});

test('heads become a matrix in layer and head order, whatever the order of the terms', () => {
  const matrix = headMatrix({
    terms: [
      { label: 'L1H1', layer: 1, head: 1, value: 4 },
      { label: 'embed', value: 9 },
      { label: 'L0H1', layer: 0, head: 1, value: 2 },
      { label: 'L0.mlp', layer: 0, value: 8 },
    ],
  });
  expect(matrix).toEqual({ layers: 2, heads: 2, values: new Float32Array([0, 2, 0, 4]) });
  expect(subtract(matrix, { ...matrix, values: new Float32Array([1, 1, 1, 1]) }).values).toEqual(
    new Float32Array([-1, 1, -1, 3]),
  );
});

test('the strongest neurons each way, by mean over the arms, nothing else among them', () => {
  const neurons = (values: number[]): DlaTerm[] => [
    ...values.map((value, n) => ({ label: `L0N${n}`, layer: 0, neuron: n, value })),
    { label: 'L0.b_out', layer: 0, value: 100 },
  ];
  const rows = topNeurons(result(neurons([1, -5, 3, 0, -2]), neurons([1, -5, 9, 0, -2])), both, both, 1);
  expect(rows.map((row) => row.label)).toEqual(['L0N2', 'L0N1']);
});

test('a head’s sources carry their token, and only that head’s are there', () => {
  const terms: DlaTerm[] = [
    { label: 'L1H0←0', layer: 1, head: 0, source: 0, value: 1 },
    { label: 'L1H0←1', layer: 1, head: 0, source: 1, value: 2 },
    { label: 'L1H1←1', layer: 1, head: 1, source: 1, value: 3 },
  ];
  const rows = sourceRows(result(terms, terms), both, both, { layer: 1, head: 0 });
  expect(rows.map((row) => [row.label, row.place.term])).toEqual([
    ['0 <|endoftext|>', 'L1H0←0'],
    ['1 ␣girl', 'L1H0←1'],
  ]);
});

test('the heads of the committed result and its components tell one story', () => {
  const { slots } = initialState();
  const heads = headMatrix(slots['dla:head'].result?.arms.lnfree ?? { terms: [] });
  const ofHeads = slots['dla:head'].result?.arms.lnfree?.terms;
  const ofParts = slots['dla:component'].result?.arms.lnfree?.terms;
  for (let layer = 0; layer < DEMO.nLayers; layer++) {
    const bO = ofHeads?.find(({ label }) => label === `L${layer}.b_O`)?.value ?? Number.NaN;
    const attention = ofParts?.find(({ label }) => label === `L${layer}.attn`)?.value ?? Number.NaN;
    const row = heads.values.subarray(layer * heads.heads, (layer + 1) * heads.heads);
    expect(row).toHaveLength(DEMO.nHeads);
    expect(row.reduce((sum, value) => sum + value, bO)).toBeCloseTo(attention, 4);
  }
});

describe('in words', () => {
  const she = { id: 673, piece: ' she' };
  const he = { id: 339, piece: ' he' };
  test('the question', () => {
    expect(questionInWords([she], [he])).toBe('␣she over ␣he');
    expect(questionInWords([she, he], [])).toBe('the mean of ␣she and ␣he');
  });
  test('the convention of each arm', () => {
    const free = dla([], {
      convention: { finalScale: 'none', scale: 1, centerUnembed: true, valueBias: 'head' },
    });
    const words = conventionsInWords([
      { arm: 'original', dla: dla([]) },
      { arm: 'lnfree', dla: free },
    ]);
    expect(words).toContain('frozen: σ = 1.478 in Original');
    expect(words).toContain('LN-free has none');
  });
  test('exact within tolerance, or how far off; NaN is never exact', () => {
    expect(exactness([{ arm: 'original', dla: dla([]) }])).toMatchObject({
      ok: true,
      text: '✓ adds up within 2e-7',
    });
    const off = exactness([{ arm: 'original', dla: dla([], { error: 0.2 }) }]);
    expect(off).toMatchObject({ ok: false, text: '✗ sum is off by 2e-1' });
    expect(exactness([{ arm: 'original', dla: dla([], { error: Number.NaN }) }]).ok).toBe(false);
  });
});
