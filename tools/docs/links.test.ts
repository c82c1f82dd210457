/** Holds the documents to the tree: every relative link leads to a file, every script of package.json that they name is there. */

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import pkg from '../../package.json' with { type: 'json' };
import { documents, inlineCodeIn, proseOf, ROOT, textOf } from './documents.ts';

/** Targets of links and pictures that are paths below this repository, without `#…`; code is not read for links. */
function pathsIn(text: string): string[] {
  const prose = proseOf(text).replace(/`[^`\n]*`/g, 'code');
  return [...prose.matchAll(/\]\(([^)\s]+)[^)]*\)/g)]
    .map(([, target = '']) => target.replace(/#.*/, ''))
    .filter((target) => target !== '' && !/^[a-z][a-z+.-]*:/i.test(target));
}

/** The anchors that GitHub gives the headings of a text. */
function anchorsIn(text: string): string[] {
  return [...proseOf(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Links to a place within a document, as [document, anchor]. */
function placesIn(document: string): [string, string][] {
  const prose = proseOf(textOf(document)).replace(/`[^`\n]*`/g, 'code');
  return [...prose.matchAll(/\]\(([^)\s#]*)#([^)\s]+)\)/g)]
    .filter(([, path = '']) => !/^[a-z]+:/i.test(path))
    .map(([, path = '', anchor = '']) => [path === '' ? document : join(dirname(document), path), anchor]);
}

describe('what is read of a document', () => {
  it('finds paths and code, and passes over other sites and places within a page', () => {
    const text = [
      'Say `npm run bench:load` or `a|b` or `c\\|d`.',
      '[a](docs/a.md#place), [![picture](b.png)](c.md "title"), [here](#here), [web](https://example.org/d.md)',
      'A call `f[0](e.md)`, and',
      '```md\n[shown](f.md)\n```',
    ].join('\n\n');
    expect(pathsIn(text)).toEqual(['docs/a.md', 'b.png', 'c.md']);
    expect(inlineCodeIn(text)).toEqual(['npm run bench:load', 'a|b', 'c|d', 'f[0](e.md)']);
    expect(anchorsIn('# Two words, `code`\n\n## Third')).toEqual(['two-words-code', 'third']);
  });

  it('finds every document', () => {
    expect(documents()).toEqual(
      expect.arrayContaining(['README.md', 'docs/scripting.md', 'bench/node/README.md', 'src/README.md']),
    );
    expect(documents().filter((path) => path.includes('node_modules'))).toEqual([]);
  });
});

describe.each(documents())('%s', (document) => {
  it('names only scripts that package.json has', () => {
    const named = [...textOf(document).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !Object.hasOwn(pkg.scripts, name))).toEqual([]);
  });

  it('links only to files and places that exist', () => {
    const missing = pathsIn(textOf(document)).filter(
      (path) => !existsSync(join(ROOT, dirname(document), decodeURI(path))),
    );
    expect(missing).toEqual([]);
    const lost = placesIn(document).filter(
      ([path, anchor]) => path.endsWith('.md') && !anchorsIn(textOf(path)).includes(anchor),
    );
    expect(lost).toEqual([]);
  });
});
