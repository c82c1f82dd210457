/** Writes the licences of every bundled package beside the page; Vite's own `build.license` forgets the worker's. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** The package folder a bundled module comes from, or null for our own: `/x/node_modules/@a/b/c.js` → `/x/node_modules/@a/b`. */
export function packageFolder(moduleId: string): string | null {
  return moduleId.replaceAll('\\', '/').match(/^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? null;
}

/** Packages under the MIT licence whose npm package forgets its text: the copyright line of their repository's LICENSE, and what else to say. */
const WITHOUT_TEXT: Readonly<Record<string, { copyright: string; note: string }>> = {
  'onnxruntime-web': {
    copyright: 'Copyright (c) 2018 - present Microsoft Corporation',
    note: 'Its WebAssembly contains the libraries listed in ThirdPartyNotices.txt of github.com/microsoft/onnxruntime.',
  },
};

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** A package's name, version and licence text; throws where the text is nowhere to be had. */
export function licenceOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : textFor(name, license);
  return `## ${name} ${version} (${license})\n\n${text}\n`;
}

function textFor(name: string, license: string): string {
  const known = WITHOUT_TEXT[name];
  if (!known || license !== 'MIT') {
    throw new Error(`${name} (${license}) brings no licence text: find it and give it to tools/licenses.ts`);
  }
  return `MIT License\n\n${known.copyright}\n\n${MIT}\n\n${known.note}`;
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
