/** The documents in a file: a plain text, a JSON list, or one JSON value a line. */

import { InputError } from './errors.ts';

/** What stands between two documents of a plain text, and between two documents as a model reads them. */
export const SEPARATOR = '<|endoftext|>';

/**
 * Texts in the order of the file. `.json` is a list of texts, `.jsonl` a text a line; either may have objects with a
 * `text` in place of texts. Any other name is a plain text, cut where <|endoftext|> stands (with the line breaks around it).
 * @throws InputError where it is not what its name says.
 */
export function documentsIn(name: string, content: string): string[] {
  if (/\.json$/i.test(name)) return fromList(name, parsed(name, content));
  if (/\.(jsonl|ndjson)$/i.test(name))
    return content
      .split('\n')
      .flatMap((line, i) =>
        line.trim() === '' ? [] : [textOf(`${name}, line ${i + 1}`, parsed(name, line, i))],
      );
  return content.split(/\r?\n?<\|endoftext\|>\r?\n?/).filter((text) => text !== '');
}

function parsed(name: string, json: string, line?: number): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    const where = line === undefined ? name : `${name}, line ${line + 1}`;
    throw new InputError(
      `${where} is no JSON. A .json file is a list of texts, a .jsonl file has one text a line, in quotes or as {"text": "…"}.`,
      { name, line },
    );
  }
}

function fromList(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.map((each, i) => textOf(`${name}, entry ${i + 1}`, each));
  throw new InputError(`${name} is no list of texts: write ["first text", "second text"].`, { name });
}

function textOf(where: string, value: unknown): string {
  if (typeof value === 'string') return value;
  const text = value && typeof value === 'object' && 'text' in value ? value.text : undefined;
  if (typeof text === 'string') return text;
  throw new InputError(`${where} is neither a text nor an object with a "text".`, { where });
}
