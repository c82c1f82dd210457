/** The form's drafts as edits, edits in words, and the engine's refusals at the edit they are about. */

import { describe, expect, test } from 'vitest';
import { InputError, toErrorRecord } from '../../base/errors.ts';
import type { Edit } from '../../engine/api.ts';
import { initialState } from '../../state/initial.ts';
import type { WorkbenchState } from '../../state/types.ts';
import { KINDS, SITES, sitesOf } from './choices.ts';
import { type Draft, editOf, emptyDraft, withKind } from './draft.ts';
import { refusals } from './refusals.ts';
import { editInWords } from './words.ts';

const PIECES = ['<|endoftext|>', 'Once', ' upon', ' a'];
const draft = (change: Partial<Draft>): Draft => ({ ...emptyDraft('original', 'Once upon a'), ...change });

describe('a draft', () => {
  test.each<[Partial<Draft>, Edit]>([
    [
      { head: '1', layer: '2' },
      { kind: 'zero', site: 'blocks.2.attn.hook_z', head: 1 },
    ],
    [
      { kind: 'mean', site: 'mlp_out', position: ' -1' },
      { kind: 'mean', site: 'blocks.0.hook_mlp_out', position: -1 },
    ],
    [
      { kind: 'mean', site: 'mlp_post', neuron: '17', value: '0.5' },
      { kind: 'mean', site: 'blocks.0.mlp.hook_post', neuron: 17, of: [0.5] },
    ],
    [
      { kind: 'set', site: 'mlp_pre', neuron: '17', value: '−2.5' },
      { kind: 'set', site: 'blocks.0.mlp.hook_pre', neuron: 17, value: -2.5 },
    ],
    [
      { kind: 'add', site: 'resid_mid', value: '[1, 2\n3]' },
      { kind: 'add', site: 'blocks.0.hook_resid_mid', value: [1, 2, 3] },
    ],
    [
      { kind: 'scale', site: 'attn_scores', query: '3', key: '0', head: '', value: '2' },
      { kind: 'scale', site: 'blocks.0.attn.hook_attn_scores', query: 3, key: 0, value: 2 },
    ],
    [
      { kind: 'freeze-norm', site: 'ln1', layer: '1', path: 'v' },
      { kind: 'freeze-norm', site: 'blocks.1.ln1.hook_scale', path: 'v', value: 'prompt' },
    ],
    [
      { kind: 'freeze-norm', site: 'ln_final', layer: 'left over', path: 'v', value: '1.5' },
      { kind: 'freeze-norm', site: 'ln_final.hook_scale', value: 1.5 },
    ],
    [
      { kind: 'knock-out', site: 'pattern', head: '3', query: '3', key: '1' },
      { kind: 'knock-out', site: 'blocks.0.attn.hook_pattern', head: 3, query: 3, key: 1 },
    ],
  ])('%j', (change, edit) => {
    expect(editOf(draft(change))).toEqual(edit);
  });

  test('takes what was fetched for it', () => {
    const steer = draft({ kind: 'add', site: 'resid_pre' });
    expect(editOf(steer, { vector: [1, 2] })).toMatchObject({ kind: 'add', value: [1, 2] });
    const source = { tokens: [1, 2] };
    expect(editOf(draft({ kind: 'from-run' }), { source })).toMatchObject({ kind: 'from-run', source });
  });

  test('leaves out fields that its site does not have, whatever was typed there before', () => {
    expect(editOf(draft({ site: 'mlp_out', head: '3', neuron: 'x' }))).toEqual({
      kind: 'zero',
      site: 'blocks.0.hook_mlp_out',
    });
  });

  test.each<[string, Partial<Draft>]>([
    ['layer', { layer: '' }],
    ['layer', { layer: '1.5' }],
    ['head', { head: 'three' }],
    ['no number', { kind: 'set', value: '' }],
    ['no number', { kind: 'set', value: '1, x' }],
    ['no number', { kind: 'add', direction: 'numbers', value: '1e999' }],
    ['One number', { kind: 'freeze-norm', site: 'ln2', value: '1 2' }],
    ['Type the prompt', { kind: 'from-run', text: '' }],
  ])('what is wrong is said: %s, of %j', (said, change) => {
    expect(() => editOf(draft(change))).toThrow(InputError);
    expect(() => editOf(draft(change))).toThrow(said);
  });

  test('every kind has a site, and changing the kind ends on one of its own', () => {
    for (const kind of Object.keys(KINDS) as Draft['kind'][]) {
      for (const site of Object.keys(SITES) as Draft['site'][]) {
        expect(sitesOf(kind)).toContain(withKind(draft({ site }), kind).site);
      }
    }
  });
});

