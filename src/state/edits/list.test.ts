/** The list of edits: adding, switching, moving, removing, and taking places out of the model. */

import { describe, expect, test } from 'vitest';
import type { Edit } from '../../engine/api.ts';
import { ablatedBy, ablationOf, toggleAblation } from './ablation.ts';
import { active, moved, sameEdit, switched, withEdit, without } from './list.ts';
import type { EditEntry } from './types.ts';

const norm = (layer: number): Edit => ({
  kind: 'freeze-norm',
  site: `blocks.${layer}.ln1.hook_scale`,
  value: 2,
});
const three = [norm(0), norm(1), norm(2)].reduce<EditEntry[]>((list, edit) => withEdit(list, edit), []);
const ids = (entries: readonly EditEntry[]) => entries.map(({ id }) => id);

describe('the list', () => {
  test('takes edits at its end, each with an id of its own', () => {
    expect(ids(three)).toEqual([1, 2, 3]);
    expect(active(three)).toEqual([norm(0), norm(1), norm(2)]);
  });

  test('does not take the same twice, but switches it on', () => {
    const off = switched(three, 2);
    expect(active(off)).toEqual([norm(0), norm(2)]);
    expect(withEdit(off, { value: 2, site: 'blocks.1.ln1.hook_scale', kind: 'freeze-norm' })).toEqual(three);
  });

  test('moves one place at a time, and no further than its ends', () => {
    expect(ids(moved(three, 3, -1))).toEqual([1, 3, 2]);
    expect(ids(moved(three, 1, 1))).toEqual([2, 1, 3]);
    expect(ids(moved(three, 1, -1))).toEqual([1, 2, 3]);
    expect(ids(moved(three, 3, 1))).toEqual([1, 2, 3]);
    expect(ids(moved(three, 7, 1))).toEqual([1, 2, 3]);
  });

  test('an id is never given to another edit while it is in the list', () => {
    const rest = without(three, 1);
    expect(ids(withEdit(rest, norm(5)))).toEqual([2, 3, 4]);
  });

  test('edits are the same whatever the order of their fields, and differ by any field', () => {
    const edit = { kind: 'zero', site: 'blocks.2.attn.hook_z', head: 1 } as Edit;
    expect(sameEdit(edit, { head: 1, kind: 'zero', site: 'blocks.2.attn.hook_z' } as Edit)).toBe(true);
    expect(sameEdit(edit, { ...edit, position: undefined } as Edit)).toBe(true);
    expect(sameEdit(edit, { ...edit, position: 0 } as Edit)).toBe(false);
  });
});

describe('taking a place out', () => {
  test.each([
    [
      { layer: 2, head: 1 },
      { kind: 'zero', site: 'blocks.2.attn.hook_z', head: 1 },
    ],
    [
      { layer: 2, term: 'L2.attn' },
      { kind: 'zero', site: 'blocks.2.hook_attn_out' },
    ],
    [
      { layer: 2, term: 'L2.mlp' },
      { kind: 'zero', site: 'blocks.2.hook_mlp_out' },
    ],
    [
      { layer: 5, term: 'L5N359' },
      { kind: 'zero', site: 'blocks.5.mlp.hook_post', neuron: 359 },
    ],
    [
      { layer: 5, neuron: 0 },
      { kind: 'zero', site: 'blocks.5.mlp.hook_post', neuron: 0 },
    ],
    [
      { layer: 2, head: 1, query: 9, key: 3 },
      { kind: 'knock-out', site: 'blocks.2.attn.hook_pattern', head: 1, query: 9, key: 3 },
    ],
    [{ layer: 2, head: 1, query: 3, key: 9 }, null],
    [{ norm: 'ln_final.hook_scale' }, null],
    [{ layer: 2, term: 'L2.b_O' }, null],
    [{ term: 'embed' }, null],
    [{ term: 'b_U' }, null],
  ])('%j is %j', (place, edit) => {
    expect(ablationOf(place, 'zero')).toEqual(edit);
  });

  test('what is paid to a key has no mean, and a norm has nothing else', () => {
    expect(ablationOf({ layer: 2, head: 1, query: 9, key: 3 }, 'mean')).toBeNull();
    const norm: Edit = { kind: 'freeze-norm', site: 'ln_final.hook_scale', value: 'prompt' };
    expect(ablationOf({ norm: 'ln_final.hook_scale' }, 'mean')).toEqual(norm);
    expect(
      ablatedBy(toggleAblation([], { norm: 'ln_final.hook_scale' }, 'mean'), { norm: 'ln_final.hook_scale' }),
    ).toBe('mean');
  });

  test('one way replaces the other, and the same again puts the place back', () => {
    const head = { layer: 2, head: 1 };
    const zeroed = toggleAblation(three, head, 'zero');
    expect(ablatedBy(zeroed, head)).toBe('zero');
    const averaged = toggleAblation(zeroed, head, 'mean');
    expect(averaged).toHaveLength(4);
    expect(ablatedBy(averaged, head)).toBe('mean');
    expect(toggleAblation(averaged, head, 'mean')).toEqual(three);
  });

  test('what is in the list but off is not taken out; asked for, it is on again', () => {
    const head = { layer: 2, head: 1 };
    const off = toggleAblation([], head, 'zero').map((entry) => ({ ...entry, on: false }));
    expect(ablatedBy(off, head)).toBeNull();
    expect(ablatedBy(toggleAblation(off, head, 'zero'), head)).toBe('zero');
  });
});
