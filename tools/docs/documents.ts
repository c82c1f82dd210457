/** The documents of this repository, found by themselves, and the code in them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** What is built, fetched or lent: no documents of ours. */
const NOT_OURS = new Set(['node_modules', 'dist', 'test-results', 'shared']);

/** Every .md file below the root as `folder/name.md`, hidden folders and what is built left out. */
export function documents(folder = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry): string[] => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      const passed = entry.name.startsWith('.') || NOT_OURS.has(entry.name);
      return passed ? [] : documents(path);
    }
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

export const textOf = (document: string) => readFileSync(join(ROOT, document), 'utf8');

/** A fenced block: its language and its text. */
export interface Block {
  language: string;
  code: string;
}

const FENCE = /^( *)```(\w*)[^\n]*\n([\s\S]*?)^\1```$/gm;

export function blocksIn(text: string): Block[] {
  return [...text.matchAll(FENCE)].map(([, , language = '', code = '']) => ({ language, code }));
}

/** The text without its fenced blocks. */
export const proseOf = (text: string) => text.replace(FENCE, '');

/** What stands between single backticks; `\|`, as tables need it, is `|`. */
export function inlineCodeIn(text: string): string[] {
  return [...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code.replaceAll('\\|', '|'));
}
