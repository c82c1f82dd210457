/** The tables of docs/scripting.md as data: calls with their fields, analyses with their parameters and results. */

import { proseOf, textOf } from './documents.ts';

/** The rows of a table by the name of its first column; `\|` within code is `|`. */
export function tableOf(document: string, firstColumn: string): string[][] {
  const lines = proseOf(textOf(document)).split('\n');
  const head = lines.findIndex((line) => line.startsWith(`| ${firstColumn} |`));
  if (head < 0) throw new Error(`${document} has no table whose first column is ${firstColumn}.`);
  const rows = lines.slice(head + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end < 0 ? undefined : end).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}

/** Names between backticks that are names: no texts, no numbers, no hooks. */
export const namesIn = (cell: string): string[] => [
  ...new Set([...cell.matchAll(/`([A-Za-z]\w*)`/g)].map(([, name = '']) => name)),
];

/** Every word, in backticks, in braces or in prose: what a cell has said at all. */
export const wordsIn = (cell: string): Set<string> => new Set(cell.match(/[A-Za-z]\w*/g) ?? []);

/** The outermost names of `{a, b?, c: {…}, …d}`, optional ones with their mark; `a or b` are two. */
export function fieldsIn(braces: string): string[] {
  let depth = 0;
  let outer = '';
  for (const each of braces.trim().replace(/^\{|\}$/g, '')) {
    if ('{[('.includes(each)) depth++;
    else if ('}])'.includes(each)) depth--;
    else if (depth === 0) outer += each;
  }
  return outer
    .split(/,| or /)
    .map((field) => field.replace(/:.*/, '').trim())
    .filter((field) => /^[A-Za-z]\w*\??$/.test(field));
}

/** The first pair of braces of a text, with what is in them; null where there is none. */
export function bracesIn(text: string): string | null {
  const start = text.indexOf('{');
  let depth = 0;
  for (let i = start; i >= 0 && i < text.length; i++) {
    if (text[i] === '{') depth++;
    if (text[i] === '}' && --depth === 0) return text.slice(start, i + 1);
  }
  return null;
}
