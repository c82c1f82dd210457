/** Writes the licences of every bundled package beside the page; Vite's own `build.license` forgets the worker's. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** The package folder a bundled module comes from, or null for our own: `/x/node_modules/@a/b/c.js` → `/x/node_modules/@a/b`. */
export function packageFolder(moduleId: string): string | null {
  return moduleId.replaceAll('\\', '/').match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? null;
}

function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : 'No licence text is in the package.';
  return `## ${name} ${version} (${license})\n\n${text}\n`;
}

/** One plugin for the page, which writes licenses.md, and one for the workers, which are bundled before it. */
export function licenses(): { page: Plugin; worker: Plugin } {
  const folders = new Set<string>();
  const collect: Plugin['generateBundle'] = (_, bundle) => {
    for (const output of Object.values(bundle)) {
      if (output.type !== 'chunk') continue;
      for (const id of output.moduleIds) {
        const folder = packageFolder(id);
        if (folder) folders.add(folder);
      }
    }
  };
  return {
    worker: { name: 'normless:licenses-worker', apply: 'build', generateBundle: collect },
    page: {
      name: 'normless:licenses',
      apply: 'build',
      generateBundle(options, bundle, isWrite) {
        collect.call(this, options, bundle, isWrite);
        const source = `# Licences of the packages in this build\n\n${[...folders].sort().map(licenceOf).join('\n')}`;
        this.emitFile({ type: 'asset', fileName: 'licenses.md', source });
      },
    },
  };
}
