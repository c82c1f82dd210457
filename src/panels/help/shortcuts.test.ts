/** The help sheet's keys: the documentation has the same, and a keyboard names them as its own. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { keyName } from '../../ui/keys.ts';
import { SHORTCUTS } from './shortcuts.ts';

test('docs/keyboard.md has every shortcut, and no other', () => {
  const tables = SHORTCUTS.map(({ where, shortcuts }) => {
    const rows = shortcuts.map(
      ({ keys, does }) =>
        `| ${keys.map((each) => `<kbd>${keyName(each, false)}</kbd>`).join(' ')} | ${does} |`,
    );
    return [`## ${where}`, '', '| key | does |', '|---|---|', ...rows, ''].join('\n');
  });
  const documented = readFileSync('docs/keyboard.md', 'utf8');
  expect(documented.slice(documented.indexOf('## '))).toBe(tables.join('\n'));
});

test.each([
  ['Mod+K', 'Ctrl+K', '⌘K'],
  ['Mod+Shift+Z', 'Ctrl+Shift+Z', '⇧⌘Z'],
  ['Alt+←', 'Alt+←', '⌥←'],
  ['Shift+X', 'Shift+X', 'Shift+X'],
  ['?', '?', '?'],
])('%s is %s, on Apple’s keyboards %s', (keys, other, apple) => {
  expect([keyName(keys, false), keyName(keys, true)]).toEqual([other, apple]);
});
