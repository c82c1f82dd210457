/** docs/paper.md says of every claim what the page says of it. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CLAIMS } from './index.ts';

const rows = new Map(
  readFileSync('docs/paper.md', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const id = /^\| (\d+) \|/.exec(line)?.[1];
      return id ? [[Number(id), line.replaceAll('\\|', '|')] as const] : [];
    }),
);

test.each(CLAIMS.map((claim) => [claim.id, claim] as const))('claim %d', (id, claim) => {
  const row = rows.get(id);
  const { title, statement, published, setting, here, notes, measure } = claim;
  const said = [
    title,
    statement,
    setting,
    here,
    ...notes,
    ...published.flatMap(({ says, source }) => [says, source]),
  ];
  if (typeof measure !== 'function') said.push(measure.cannot);
  for (const words of said) expect(row).toContain(words);
});

test('and of no other', () => {
  expect([...rows.keys()].sort((a, b) => a - b)).toEqual(CLAIMS.map(({ id }) => id));
});
