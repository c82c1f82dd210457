/** The list of built files: complete, in an order that does not change, and without what no page asks for. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { builtFiles } from './serviceWorker.ts';

test('every file below the folder with its hash, the page as the address itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'built-'));
  try {
    mkdirSync(join(folder, 'models/demo'), { recursive: true });
    for (const path of ['index.html', 'sw.js', 'models/README.md', 'models/demo/config.json', 'icon.svg'])
      writeFileSync(join(folder, path), path);
    const files = builtFiles(folder);
    expect(files.map(({ path }) => path)).toEqual(['icon.svg', '', 'models/demo/config.json']);
    // printf icon.svg | sha256sum
    expect(files[0]?.sha256).toBe('65a791c15652b11e1e84a1cf6581ed626c62f257fc912a736f1d5b1dcd37584a');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