describe('words', () => {
  test.each<[Edit, string | null, string]>([
    [{ kind: 'zero', site: 'blocks.2.attn.hook_z', head: 1 }, null, 'L2H1 z → 0'],
    [{ kind: 'zero', site: 'L2.z' }, null, 'L2 z of all heads → 0'],
    [{ kind: 'mean', site: 'blocks.3.hook_mlp_out' }, null, 'L3 MLP → its mean over the prompt'],
    [{ kind: 'set', site: 'L0.mlp_post', neuron: 17, value: -2.5 }, null, 'L0N17 → −2.5'],
    [
      { kind: 'add', site: 'L3.resid_pre', position: 1, value: [1, 2] },
      '4 × ␣a',
      'L3 resid_pre at 1 Once + 4 × ␣a',
    ],
    [
      { kind: 'add', site: 'L3.resid_pre', position: -1, value: [1, 2] },
      null,
      'L3 resid_pre at −1 ␣a + 2 numbers',
    ],
    [{ kind: 'scale', site: 'L1.attn_out', position: 9, value: 2 }, null, 'L1 attention at 9 × 2'],
    [{ kind: 'from-run', site: 'L1.resid_pre', source: { text: 'Ben' } }, null, 'L1 resid_pre → as in “Ben”'],
    [
      { kind: 'knock-out', site: 'L1.pattern', head: 2, query: 3, key: 1 },
      null,
      'L1H2 pattern: 3 ␣a does not see 1 Once',
    ],
    [
      { kind: 'knock-out', site: 'L1.pattern', key: 1 },
      null,
      'L1 pattern of all heads: no token sees 1 Once',
    ],
    [
      { kind: 'freeze-norm', site: 'L1.ln1', path: 'qk', value: 'prompt' },
      null,
      'L1 ln1 (queries and keys): σ → its mean over the prompt',
    ],
    [{ kind: 'freeze-norm', site: 'ln_final.hook_scale', value: 1.5 }, null, 'final norm: σ → 1.50'],
  ])('%j', (edit, about, words) => {
    expect(editInWords(edit, about, PIECES)).toBe(words);
  });
});

describe('refusals', () => {
  const edit: Edit = { kind: 'zero', site: 'blocks.99.attn.hook_z' };
  const edits = [
    { id: 4, edit, on: false, about: null },
    { id: 7, edit, on: true, about: null },
  ];
  const refused = (message: string, wanted = true): WorkbenchState => {
    const state = { ...initialState(), edits };
    const slot = 'edited:token-stats';
    const error = toErrorRecord(new InputError(message));
    return {
      ...state,
      wanted: wanted ? { [slot]: 'asked' } : {},
      slots: { ...state.slots, [slot]: { ...state.slots[slot], error } },
    };
  };

  test('the engine counts the edits that are on, and the chip says what it said', () => {
    expect(refusals(refused('Edit 1: there is no layer 99.'))).toEqual({
      byEdit: new Map([[7, 'There is no layer 99.']]),
      others: [],
    });
  });

  test('what is about no edit stands for itself, and nothing that nobody asks any more', () => {
    expect(refusals(refused('Too large together.')).others).toEqual(['Too large together.']);
    expect(refusals(refused('Edit 1: there is no layer 99.', false))).toEqual({
      byEdit: new Map(),
      others: [],
    });
  });
});
