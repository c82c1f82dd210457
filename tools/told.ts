/** What a tool is told on its command line, and `--help`, which every tool answers with the comment that its file opens with. */

import { readFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';

type Told<T extends ParseArgsConfig> = ReturnType<typeof parseArgs<T>>;

/**
 * `parseArgs` of Node with one option more. `file` is the tool's own path (`import.meta.filename`).
 * @returns null where `--help` was asked for: it is printed, and the tool has nothing else to do.
 * @throws TypeError for an option that the tool does not have, with `--help` too.
 */
export function told<T extends ParseArgsConfig>(
  file: string,
  args: readonly string[],
  config: T,
): Told<T> | null {
  const rest = args.filter((arg) => arg !== '--help');
  const read = parseArgs({ ...config, args: rest }) as Told<T>;
  return help(file, args) ? null : read;
}

/** Whether help was asked for; it is printed then. */
export function help(file: string, args: readonly string[]): boolean {
  if (!args.includes('--help')) return false;
  console.log(openingOf(readFileSync(file, 'utf8')));
  return true;
}

/** The text of the comment that a file opens with. */
export function openingOf(source: string): string {
  const [, comment] = /^\/\*\*([\s\S]*?)\*\//.exec(source) ?? [];
  if (comment === undefined) throw new Error('A tool opens with a comment that says how it is called.');
  return comment.replace(/^ *\* ?/gm, '').trim();
}
