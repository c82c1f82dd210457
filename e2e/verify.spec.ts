/** Verify as a person uses it: the engines agree, a report comes of it, and a kernel that is wrong is named by its hook. */

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { AnalysisResult } from '../src/engine/api.ts';
import { DEMO } from '../tools/demo.ts';
import { engineReady, expect, expectAccessible, photograph, prependToWorker, test } from './helpers.ts';

/** Of a model: 18 of every layer, and five before and after. */
const HOOKS = 18 * DEMO.nLayers + 5;

const panel = (page: Page) => page.getByRole('region', { name: 'Verify do independent engines agree?' });
const verdict = (page: Page) => panel(page).getByText(/^[✓✗] (All|First difference)/);

/** The tanh form's line in shaders/lib/gelu.wgsl, and the erf form in its place (Abramowitz and Stegun 7.1.26, within 2e-7). */
const TANH = 'return v / (1.0 + exp(-2.0 * u));';
const ERF = `
  let z = abs(v) * 0.7071067811865476;
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 0.5 * v * (1.0 + sign(v) * (1.0 - p * exp(-z * z)));`;

const WRONG_GELU = `{
  const { createShaderModule } = GPUDevice.prototype;
  GPUDevice.prototype.createShaderModule = function ({ code, ...rest }) {
    return createShaderModule.call(this, { ...rest, code: code.replace(${JSON.stringify(TANH)}, ${JSON.stringify(ERF)}) });
  };
}`;

/** Presses the button and waits for the verdict. */
async function compare(page: Page): Promise<void> {
  await engineReady(page);
  await panel(page).getByRole('button', { name: 'Compare on this prompt' }).click();
  await expect(verdict(page)).toBeVisible({ timeout: 120_000 });
}

test('three engines agree, the report holds it all, and a wrong Gelu is named', async ({ page }) => {
  expect(readFileSync('shaders/lib/gelu.wgsl', 'utf8'), 'the line that is replaced below').toContain(TANH);

  await test.step('every hook of every model agrees on three engines', async () => {
    await page.goto('/');
    await compare(page);
    await expect(verdict(page)).toHaveText(
      new RegExp(`^✓ All ${HOOKS} hooks of 3 models agree: .* \\(allowed 1e-4\\)`),
    );
    for (const engine of ['WebGPU kernels', 'ONNX Runtime', 'CPU twin'])
      await expect(panel(page).getByRole('term').filter({ hasText: engine })).toBeVisible();
    await expectAccessible(page);
    await photograph(page, 'verify-agree');
  });

  await test.step('the report is a file with what a bug report needs', async () => {
    const coming = page.waitForEvent('download');
    await panel(page).getByRole('button', { name: 'Download report' }).click();
    const download = await coming;
    expect(download.suggestedFilename()).toMatch(/^normless-verify-\d{4}-\d\d-\d\d\.json$/);
    const report: AnalysisResult<'verify'> = JSON.parse(readFileSync(await download.path(), 'utf8'));
    expect(report.hooks).toHaveLength(3 * HOOKS * 3);
    for (const { relative, maxAbs, meanAbs, rms } of report.hooks)
      expect([relative, maxAbs, meanAbs, rms].every(Number.isFinite)).toBe(true);
    expect(report).toMatchObject({
      analysis: 'verify',
      pair: 'demo',
      firstDivergence: null,
      tolerance: 1e-4,
      leftOut: [],
      engines: [
        { engine: 'wgsl', device: expect.stringContaining('swiftshader') },
        { engine: 'ort', device: expect.stringContaining('onnxruntime-web') },
        { engine: 'cpu' },
      ],
      environment: {
        normless: expect.any(String),
        userAgent: expect.stringContaining('Chrome'),
        adapter: { architecture: 'swiftshader' },
        crossOriginIsolated: expect.any(Boolean),
      },
    });
    expect(report.tokens).toHaveLength(20);
    expect(Object.keys(report.arms)).toEqual(['original', 'vanilla', 'lnfree']);
    for (const arm of Object.values(report.arms))
      expect(arm).toMatchObject({ dtype: 'f32', weights: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  await test.step('another prompt leaves the report, marked; a second comparison can be cancelled', async () => {
    // Long enough that it is not done before it is cancelled.
    await page.getByRole('textbox').first().fill('Sam saw a big red ball. He wanted the '.repeat(8));
    await expect(panel(page).getByText('outdated')).toBeVisible();
    await panel(page).getByRole('button', { name: 'Compare on this prompt' }).click();
    await panel(page).getByRole('button', { name: 'Cancel' }).click();
    await expect(panel(page).getByRole('button', { name: 'Compare on this prompt' })).toBeEnabled();
    await expect(verdict(page)).toHaveText(new RegExp(`^✓ All ${HOOKS} hooks`));
  });

  await test.step('our kernels with the erf Gelu: named by its hook, and who is odd', async () => {
    await prependToWorker(page, WRONG_GELU);
    await page.goto('/'); // not a reload: the address may or may not have followed the prompt by now
    await compare(page);
    await expect(verdict(page)).toHaveText(
      /^✗ First difference at blocks\.0\.mlp\.hook_post of Original, Vanilla FT and LN-free: our WebGPU kernels differ from ONNX Runtime and the CPU twin, which agree with each other, by \d\.\de-[34] \(allowed 1e-4\)/,
    );
    await expectAccessible(page);
    await photograph(page, 'verify-differ');
  });
});
