/** The panel's words and tables. */

import { expect, test } from 'vitest';
import type { NormScalesArm, NormSurgeryStep } from '../../analysis/types/index.ts';
import { labelled } from '../../tensor/tensor.ts';
import { scalesCsv, surgeryCsv } from './csv.ts';
import { answerInWords, sigmaInWords, siteName, stageName, surgeryInWords } from './words.ts';

const scales = (sigma: number[]): NormScalesArm => ({
  norm: 'layer',
  scale: 'recorded',
  eps: 1e-5,
  sites: ['ln_final'],
  sigma: labelled(['site', 'position'], [1, sigma.length], Float32Array.from(sigma)),
  stages: ['hook_embed', 'blocks.0.hook_resid_pre'],
  centred: true,
  lengths: labelled(['stage', 'position'], [2, sigma.length], new Float32Array(2 * sigma.length)),
  cosines: labelled(['stage', 'position'], [1, sigma.length], new Float32Array(sigma.length)),
  massive: [],
});

test('names of norms and stages', () => {
  expect(['blocks.11.ln2', 'ln_final'].map(siteName)).toEqual(['L11 ln2', 'final']);
  const stages = [
    'hook_embed',
    'blocks.0.hook_resid_pre',
    'blocks.3.hook_resid_mid',
    'blocks.3.hook_resid_post',
  ];
  expect(stages.map(stageName)).toEqual([
    'token embedding',
    'token + position',
    'L3 after attention',
    'L3 after MLP',
  ]);
});

test('position 0 is told apart, and there may be no other', () => {
  expect(answerInWords({ arm: 'original', scales: scales([9, 1, 3]) })).toBe(
    'Original’s final norm divides by 2.00 on average, and 9.00 at position 0 (1.00 to 3.00 at the later positions).',
  );
  expect(answerInWords({ arm: 'original', scales: scales([9]) })).toBe(
    'Original’s final norm divides by 9.00 at position 0.',
  );
});

const step = (label: string, kl: number, sigmas: number[]): NormSurgeryStep => ({
  label,
  frozen: sigmas.map((sigma) => ({ site: 'blocks.0.ln2', kind: 'mlp', sigma })),
  loss: null,
  entropy: 1,
  kl,
  top: { id: 1, piece: ' a', prob: 0.5 },
});

test('by kind, the step that changes most is told; a prompt of one token has no loss', () => {
  const steps = [step('untouched', 0, []), step('all MLPs', 0.4, [0.1, 2]), step('final', 0.1, [3])];
  expect(surgeryInWords({ arm: 'original', surgery: { norm: 'layer', by: 'kind', steps } })).toBe(
    'Original: no loss (one token) as it is, no loss (one token) with all MLPs taken out, the step that changes most (KL 0.400); after the last token it then predicts ␣a 50.0 %, before ␣a 50.0 %.',
  );
  expect(steps.map(sigmaInWords)).toEqual(['its own', '0.10 to 2.00', '3.00']);
});

test('tables have a row per model, place and position, and per step', () => {
  const result = { pieces: ['<|endoftext|>', ' a,b'] } as Parameters<typeof scalesCsv>[0];
  const rows = scalesCsv(result, [{ arm: 'original', scales: scales([9, 1]) }]).split('\r\n');
  expect(rows).toHaveLength(1 + 2 * (1 + 2 + 1));
  expect(rows[2]).toBe('original,sigma recorded,ln_final,1," a,b",1');
  const steps = [step('untouched', 0, []), step('all MLPs', 0.25, [0.5, 2])];
  expect(
    surgeryCsv([{ arm: 'vanilla', surgery: { norm: 'layer', by: 'kind', steps } }]).split('\r\n')[2],
  ).toBe('vanilla,1,all MLPs,0.5 2,,1,0.25,1, a,0.5');
});
