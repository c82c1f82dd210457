/** Which package a bundled module belongs to, and its licence: a wrong answer would leave it out. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { licenceOf, packageFolder } from './licenses.ts';

it.each([
  ['/x/node_modules/react/index.js', '/x/node_modules/react'],
  ['/x/node_modules/@huggingface/tokenizers/dist/t.mjs', '/x/node_modules/@huggingface/tokenizers'],
  ['/x/node_modules/a/node_modules/b/c.js', '/x/node_modules/a/node_modules/b'],
  ['C:\\x\\node_modules\\comlink\\dist\\comlink.mjs', 'C:/x/node_modules/comlink'],
  ['\0vite/preload-helper.js', null],
  ['/x/src/main.tsx', null],
])('%s', (module, folder) => {
  expect(packageFolder(module)).toBe(folder);
});

it('a package that forgets its licence text gets it from the list', () => {
  const text = licenceOf('node_modules/onnxruntime-web');
  expect(text).toContain('onnxruntime-web 1.30.0 (MIT)');
  expect(text).toContain('Microsoft Corporation');
  expect(text).toContain('Permission is hereby granted');
});

it('one that is not in the list stops the build', () => {
  const folder = mkdtempSync(join(tmpdir(), 'licence-'));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'x', version: '1.0.0', license: 'MIT' }),
  );
  expect(() => licenceOf(folder)).toThrow('x (MIT) brings no licence text');
  rmSync(folder, { recursive: true });
});
