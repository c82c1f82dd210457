/** Seeds violations of every kind and expects each to be caught, with its place and its reason. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFile } from './checkImports.ts';
import { ROWS } from './importRules.ts';

const messages = (path: string, source: string) => checkFile(path, source).map(({ message }) => message);

describe('forbidden', () => {
  it.each([
    [
      'base importing anything',
      'src/base/x.ts',
      `import { a } from '../tensor/a.ts'`,
      'base may import nothing',
    ],
    [
      'model knowing a device',
      'src/model/x.ts',
      `import { a } from '../gpu/a.ts'`,
      'model may import base, tensor',
    ],
    ['ui knowing the store', 'src/ui/x.tsx', `import { a } from '../state/a.ts'`, 'ui may import base'],
    [
      'a panel using the gpu',
      'src/panels/dla/x.tsx',
      `import { a } from '../../gpu/a.ts'`,
      'panels may import',
    ],
    [
      'a panel using a panel',
      'src/panels/dla/x.tsx',
      `import { a } from '../lens/a.ts'`,
      'may not import panel lens',
    ],
    [
      'an analysis run by a panel',
      'src/panels/dla/x.tsx',
      `import { a } from '../../analysis/dla.ts'`,
      'only `import type`',
    ],
    [
      'a half-typed import',
      'src/state/x.ts',
      `import { type A, b } from '../analysis/types.ts'`,
      'only `import type`',
    ],
    ['a re-export', 'src/base/x.ts', `export * from '../tensor/a.ts'`, 'base may import nothing'],
    ['a dynamic import', 'src/base/x.ts', `await import('../tensor/a.ts')`, 'base may import nothing'],
    [
      'an inline type import',
      'src/base/x.ts',
      `type A = import('../tensor/a.ts').A`,
      'base may import nothing',
    ],
    ['a side-effect import', 'src/state/x.ts', `import '../engine/service.ts'`, 'only `import type`'],
    ['onnxruntime up front', 'src/engine/x.ts', `import { a } from '../ort/a.ts'`, 'only `import()`'],
    [
      'state past the client',
      'src/state/x.ts',
      `import { a } from '../engine/service.ts'`,
      'only `import type`',
    ],
    [
      'a package elsewhere',
      'src/analysis/x.ts',
      `import { scaleLinear } from 'd3'`,
      'analysis may use ml-matrix',
    ],
    [
      'a scoped package elsewhere',
      'src/base/x.ts',
      `import { T } from '@huggingface/tokenizers'`,
      'no package',
    ],
    ['a package whose name only starts alike', 'src/ui/x.tsx', `import a from 'd3-evil'`, 'ui may use react'],
    ['Node in the browser', 'src/tensor/x.ts', `import fs from 'node:fs'`, 'no package'],
    [
      'shaders outside gpu',
      'src/model/x.ts',
      `import s from '../../shaders/a.wgsl?raw'`,
      'only gpu reads shaders',
    ],
    [
      'test helpers in shipped code',
      'src/gpu/x.ts',
      `import { soak } from '../../tools/soak.ts'`,
      'outside src',
    ],
    ['a GPU type', 'src/model/x.ts', 'let device: GPUDevice', 'says GPUDevice'],
    ['a GPU global', 'src/engine/x.ts', 'const usage = GPUBufferUsage.STORAGE', 'says GPUBufferUsage'],
    ['navigator.gpu', 'src/ui/x.ts', 'await navigator.gpu?.requestAdapter()', 'says navigator.gpu'],
    ['a folder without a row', 'src/misc/x.ts', '', 'has no row'],
  ])('%s', (_, path, source, expected) => {
    expect(messages(path, source).join('\n')).toContain(expected);
  });

  it('names the place, the line and the reason', () => {
    const [violation] = checkFile(
      'src/ui/Bar.tsx',
      `import { useMemo } from 'react';\n\nimport { a } from '../engine/api.ts';`,
    );
    expect(violation?.where).toBe('src/ui/Bar.tsx:3');
    expect(violation?.message).toContain('because props in, marks out');
  });
});

describe('allowed', () => {
  it.each([
    ['a row’s folder', 'src/model/x.ts', `import { a } from '../tensor/a.ts'`],
    ['its own folder', 'src/panels/dla/x.tsx', `import { a } from './a.ts'`],
    ['the list of panels', 'src/panels/index.ts', `import { a } from './dla/panel.ts'`],
    ['what all panels share', 'src/panels/dla/panel.ts', `import type { A } from '../panel.ts'`],
    ['types of results', 'src/panels/dla/x.tsx', `import type { DlaArm } from '../../analysis/types.ts'`],
    ['the client from state', 'src/state/x.ts', `import { connect } from '../engine/client.ts'`],
    ['shaders from gpu', 'src/gpu/x.ts', `import s from '../../shaders/a.wgsl?raw'; let device: GPUDevice;`],
    ['onnxruntime on demand', 'src/engine/x.ts', `await import('../ort/a.ts')`],
    ['a package’s sub-path', 'src/main.tsx', `import { createRoot } from 'react-dom/client'`],
    [
      'anything in a test',
      'src/model/x.gpu.test.ts',
      `import { a } from '../gpu/a.ts'; let device: GPUDevice;`,
    ],
    ['anything in a suite of tests', 'src/model/walk.suite.ts', `import { it } from 'vitest'`],
    ['GPU in a comment or a string', 'src/ui/x.ts', `// a GPUDevice\nexport const a = 'GPUDevice';`],
  ])('%s', (_, path, source) => {
    expect(messages(path, source)).toEqual([]);
  });
});

it('gives a reason in every row, and lets no row import a later one', () => {
  const order = ROWS.map(({ folder }) => folder);
  for (const row of ROWS) {
    expect(row.because.length).toBeGreaterThan(20);
    for (const name of row.may) {
      const folder = name.split('/')[0] ?? '';
      if (folder !== 'shaders')
        expect(order.indexOf(folder), `${row.folder} → ${folder}`).toBeLessThan(order.indexOf(row.folder));
    }
  }
});

it('finds a cycle and an unawaited promise (Biome, with our configuration)', () => {
  const folder = mkdtempSync(join('tools', 'cycle-test-'));
  try {
    writeFileSync(join(folder, 'a.ts'), `import { b } from './b.ts';\nexport const a = () => b();\n`);
    writeFileSync(
      join(folder, 'b.ts'),
      `import { a } from './a.ts';\nexport async function b() {\n  return a;\n}\nb();\n`,
    );
    const biome = join('node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const { stdout, stderr, status } = spawnSync(process.execPath, [biome, 'lint', folder], {
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stdout + stderr).toContain('noImportCycles');
    expect(stdout + stderr).toContain('noFloatingPromises');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
