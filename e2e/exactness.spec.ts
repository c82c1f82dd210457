/** How exact attribution is, from the question to exported numbers that equal those on screen. */

import type { Page } from '@playwright/test';
import type { AnalysisResult } from '../src/engine/api.ts';
import { DEMO } from '../tools/demo.ts';
import { copiedBy } from './clipboard.suite.ts';
import { answered, expect, expectAccessible, photograph, sharedTest as test, walkTo } from './helpers.ts';

const HEADS = DEMO.nLayers * DEMO.nHeads;

type Effects = AnalysisResult<'direct-effect'>;

const panel = (page: Page) => page.getByRole('region', { name: /^How exact\?/ });

/** What one of the panel's copy buttons puts on the clipboard. */
async function copied(page: Page, kind: 'CSV' | 'JSON'): Promise<string> {
  const copy = panel(page).getByRole('button', { name: `Copy exactness as ${kind}` });
  // It says so for a moment, which is waited for from before the press.
  const said = panel(page).getByText('copied', { exact: true }).waitFor();
  const [text] = await Promise.all([copiedBy(page, () => copy.click()), said]);
  await expect(panel(page).getByText('copied', { exact: true })).toBeHidden();
  return text;
}

test('is attribution exact? At one position, for one head, over all positions, and exported as shown', async ({
  page,
}) => {
  await page.getByRole('button', { name: /^How exact/ }).click();

  const answer = panel(page).getByText(/^Original: attribution is off by/);
  await test.step('the answer first, and the export has its number', async () => {
    await expect(answer).toHaveText(
      /^Original: attribution is off by \d+\.\d % on average; LN-free: by 0\.00 %\.$/,
      { timeout: 60_000 },
    );
    await answered(page); // till then it may be what an earlier journey had asked
    await expect(panel(page).getByText(/^✓ identity within/)).toBeVisible();
    const { position } = JSON.parse(await copied(page, 'JSON')) as { position: Effects };
    const [original, lnfree] = [position.arms.original, position.arms.lnfree];
    await expect(answer).toContainText(`off by ${original?.nmae.pooled.value.toFixed(1)} %`);
    expect(lnfree?.nmae.pooled.value).toBeLessThan(0.05);
    expect(original?.terms.filter(({ head }) => head !== undefined)).toHaveLength(HEADS);

    const asked = await page.evaluate(async () => {
      const text = 'Once upon a time, there was a little girl who liked to play. One day,';
      const result = await normless.analyze('direct-effect', { text, target: ' she', contrast: ' he' });
      return result.arms.original?.nmae.pooled.value;
    });
    expect(asked).toBeCloseTo(original?.nmae.pooled.value ?? Number.NaN, 6);
  });

  await test.step('both sides of the identity for the head that is pinned, as the table and the CSV have it', async () => {
    const map = panel(page).getByRole('grid', { name: /logits by layer and head, Original$/ });
    const { position } = JSON.parse(await copied(page, 'JSON')) as { position: Effects };
    const terms = position.arms.original?.terms.filter(({ head }) => head !== undefined) ?? [];
    const [furthest] = terms.sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
    const { label = '', layer = -1, head = -1 } = furthest ?? {};
    await walkTo(map, layer, head);
    await page.keyboard.press('Enter');
    const identity = panel(page).getByRole('table', { name: `${label}: why they differ` });
    await expect(identity).toBeVisible();
    const cell = async (row: string) =>
      (await identity.getByRole('row', { name: row }).getByRole('cell').first().innerText()).replace(
        '−',
        '-',
      );
    const measured = await cell('difference, measured');
    expect(measured).toBe(await cell('L₋c·(σ′/σ − 1)'));
    const line = (await copied(page, 'CSV'))
      .split('\r\n')
      .find((each) => each.startsWith(`original,${label},`));
    const difference = Number(line?.split(',')[4]);
    expect(Math.abs(difference)).toBeGreaterThan(0.01);
    expect(Number(measured)).toBeCloseTo(difference, 4);
  });

  await test.step('all positions, both definitions, and which token each explains', async () => {
    await panel(page).getByRole('button', { name: 'Measure all positions' }).click();
    const table = panel(page).getByRole('table', { name: /^Error of attribution/ });
    await expect(table).toContainText(`${HEADS} heads at 18 positions`, { timeout: 60_000 });
    const { all } = JSON.parse(await copied(page, 'JSON')) as { all: Effects };
    const { pooled, meanOfTerms } = all.arms.original?.nmae ?? {};
    const row = table.getByRole('row', { name: 'Original' });
    await expect(row).toContainText(
      `${pooled?.value.toFixed(1)} % [${pooled?.low.toFixed(1)}, ${pooled?.high.toFixed(1)}]`,
    );
    await expect(row).toContainText(`${meanOfTerms?.value.toFixed(1)} %`);
    await expect(table.getByRole('row', { name: 'LN-free' })).toContainText('0.00 % [0.00, 0.00]');
    await expectAccessible(page);
    await photograph(page, 'exactness');

    await panel(page).getByText('the token itself').click();
    await expect(panel(page).getByText(/of an earlier prompt or choice/)).toBeVisible();
    await panel(page).getByRole('button', { name: 'Measure all positions' }).click();
    await expect(table).toContainText(`${HEADS} heads at 19 positions`, { timeout: 60_000 });
  });

  await test.step('the last layer’s neurons, some of them measured', async () => {
    await panel(page).getByText('last layer’s neurons').click();
    await expect(
      panel(page).getByText(new RegExp(`^Over ${DEMO.dMlp} neurons .* 16 of them were taken out in earnest`)),
    ).toBeVisible({ timeout: 60_000 });
    await expect(panel(page).getByText(/^✓ measured neurons agree within/)).toBeVisible();
  });

  await test.step('what cannot be asked says what to do', async () => {
    const told = await page.evaluate(async () => {
      const tell = (error: Error) => `${error.name}: ${error.message}`;
      const text = 'Once upon a time';
      return [
        await normless.analyze('direct-effect', { text }).then(String, tell),
        await normless.analyze('direct-effect', { text, positions: [99] }).then(String, tell),
        await normless
          .analyze('direct-effect', { text, positions: 'all', unit: 'neuron' })
          .then(String, tell),
      ];
    });
    expect(told).toEqual([
      expect.stringMatching(/^InputError: direct-effect needs a target/),
      expect.stringMatching(/^InputError: Position 99 is outside the prompt/),
      expect.stringMatching(/^InputError: Direct effects of neurons are computed at one position/),
    ]);
  });
});
