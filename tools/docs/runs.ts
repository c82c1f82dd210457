/** What a command stands for: its script in package.json, its tool, whether CI runs it; and running it, for its test. */

import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { vi } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { ROOT } from './documents.ts';

const SCRIPTS: Readonly<Record<string, string>> = pkg.scripts;

/** As npm sets it: the programs of the dependencies come first. */
export const ENV = {
  ...process.env,
  PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
  NO_COLOR: '1',
  FORCE_COLOR: undefined,
};

/** A command without what is set before it: `A=1 npm test`. */
export const bare = (command: string) => command.replace(/^(?:[A-Z_]+=\S+ )+/, '');

/** What `npm …` stands for; null for other programs. */
export function scriptOf(command: string): { script: string; args: string[] } | null {
  const [, name, rest = ''] = /^npm (?:run )?([\w:]+)(?: -- (.*))?$/.exec(bare(command)) ?? [];
  const script = name === undefined ? undefined : SCRIPTS[name];
  return script === undefined ? null : { script, args: rest === '' ? [] : rest.split(' ') };
}

/** The tool that a command runs by tools/run.mjs, and what it is told. */
export function toolOf(command: string): { tool: string; args: string[] } {
  const { script, args } = scriptOf(command) ?? { script: bare(command), args: [] };
  const [, tool, own = ''] = /^node tools\/run\.mjs (\S+)(?: (.*))?$/.exec(script) ?? [];
  if (tool === undefined) throw new Error(`${command} runs no tool.`);
  return { tool, args: [...(own === '' ? [] : own.split(' ')), ...args] };
}

/** All that a command comes to, itself included. */
function partsOf(command: string): string[] {
  const script = scriptOf(command)?.script;
  return [command, ...(script?.split(' && ').flatMap(partsOf) ?? [])];
}

/** What CI runs: its own script, the workflows, and what serves the page to the browser tests. */
export function runByCi(): Set<string> {
  const places = [
    '.github/workflows/ci.yml',
    '.github/workflows/pages.yml',
    '.ci/run',
    'playwright.config.ts',
  ];
  const commands = places
    .map((path) => readFileSync(join(ROOT, path), 'utf8'))
    .flatMap((text) => [
      ...[...text.matchAll(/^(?: *- run: )?(npm .+?)(?: #.*)?$/gm)].flatMap(([, line = '']) =>
        line.split(' && '),
      ),
      ...[...text.matchAll(/command: '([^']+)'/g)].map(([, command = '']) => command),
      ...(text.includes('run: .ci/run') ? ['bash .ci/run'] : []),
    ]);
  return new Set(commands.flatMap(partsOf));
}

/** Whether CI runs it, or every part of it; `--open` only opens a browser. */
export function inCi(command: string, ran: ReadonlySet<string>): boolean {
  const known = [...ran].map((each) => each.replace(/^npx /, ''));
  const asked = command.replace(/^npx /, '').replace(' --open', '');
  const parts = scriptOf(command)?.script.split(' && ') ?? [];
  return known.includes(asked) || (parts.length > 0 && parts.every((part) => inCi(part, ran)));
}

/** Runs a tool in this process. */
export async function call(tool: string, args: readonly string[]): Promise<{ said: string; status: number }> {
  const lines: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...line) => void lines.push(line.join(' ')));
  try {
    const module = await import(/* @vite-ignore */ join(ROOT, tool));
    return { status: (await module.main([...args])) ?? 0, said: lines.join('\n') };
  } finally {
    log.mockRestore();
  }
}

/** The address that a server says it is at. Rejects, with what it said, where it ends without one. */
export function addressSaid(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk;
      const [, port] = /https?:\/\/\S+?:(\d+)/.exec(said) ?? [];
      if (port) resolve(`http://localhost:${port}/`);
    };
    server.stdout?.on('data', hear);
    server.stderr?.on('data', hear);
    server.on('exit', () => reject(new Error(said)));
  });
}
