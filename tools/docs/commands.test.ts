/** Every command that a document gives runs: the table of proofs has each, and each proof holds. */

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandsIn } from './commands.ts';
import { documents, ROOT, textOf } from './documents.ts';
import { BESIDE, entryOf, PROOFS, type Proof } from './proofs.ts';
import { addressSaid, bare, call, ENV, inCi, runByCi, scriptOf, toolOf } from './runs.ts';

const TMP = mkdtempSync(join(tmpdir(), 'normless-docs-'));

const hasPython = spawnSync('python3', ['--version']).status === 0;

beforeAll(() => {
  for (const [name, text] of Object.entries(BESIDE)) writeFileSync(join(TMP, name), text);
});
afterAll(() => rmSync(TMP, { recursive: true, force: true }));

/** By kind, in the order of the table. */
const proofs = <By extends Proof['by']>(by: By) =>
  Object.entries(PROOFS).filter((entry): entry is [string, Extract<Proof, { by: By }>] => entry[1].by === by);

const given = documents().flatMap((document) =>
  commandsIn(textOf(document)).map((command) => [command, document] as const),
);

test('the table has the commands of the documents, and no others', () => {
  const unknown = given.filter(([command]) => entryOf(command) === null);
  expect(unknown, 'say in tools/docs/proofs.ts how these are known to run').toEqual([]);
  const used = new Set(given.map(([command]) => entryOf(command)));
  expect(Object.keys(PROOFS).filter((entry) => !used.has(entry))).toEqual([]);
});

test('commands are read from blocks and from prose, not from other code', () => {
  const text = [
    'Say `npm run a -- --b "c"`, or `A=1 node b.ts`; `npm`, `python` and `x.npm()` are none.',
    '```sh\nnpm ci && npm test   # all of it\nnpx a \\\n  --b\n```',
    '```js\nnpm run no\n```',
    '```bash\nexport A=1 B=2\nW=x/y\nfor a in b c; do npm run $a; done\n```',
  ].join('\n\n');
  expect(commandsIn(text).sort()).toEqual(
    ['A=1 node b.ts', 'npm ci', 'npm run $a', 'npm run a -- --b "c"', 'npm test', 'npx a --b'].sort(),
  );
});

describe('CI runs', () => {
  const ran = runByCi();

  test.each(proofs('ci').map(([command]) => command))('%s', (command) => {
    expect(inCi(command, ran), [...ran].join('\n')).toBe(true);
  });

  test.each(proofs('part'))('a whole of which %s is a part', (command, { of }) => {
    expect(inCi(of, ran)).toBe(true);
    const { script } = scriptOf(of) ?? { script: '' };
    const path = command.split(' ').at(-1) as string;
    expect([`${of} -- ${path}`, `npx ${script} ${path}`]).toContain(command);
    const names = path.endsWith('.ts') ? [path] : readdirSync(join(ROOT, path));
    expect(names.some((name) => name.endsWith('.test.ts'))).toBe(true);
    expect(existsSync(join(ROOT, path))).toBe(true);
  });

  test('no command that it does not', () => {
    expect(inCi('npm run test:long', ran)).toBe(false);
    expect(inCi('npm run no-such', ran)).toBe(false);
  });
});

describe('a tool takes', () => {
  test.each(proofs('tool').map(([command]) => command))('%s', async (command) => {
    const { tool, args } = toolOf(command);
    const { status, said } = await call(tool, [...args, '--help']);
    expect(status).toBe(0);
    expect(said.length).toBeGreaterThan(40);
    await expect(call(tool, [...args, '--no-such-option', '--help'])).rejects.toThrow('no-such-option');
  });

  test.each(proofs('call'))('%s, and does it', async (command, { args, prints, writes }) => {
    const { tool } = toolOf(command);
    const { status, said } = await call(
      tool,
      args.map((arg) => arg.replace('{tmp}', TMP)),
    );
    expect(status).toBe(0);
    expect(said).toContain(prints);
    if (writes) expect(readFileSync(join(TMP, writes), 'utf8').length).toBeGreaterThan(100);
  });

  test('what tools/run.mjs hands on', () => {
    const args = ['tools/run.mjs', 'tools/pictures.ts', '--help'];
    expect(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' })).toContain(
      'npm run pictures',
    );
  });
});

describe('a Python script is Python, and names the options of', () => {
  const scripts = given.filter(([command]) => PROOFS[entryOf(command) ?? '']?.by === 'python');

  test.each(scripts.map(([command]) => command))('%s', (command) => {
    const proof = PROOFS[entryOf(command) ?? ''] as Extract<Proof, { by: 'python' }>;
    const [, script = ''] = command.split(' ');
    const paths = [script, ...(proof.beside ?? [])];
    const text = paths.map((path) => readFileSync(join(ROOT, path), 'utf8')).join('\n');
    for (const [option, name = ''] of command.matchAll(/--([\w-]+)/g)) {
      const field = name.replaceAll('-', '_');
      expect(text).toMatch(new RegExp(`"${option}"|^ {4}${field}: `, 'm'));
    }
    if (!hasPython) return;
    const parses = 'import ast, sys; [ast.parse(open(path).read(), path) for path in sys.argv[1:]]';
    execFileSync('python3', ['-c', parses, ...paths], { cwd: ROOT });
  });
});

describe('in a shell', () => {
  for (const [command, { needs, files = {}, run = bare(command), prints }] of proofs('shell')) {
    test.skipIf(needs === 'python3' && !hasPython)(command, () => {
      expectSameProgram(command, run);
      const folder = mkdtempSync(join(TMP, 'shell-'));
      for (const [name, source] of Object.entries(files)) {
        const text = existsSync(join(ROOT, source)) ? readFileSync(join(ROOT, source), 'utf8') : source;
        writeFileSync(join(folder, name), text, { mode: 0o755 });
      }
      const cwd = Object.keys(files).length > 0 ? folder : ROOT;
      const { status, stdout, stderr } = spawnSync('sh', ['-c', run], { cwd, env: ENV, encoding: 'utf8' });
      expect(`${stdout}${stderr}`).toContain(prints);
      expect(status).toBe(0);
    });
  }

  for (const [command, { needs, run, holds }] of proofs('serve')) {
    test.skipIf(needs === 'python3' && !hasPython)(command, async () => {
      expectSameProgram(command, run);
      const [program = '', ...args] = run.split(' ');
      const server = spawn(program, args, { cwd: ROOT, env: ENV });
      try {
        expect(await (await fetch(await addressSaid(server))).text()).toContain(holds);
      } finally {
        server.kill();
      }
    });
  }
});

/** What proves a command runs the same program as the command itself in the end. */
function expectSameProgram(command: string, run: string): void {
  const own = scriptOf(command)?.script.split(' && ').at(-1) ?? bare(command);
  expect(run.split(' ')[0]).toBe(own.split(' ')[0]);
}
