/** Verify's sentences: agreement, one engine against two, two alone, several models; and what comes with it. */

import { describe, expect, test } from 'vitest';
import type { VerifyRow } from '../../engine/api.ts';
import { exampleReport } from '../../state/exampleReport.ts';
import { groupsOf, reportCsv, tableRows, tracksOf } from './rows.ts';
import { badgeOf, leftOutOf, nonFiniteInWords, phaseInWords, verdictOf } from './words.ts';

const HOOK = 'blocks.3.attn.hook_z';
const sentence = (report: Parameters<typeof verdictOf>[0]) => {
  const { before, hook, after } = verdictOf(report);
  return before + hook + after;
};
const faulty = (engine: VerifyRow['engines'][0], engines?: VerifyRow['engines'][0][]) =>
  exampleReport(engines, { engine, hook: HOOK, relative: 0.012 });

describe('the verdict', () => {
  test('where all agree names the largest difference and where it is', () => {
    const report = exampleReport();
    expect(verdictOf(report).ok).toBe(true);
    expect(sentence(report)).toMatch(
      /^All 113 hooks of 3 models agree: largest relative difference \de-6 \(allowed 1e-4\), at \S+ of (Original|Vanilla FT|LN-free), [a-zA-Z ]+ against [a-zA-Z ]+\.$/,
    );
    expect(badgeOf(report)).toMatchObject({
      ok: true,
      text: expect.stringMatching(/^✓ agree within \de-6$/),
    });
  });

  test.each([
    ['wgsl', 'our WebGPU kernels differ from ONNX Runtime and the CPU twin, which agree with each other, by'],
    ['ort', 'ONNX Runtime differs from our WebGPU kernels and the CPU twin, which agree with each other, by'],
    ['cpu', 'the CPU twin differs from our WebGPU kernels and ONNX Runtime, which agree with each other, by'],
  ] as const)('of three engines blames the one that differs from two: %s', (engine, words) => {
    const report = faulty(engine);
    expect(sentence(report)).toBe(
      `First difference at ${HOOK} of Original, Vanilla FT and LN-free: ${words} 1.2e-2 (allowed 1e-4). What comes after it inherits it.`,
    );
    expect(badgeOf(report)).toMatchObject({ ok: false, text: '✗ engines disagree' });
  });

  test('of two engines blames neither', () => {
    expect(sentence(faulty('wgsl', ['wgsl', 'ort']))).toContain(
      'our WebGPU kernels and ONNX Runtime differ by 1.2e-2',
    );
  });

  test('where every two differ, and in one model only, says that', () => {
    const report = exampleReport();
    report.firstDivergence = HOOK;
    report.hooks = report.hooks.map((row) =>
      row.hook === HOOK && row.arm === 'lnfree' ? { ...row, relative: Infinity, ok: false } : row,
    );
    expect(sentence(report)).toContain(
      `at ${HOOK} of LN-free: every engine differs from every other, by up to +Inf`,
    );
  });
});

test('values that are not finite on either side are told, by their first hook', () => {
  const report = exampleReport();
  expect(nonFiniteInWords(report)).toBeNull();
  Object.assign(report.hooks[7] as VerifyRow, { nonFinite: 3 });
  expect(nonFiniteInWords(report)).toContain(`${report.hooks[7]?.hook} of Original: 3 of 2560`);
});

test('engines left out keep their reason, and progress speaks of models and engines by name', () => {
  expect(leftOutOf(exampleReport(['ort', 'cpu']))).toEqual([
    { name: 'WebGPU kernels', reason: expect.stringMatching(/^This browser has no WebGPU\./) },
  ]);
  const phase = (text: string) =>
    phaseInWords({ done: 0, total: 1, unit: 'steps', phase: text }, ['original', 'lnfree']);
  expect(phase('comparing blocks.3.attn.hook_z of lnfree')).toBe('comparing blocks.3.attn.hook_z of LN-free');
  expect(phase('running original on ort')).toBe('running Original on ONNX Runtime');
});

describe('rows', () => {
  test('per model the hooks in their order, every two engines beside each other', () => {
    const [original, ...others] = tracksOf(exampleReport());
    expect(others).toHaveLength(2);
    expect(original?.hooks).toHaveLength(113);
    expect(original?.pairs.map(({ engines }) => engines.join())).toEqual(['wgsl,ort', 'wgsl,cpu', 'ort,cpu']);
    for (const { rows } of original?.pairs ?? [])
      expect(rows.map(({ hook }) => hook)).toEqual(original?.hooks);
  });

  test('hooks are grouped by layer, with what is before and after', () => {
    const hooks = ['hook_embed', 'hook_pos_embed', 'blocks.0.a', 'blocks.1.a', 'blocks.1.b', 'logits'];
    expect(groupsOf(hooks)).toEqual([
      { key: 'before', label: '', count: 2 },
      { key: '0', label: '0', count: 1 },
      { key: '1', label: '1', count: 2 },
      { key: 'after', label: '', count: 1 },
    ]);
  });

  test('the table is the whole report, or what is beyond tolerance, largest first where asked', () => {
    const report = faulty('wgsl');
    expect(tableRows(report, 'forward', false)).toEqual(report.hooks);
    const bad = tableRows(report, 'largest', true);
    expect(bad).toHaveLength(report.hooks.filter(({ ok }) => !ok).length);
    const sizes = bad.map(({ relative }) => relative);
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  });

  test('as CSV there is a line for each, with both engines and infinities by name', () => {
    const report = exampleReport();
    Object.assign(report.hooks[1] as VerifyRow, { relative: Infinity, maxAbs: Infinity, ok: false });
    const lines = reportCsv(report).split('\r\n');
    expect(lines).toHaveLength(report.hooks.length + 1);
    expect(lines[0]).toBe('model,hook,engine_1,engine_2,count,max_abs,mean_abs,rms,relative,non_finite,ok');
    expect(lines[2]).toBe('original,hook_embed,wgsl,cpu,2560,Infinity,0,0.8,Infinity,0,false');
  });
});
