/** Which package a bundled module belongs to: a wrong answer would leave its licence out. */

import { expect, it } from 'vitest';
import { packageFolder } from './licenses.ts';

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
