/** At build time, writes the service worker with the list of every built file and its hash, so that a browser can keep the site whole. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { build, type Plugin } from 'vite';
import type { BuiltFile } from '../src/offline/site.ts';

const ENTRY = 'src/offline/serviceWorker.ts';
/** At the site's root: a service worker answers for the folder it lies in. */
const NAME = 'sw.js';

/** Read by people who look into the folder, not by the page. */
const NOT_KEPT = /(^|\/)README\.md$/;

/** Every file in `folder` that the page may ask for, by name; index.html under the address of the site, ''. */
export function builtFiles(folder: string): BuiltFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name).slice(join(folder, sep).length).replaceAll(sep, '/'),
    )
    .filter((path) => path !== NAME && !NOT_KEPT.test(path))
    .sort()
    .map((path) => ({ path: path === 'index.html' ? '' : path, sha256: hashOf(join(folder, path)) }));
}

function hashOf(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

export function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    writeBundle: {
      order: 'post',
      sequential: true, // after everything else is written
      async handler({ dir }) {
        if (!dir) throw new Error('The build has no folder to look into for the files that it wrote.');
        writeFileSync(join(dir, NAME), await bundle(builtFiles(dir)));
      },
    },
  };
}

/** One classic script, which every browser with service workers takes. */
async function bundle(files: readonly BuiltFile[]): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'warn',
    define: { __BUILT_FILES__: JSON.stringify(files) },
    build: {
      write: false,
      copyPublicDir: false,
      rolldownOptions: { input: ENTRY, output: { format: 'iife' } },
    },
  });
  const chunks = [output].flat().flatMap((each) => ('output' in each ? each.output : []));
  const [script] = chunks;
  if (chunks.length !== 1 || script?.type !== 'chunk') throw new Error(`${ENTRY} must become one script.`);
  return script.code;
}
