/** LayerNorm itself as a person uses it: what it divides by, then taken out step by step, and the numbers exported as shown. */

import type { AnalysisResult } from '../src/engine/api.ts';
import { DEMO, LAST } from '../tools/demo.ts';
import { copiedBy } from './clipboard.suite.ts';
import { answered, expect, expectAccessible, photograph, sharedTest as test } from './helpers.ts';

const GIRL = 'Once upon a time, there was a little girl who liked to play. One day,';

test('what does it divide by, and what if it did not: the answer, the removal, the same numbers as data', async ({
  page,
}) => {
  test.setTimeout(240_000); // our kernels compile, in software here
  await page.getByRole('button', { name: 'LayerNorm itself What does it divide by?' }).click();
  const panel = page.getByRole('region', { name: 'What does it divide by? LayerNorm itself' });
  const removal = page.getByRole('region', { name: 'Remove LayerNorm' });
  const copied = (button: string) =>
    copiedBy(page, () => panel.getByRole('button', { name: button }).click());

  await test.step('σ of the final norm, as a script has it; LN-free divides by nothing', async () => {
    const answer = panel.getByRole('listitem').filter({ hasText: /^Original’s final norm/ });
    await expect(answer).toContainText(/divides by \d+\.\d\d on average, and \d+\.\d\d at position 0/, {
      timeout: 60_000,
    });
    await answered(page); // another journey's answer may have stood here
    await expect(panel.getByText(/^LN-free divides by nothing\. Its final norm’s σ would be/)).toBeVisible();
    const scale = await page.evaluate(async (text) => {
      const run = await normless.run({ text, arms: ['original'], hooks: ['ln_final.hook_scale'] });
      return [...(run.arms.original?.activations['ln_final.hook_scale']?.data ?? [])];
    }, GIRL);
    const mean = scale.slice(1).reduce((sum, sigma) => sum + sigma, 0) / (scale.length - 1);
    await expect(answer).toContainText(
      `${mean.toFixed(2)} on average, and ${scale[0]?.toFixed(2)} at position 0`,
    );

    const row = (await copied('Copy norms as CSV'))
      .split('\r\n')
      .find((line) => line.startsWith('original,sigma recorded,ln_final,0,'));
    expect(Number(row?.split(',').at(-1))).toBeCloseTo(scale[0] ?? Number.NaN, 4);
  });

  await test.step('a column of the map pins its position; a plot chooses whose dimensions are listed', async () => {
    const map = panel.getByRole('grid', { name: 'σ by norm and position, Original' });
    await map.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    await expect(page.getByText('(position 18,', { exact: false })).toBeVisible();
    await expect(panel.getByText(`Largest dimensions, L${LAST} after MLP:`, { exact: false })).toBeVisible();
    const lengths = panel.getByRole('slider', { name: 'Length of the residual stream by stage' });
    await lengths.focus();
    await page.keyboard.press('Home');
    await expect(panel.getByText('Largest dimensions, token embedding:', { exact: false })).toBeVisible();
  });

  await test.step('taken out one by one, on our own kernels, while ONNX Runtime answers the rest', async () => {
    await removal.getByRole('button', { name: 'Remove LayerNorm step by step' }).click();
    await expect(removal.getByRole('button', { name: 'Cancel' })).toBeVisible();
    const answer = removal.getByRole('listitem').filter({ hasText: /^Original: loss/ });
    await expect(answer).toContainText('with every LayerNorm taken out', { timeout: 90_000 });
    const { engine, arms } = JSON.parse(
      await copied('Copy norm-surgery as JSON'),
    ) as AnalysisResult<'norm-surgery'>;
    expect(engine).toBe('wgsl');
    const steps = arms.original?.steps ?? [];
    expect(steps).toHaveLength(2 + 3 * DEMO.nLayers); // the untouched one, each layer’s MLP, query/key and values, the final norm
    const [first, last] = [steps[0], steps.at(-1)];
    await expect(answer).toContainText(
      `loss ${first?.loss?.toFixed(3)} as it is, loss ${last?.loss?.toFixed(3)} with`,
    );
    await expect(
      removal
        .getByRole('row', { name: /^final/ })
        .getByRole('cell')
        .nth(1),
    ).toHaveText(last?.loss?.toFixed(3) ?? '');
    expect(arms.lnfree?.steps).toHaveLength(1);

    const losses = await page.evaluate(async (text) => {
      const { arms, engine } = await normless.analyze('token-stats', { text, arms: ['original'] });
      return { engine, loss: [...(arms.original?.loss.data ?? [])] };
    }, GIRL);
    expect(losses.engine).toBe('ort');
    const mean = losses.loss.reduce((sum, loss) => sum + loss, 0) / losses.loss.length;
    expect(first?.loss).toBeCloseTo(mean, 4);
    await expectAccessible(page);
    await photograph(page, 'norms');
  });

  await test.step('the last step by a script’s own edits gives the same prediction; ONNX Runtime refuses them', async () => {
    const script = await page.evaluate(
      async ({ text, nLayers }) => {
        const layers = Array.from({ length: nLayers }, (_, layer) => layer);
        const sites = layers.flatMap((layer) => [`L${layer}.ln2`, `L${layer}.ln1`]);
        const edits = [...sites, 'ln_final'].map(
          (site) => ({ kind: 'freeze-norm', site, value: 'prompt' }) as const,
        );
        const { arms, unedited } = await normless.analyze('predictions', { text, k: 1, edits });
        const refused = await normless
          .run({ text, hooks: [], edits, engine: 'ort' })
          .catch((error: Error) => error.name);
        return { top: arms.original?.top[0], unedited, refused };
      },
      { text: GIRL, nLayers: DEMO.nLayers },
    );
    expect(script).toMatchObject({ unedited: ['lnfree'], refused: 'UnsupportedError' });
    await expect(
      removal
        .getByRole('row', { name: /^final/ })
        .getByRole('cell')
        .last(),
    ).toHaveText(`␣${script.top?.piece.trim()} ${(100 * (script.top?.prob ?? 0)).toFixed(1)} %`);
  });

  await test.step('another choice asks for another press, and a bad number is said', async () => {
    await removal.getByText('a number', { exact: true }).click();
    await expect(removal.getByText('What is shown below is of an earlier prompt or choice.')).toBeVisible();
    await removal.getByRole('textbox', { name: 'σ for every norm' }).fill('0');
    await expect(removal.getByText('σ must be a number above 0')).toBeVisible();
    await expect(removal.getByRole('button', { name: 'Remove LayerNorm step by step' })).toBeDisabled();
    await removal.getByRole('textbox', { name: 'σ for every norm' }).fill('1.6');
    await removal.getByText('by kind', { exact: true }).click();
    await removal.getByRole('button', { name: 'Remove LayerNorm step by step' }).click();
    await expect(removal.getByRole('listitem').filter({ hasText: /^Original: loss/ })).toContainText(
      /with .* taken out, the step that changes most/,
      { timeout: 90_000 },
    );
    await expect(removal.getByRole('row', { name: /^all MLPs 1\.60/ })).toBeVisible();
  });
});
