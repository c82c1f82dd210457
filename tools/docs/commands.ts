/** The shell commands that a document gives: those of its sh blocks, and those in its prose that begin with a program. */

import { blocksIn, inlineCodeIn } from './documents.ts';

const SHELLS = new Set(['sh', 'bash', 'shell', 'console']);

/** Programs that begin a command in prose; a path such as `node tools/…` needs an argument, the word `python` alone is prose. */
const PROGRAM = /^(?:[A-Z_]+=\S+ )*(?:npm|npx|node|python3?|pip|bash|sh|tar|curl|git) +\S/;

/** Sets a variable and runs nothing. */
const SETTING = /^(?:export +)?(?:[A-Za-z_]+=\S+ *)+$/;

/** Single commands: comments, continuations of lines, loops and `&&` taken apart, in the order of the document. */
export function commandsIn(text: string): string[] {
  const lines = blocksIn(text)
    .filter(({ language }) => SHELLS.has(language))
    .flatMap(({ code }) => code.replace(/\\\n\s*/g, '').split('\n'));
  const inline = inlineCodeIn(text).filter((code) => PROGRAM.test(code));
  const commands = [...lines, ...inline].flatMap((line) =>
    line
      .replace(/(^|\s)#.*$/, '')
      .replace(/^for .*; do (.*); done\s*$/, '$1')
      .split('&&')
      .map((command) => command.trim().replace(/\s+/g, ' ')),
  );
  return [...new Set(commands.filter((command) => command !== '' && !SETTING.test(command)))];
}
