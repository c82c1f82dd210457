/** TypeScript that a document gives, or that says something of it, held to the types of this tree by one run of the compiler. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './documents.ts';

/** Examples are written for a console: as loose as one, but for names that nothing has. */
const LOOSE = { strict: false, noUncheckedIndexedAccess: false, noUnusedLocals: false };

/**
 * What the compiler says of each text, by its name; nothing where it has no objection. `@/` in an import is the root.
 * @param sources name → text, each a module of its own
 */
export function objectionsTo(sources: Readonly<Record<string, string>>): Map<string, string[]> {
  const folder = mkdtempSync(join(ROOT, 'node_modules/.docs-'));
  try {
    const names = Object.keys(sources);
    mkdirSync(join(folder, 'src'));
    for (const [i, name] of names.entries()) {
      const text = (sources[name] as string).replaceAll("'@/", `'${ROOT}/`);
      writeFileSync(join(folder, 'src', `${i}.ts`), `${text}\nexport {};\n`);
    }
    const config = {
      extends: '../../tsconfig.json',
      compilerOptions: LOOSE,
      include: ['src', '../../src/globals.d.ts', '../../src/assets.d.ts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const { stdout } = spawnSync(
      process.execPath,
      [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'],
      { cwd: folder, encoding: 'utf8' },
    );
    const said = new Map(names.map((name) => [name, [] as string[]]));
    // What stands further in explains the line above.
    for (const line of stdout.split('\n').filter((each) => /^\S/.test(each))) {
      const [, i] = /^src\/(\d+)\.ts\(/.exec(line) ?? [];
      const name = names[Number(i)];
      if (name === undefined) throw new Error(`The compiler says of no text: ${line}`);
      said.get(name)?.push(line.replace(/^\S+ error /, ''));
    }
    return said;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
