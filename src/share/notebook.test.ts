/** The notebook: valid nbformat 4.5, our numbers to the last digit, and no text of a prompt that could be code or markup. */

import { describe, expect, test } from 'vitest';
import type { Edit } from '../engine/api.ts';
import { siteOf } from '../model/editSites.ts';
import { type Notebook, notebook } from './notebook.ts';
import { notebookAnalysis, withFullSite } from './notebookAnalysis.ts';
import { python } from './notebookPython.ts';
import { firstSnapshot } from './snapshot.suite.ts';

const sourceOf = ({ cells }: Notebook, id: string) => cells.find((cell) => cell.id === id)?.source ?? '';

/** What the JSON schema of nbformat 4.5 asks of a notebook of markdown and code cells. */
function faults(made: unknown): string[] {
  const found: string[] = [];
  const must = (what: string, holds: boolean) => !holds && found.push(what);
  const { nbformat, nbformat_minor, metadata, cells, ...more } = made as Record<string, unknown>;
  must('nothing else at the top', Object.keys(more).length === 0);
  must('format 4', nbformat === 4);
  must('format 4.5 or later', Number.isInteger(nbformat_minor) && (nbformat_minor as number) >= 5);
  const { kernelspec, language_info } = metadata as Record<string, Record<string, unknown>>;
  must(
    'a kernel by both names',
    ['name', 'display_name'].every((k) => typeof kernelspec?.[k] === 'string'),
  );
  must('a language', typeof language_info?.name === 'string');
  const ids = new Set<unknown>();
  for (const cell of cells as Record<string, unknown>[]) {
    const { cell_type, id, metadata: own, source, ...rest } = cell;
    must(`an id that is allowed: ${id}`, typeof id === 'string' && /^[a-zA-Z0-9-_]{1,64}$/.test(id));
    must(`an id once: ${id}`, !ids.has(id));
    ids.add(id);
    must(`metadata of ${id}`, typeof own === 'object' && own !== null && !Array.isArray(own));
    must(`a source of ${id}`, typeof source === 'string' && source.length > 0);
    const code = cell_type === 'code';
    must(`a type of ${id}`, code || cell_type === 'markdown');
    const fields = code ? ['execution_count', 'outputs'] : [];
    must(`the fields of ${id}`, Object.keys(rest).sort().join() === fields.join());
    if (code) must(`no outputs of ${id}`, rest.execution_count === null && String(rest.outputs) === '');
  }
  return found;
}

describe('the notebook of the first analysis', () => {
  const snapshot = firstSnapshot();
  const made = notebook(snapshot);

  test('is valid, and stays itself as a file', () => {
    expect(faults(made)).toEqual([]);
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    expect(faults({ ...made, nbformat_minor: 4, cells: [...made.cells, made.cells[0]] })).toHaveLength(2);
  });

  test('defines what cells use before they use it', () => {
    const order = made.cells.map(({ id }) => id);
    expect(order.indexOf('analysis')).toBeLessThan(order.indexOf('weights'));
    expect(order.indexOf('weights')).toBeLessThan(order.indexOf('edits'));
    expect(order.indexOf('edits')).toBeLessThan(order.indexOf('forward'));
    expect(order.indexOf('forward')).toBeLessThan(order.indexOf('compare'));
  });

  test('holds every number of every arm as it is', () => {
    const { runs, arms } = notebookAnalysis(snapshot);
    const [run] = snapshot.runs;
    expect(Object.keys(arms)).toEqual(['original', 'lnfree']);
    for (const arm of ['original', 'lnfree']) {
      const told = runs[0]?.arms[arm];
      const dla = run?.attribution?.component[arm];
      expect(told?.attribution.component?.actual).toBe(dla?.actual);
      for (const { label, value } of dla?.terms ?? [])
        expect(told?.attribution.component?.terms[label]).toBe(value);
      for (const { id, logit, prob } of run?.predictions[arm]?.top ?? [])
        expect(told?.predictions.find((token) => token.id === id)).toMatchObject({ logit, prob });
      expect(told?.loss).toHaveLength(snapshot.tokens.length - 1);
    }
    expect(sourceOf(made, 'analysis')).toContain(`"tokens": [${snapshot.tokens.join(', ')}]`);
  });

  test('says which cells were not run, and links to the page', () => {
    for (const id of ['transformer-lens', 'nnsight'])
      expect(sourceOf(made, id)).toMatch(/^# Not run where this notebook was made\./);
    expect(sourceOf(made, 'introduction')).toContain(`<${snapshot.link}>`);
  });
});

test('hostile texts are neither markup nor code', () => {
  const piece = ' <script>alert("x")</script>`$\\"""\n';
  const base = firstSnapshot();
  const made = notebook({
    ...base,
    pair: { id: piece, title: piece },
    pieces: base.pieces.map(() => piece),
    target: [{ id: 673, piece }],
    arms: base.arms.map((arm) => ({ ...arm, title: piece, source: piece })),
  });
  const introduction = sourceOf(made, 'introduction');
  expect(introduction).not.toMatch(/(?<!\\)<script/);
  expect(introduction).not.toMatch(/(?<!\\)`/);
  // Every line of the data is one that begins with a bracket or a literal: no text broke out of its quotes.
  expect(sourceOf(made, 'analysis')).not.toContain('\n<script');
  expect(sourceOf(made, 'analysis')).toContain('\\"\\"\\"\\n"');
});

test('Python reads values as they are', () => {
  expect(python({ a: null, b: [true, false], c: undefined })).toBe('{"a": None, "b": [True, False]}');
  expect(python([0.1 + 0.2, 1e-7, 1e21, -3, Math.fround(0.1)])).toBe('[0.3, 1e-7, 1e+21, -3, 0.100000001]');
  expect(python([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe(
    '[float("nan"), float("inf"), float("-inf")]',
  );
  expect(python('é"\\\n🙂\ud800')).toBe('"\\u00e9\\"\\\\\\n\\U0001f642\\ud800"');
  expect(python({ text: 'x'.repeat(120), more: [1] })).toBe(
    `{\n    "text": "${'x'.repeat(120)}",\n    "more": [1],\n}`,
  );
});

test('sites of edits are named in full, as the engine names them', () => {
  const names = ['resid_pre', 'resid_mid', 'resid_post', 'attn_out', 'mlp_out', 'q', 'k', 'v', 'z'];
  const sites = [...names, 'attn_scores', 'scores', 'pattern', 'mlp_pre', 'mlp_post'].map((n) => `L3.${n}`);
  for (const site of [...sites, 'blocks.3.attn.hook_z', 'blocks.3.mlp.hook_pre', 'blocks.3.hook_mlp_out'])
    expect(withFullSite({ kind: 'zero', site }).site).toBe(siteOf(site)?.hook);
  const frozen = (site: string): Edit => ({ kind: 'freeze-norm', site, value: 1 });
  expect(withFullSite(frozen('L3.ln1.hook_scale')).site).toBe('blocks.3.ln1');
  expect(withFullSite(frozen('ln_final')).site).toBe('ln_final');
});
