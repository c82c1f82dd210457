/** One text for each word: wherever a panel has a word of the glossary as a column or a heading, the glossary's text explains it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GLOSSARY } from './glossary.ts';
import { MEANS } from './means.ts';

const PANELS = join(import.meta.dirname, '../panels');

/** Lessons explain their words themselves. */
const files = readdirSync(PANELS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.tsx') && !name.includes('.test.') && !/^lesson\b/.test(name))
  .map((name) => ({ name, text: readFileSync(join(PANELS, name), 'utf8') }));

const escaped = (term: string) => term.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Columns whose whole head, or its first word, is this term: the attributes of each. */
function columnsOf(text: string, term: string): string[] {
  const head = new RegExp(
    `<th\\b((?:[^>]|=>)*)>\\s*(?:<button[sS]*?>\\s*)?${escaped(term)}(?:\\s+as it was)?\\s*<`,
    'gi',
  );
  return [...text.matchAll(head)].map(([, attributes = '']) => attributes);
}

/** The heading of a panel, and the words that its About explains. */
function headingsIn(text: string): { title: string; words: string }[] {
  return [...text.matchAll(/<PanelFrame\b[\s\S]*?\btitle="([^"]+)"/g)].map(([, title = '']) => ({
    title,
    words: /<Terms words=\{\[([^\]]*)\]\}/.exec(text)?.[1] ?? '',
  }));
}

describe('the words of the glossary', () => {
  test.each(GLOSSARY.map(({ term }) => term))(
    '“%s” is explained by its own text where it heads a column',
    (term) => {
      const own = `(?:meaningOf\\('${escaped(term)}'\\)|MEANS\\.${escaped(term)}\\b|MEANS\\['${escaped(term)}'\\])`;
      const columns = files.flatMap(({ name, text }) =>
        columnsOf(text, term).map((attributes) => ({ name, attributes })),
      );
      for (const { name, attributes } of columns) expect(attributes, name).toMatch(new RegExp(own));
    },
  );

  test('columns are found at all', () => {
    const found = GLOSSARY.filter(({ term }) => files.some(({ text }) => columnsOf(text, term).length > 0));
    expect(found.map(({ term }) => term)).toEqual(
      expect.arrayContaining(['entropy', 'head', 'LogitVar', 'neuron', 'position 0', 'σ']),
    );
    expect(columnsOf('<th scope="col" title="x">\n  Head\n</th>', 'head')).toHaveLength(1);
  });

  test.each(
    files.flatMap(({ name, text }) =>
      headingsIn(text).map(({ title, words }) => [title, name, words] as const),
    ),
  )('those in the heading “%s” are explained in its About', (title, _, words) => {
    const inTitle = GLOSSARY.filter(({ term }) =>
      new RegExp(`(?<!\\p{L})${escaped(term)}(?!\\p{L})`, 'iu').test(title),
    );
    for (const { term } of inTitle) expect(words).toContain(`'${term}'`);
  });

  test('no panel says in its own words what a shared text says', () => {
    for (const means of Object.values(MEANS)) {
      expect(GLOSSARY.filter((term) => term.means === means)).toHaveLength(1);
      for (const { name, text } of files) expect(text.replace(/\s+/g, ' '), name).not.toContain(means);
    }
  });
});
