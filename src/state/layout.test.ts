/** The layout: what is stored is what was moved, what cannot be a layout is forgotten, and no storage is no fault. */

import { beforeEach, expect, test, vi } from 'vitest';

/** The page's and the browser's part in it, as far as the layout knows them. */
function standIn(stored: string | null, blocked = false) {
  const kept = new Map<string, string>(stored === null ? [] : [['normless.layout', stored]]);
  const style = new Map<string, string>();
  const refuse = () => {
    throw new Error('blocked');
  };
  vi.stubGlobal('localStorage', {
    getItem: blocked ? refuse : (key: string) => kept.get(key) ?? null,
    setItem: blocked ? refuse : (key: string, value: string) => kept.set(key, value),
    removeItem: blocked ? refuse : (key: string) => kept.delete(key),
  });
  vi.stubGlobal('document', {
    documentElement: {
      style: {
        setProperty: (name: string, value: string) => style.set(name, value),
        removeProperty: (name: string) => style.delete(name),
      },
    },
  });
  return { stored: () => kept.get('normless.layout') ?? null, widths: () => [...style.values()] };
}

beforeEach(() => vi.resetModules()); // a visit each

test('what was moved is there on the next visit, until it is reset', async () => {
  const first = standIn(null);
  const before = await import('./layout.ts');
  await before.restoreLayout();
  expect(first.widths()).toEqual([]);
  before.moveColumns(1, 0.8);
  expect(first.widths()).toEqual(['80fr', '188fr', '47fr']);
  before.rememberLayout();

  vi.resetModules();
  const second = standIn(first.stored());
  const after = await import('./layout.ts');
  await after.restoreLayout();
  expect(second.widths()).toEqual(['80fr', '188fr', '47fr']);
  after.moveColumns(0, 0.5);
  expect(second.widths()).toEqual(['134fr', '134fr', '47fr']);
  after.resetLayout();
  expect(second.widths()).toEqual([]);
  expect(second.stored()).toBeNull();
});

test.each([
  'no JSON',
  'null',
  '{}',
  '{"columns":[80,135]}',
  '{"columns":[80,135,100,1]}',
  '{"columns":[80,"135",100]}',
  '{"columns":[80,135,null]}',
  '{"columns":[-80,135,100]}',
  '{"columns":[80,135,1e9]}',
  '{"columns":[80,135,100],"more":1}',
])('%s is forgotten', async (damaged) => {
  const page = standIn(damaged);
  const { restoreLayout } = await import('./layout.ts');
  await restoreLayout();
  expect(page.stored()).toBeNull();
  expect(page.widths()).toEqual([]);
});

test('where storage is blocked the columns move all the same', async () => {
  const page = standIn(null, true);
  const { restoreLayout, moveColumns, rememberLayout, resetLayout } = await import('./layout.ts');
  await restoreLayout();
  moveColumns(0, 0.2);
  rememberLayout();
  expect(page.widths()).toEqual(['43fr', '172fr', '100fr']);
  resetLayout();
  expect(page.widths()).toEqual([]);
});
