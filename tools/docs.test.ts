/** Holds the documents to the tree: every command they give is a script, every relative link leads to a file. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import pkg from '../package.json' with { type: 'json' };

const ROOT = join(import.meta.dirname, '..');

const markdownIn = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...markdownIn('docs'),
  ...markdownIn('bench'),
];

const textOf = (document: string) => readFileSync(join(ROOT, document), 'utf8');

/** The names after `npm run`, in prose and in code alike. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
}

/** Targets of links and pictures that are paths below this repository, without `#…`; code is not read for links. */
function pathsIn(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, 'code');
  return [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g)]
    .map(([, target = '']) => target.replace(/#.*/, ''))
    .filter((target) => target !== '' && !/^[a-z][a-z+.-]*:/i.test(target));
}

describe('what is read of a document', () => {
  it('finds commands and paths, and passes over code, other sites and places within a page', () => {
    const text = [
      'Say `npm run bench:load` or `npm run check && npm run no-such`.',
      '[a](docs/a.md#place), [![picture](b.png)](c.md "title"), [here](#here), [web](https://example.org/d.md)',
      'A call `f[0](e.md)`, and',
      '```md\n[shown](f.md)\n```',
    ].join('\n\n');
    expect(commandsIn(text)).toEqual(['bench:load', 'check', 'no-such']);
    expect(pathsIn(text)).toEqual(['docs/a.md', 'b.png', 'c.md']);
  });
});

describe.each(DOCUMENTS)('%s', (document) => {
  it('gives only commands that package.json has', () => {
    const scripts = Object.keys(pkg.scripts);
    expect(commandsIn(textOf(document)).filter((name) => !scripts.includes(name))).toEqual([]);
  });

  it('links only to files that exist', () => {
    const missing = pathsIn(textOf(document)).filter(
      (path) => !existsSync(join(ROOT, dirname(document), decodeURI(path))),
    );
    expect(missing).toEqual([]);
  });
});
