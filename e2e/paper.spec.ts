/** The paper's claims as a person measures them: what can be and what cannot, a few measured, kept with another prompt, exported as shown. */

import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import type { ReportedClaim } from '../src/claims/report.ts';
import { valueInWords } from '../src/claims/words.ts';
import { expect, expectAccessible, photograph, sharedTest as test } from './helpers.ts';

const panel = (page: Page) => page.getByRole('region', { name: /^The paper claim by claim/ });
const claim = (page: Page, name: string) => panel(page).getByRole('article', { name });

async function measure(page: Page, id: number): Promise<void> {
  await panel(page)
    .getByRole('button', { name: new RegExp(`^Measure( again)? claim ${id}$`) })
    .click();
  // Its work shows only once the models have been looked at again: no “Cancel” may be one that has not come yet.
  const again = panel(page).getByRole('button', { name: `Measure again claim ${id}`, exact: true });
  await expect(again).toBeEnabled({ timeout: 180_000 });
}

/** The file that a button gives. */
async function downloaded(page: Page, button: string): Promise<{ name: string; content: string }> {
  const coming = page.waitForEvent('download');
  await panel(page).getByRole('button', { name: button }).click();
  const download = await coming;
  return { name: download.suggestedFilename(), content: readFileSync(await download.path(), 'utf8') };
}

test('claims are measured on the demo, say what they lack, and leave as the numbers shown', async ({
  page,
}) => {
  await page.getByRole('button', { name: /^The paper/ }).click();
  await expect(panel(page).getByText('30 claims, none measured yet.')).toBeVisible();

  await test.step('what cannot be measured says what it takes', async () => {
    await expect(claim(page, '18 Eight IOI prompts')).toContainText('load the pair “GPT-2 small”');
    await expect(claim(page, '27 Without LayerNorm surer than it should be')).toContainText('Needs a text');
    await expect(claim(page, '2 Three forms of one checkpoint agree')).toContainText(
      'The page loads one form only',
    );
  });

  await test.step('linearity holds, the error of attribution is measured', async () => {
    await measure(page, 1);
    await expect(claim(page, '1 Norm sites are linear without LayerNorm')).toContainText('✓ holds');
    await measure(page, 26);
    await expect(claim(page, '26 How wrong attribution is with LayerNorm')).toContainText('· measured');
    await expect(panel(page).getByText(/^1 holds, 1 measured, .* 28 not measured\.$/)).toBeVisible();
    await expectAccessible(page);
    await photograph(page, 'paper');
  });

  await test.step('of another prompt they stay, marked; measured there they are of it', async () => {
    await page.getByRole('textbox').first().fill('Sam saw a big red ball. He wanted the');
    const first = claim(page, '1 Norm sites are linear without LayerNorm');
    await expect(first).toContainText('another prompt or text');
    await measure(page, 1); // measured before, so that this may come back at once
    await expect(first).not.toContainText('another prompt or text', { timeout: 180_000 });
    await expect(panel(page).getByRole('button', { name: 'Cancel' })).toBeHidden({ timeout: 180_000 });
    await expect(first).toContainText('“Sam saw a big red ball.');
  });

  await test.step('every number shown is in the files, with what it is of', async () => {
    const { name, content } = await downloaded(page, 'Download JSON');
    expect(name).toBe('normless-claims.json');
    const { claims }: { claims: ReportedClaim[] } = JSON.parse(content);
    expect(claims.map((each) => each.claim)).toEqual([1, 1, 26]);
    const [latest, , error] = claims as [ReportedClaim, ReportedClaim, ReportedClaim];
    expect(latest).toMatchObject({
      verdict: 'holds',
      pair: { id: 'demo' },
      prompt: { text: 'Sam saw a big red ball. He wanted the' },
      arms: [
        { id: 'original', dtype: 'f32', norm: 'layer' },
        { id: 'vanilla' },
        { id: 'lnfree', norm: 'linear' },
      ],
      engines: [expect.stringMatching(/^(ort|wgsl)$/)],
      device: expect.stringMatching(/onnxruntime-web|swiftshader/),
    });
    const markdown = await downloaded(page, 'Download Markdown');
    for (const { claim: id, title, figures } of [latest, error]) {
      for (const figure of figures) {
        await expect(claim(page, `${id} ${title}`)).toContainText(valueInWords(figure));
        expect(markdown.content).toContain(`| ${id} | ${figure.what.replaceAll('|', '\\|')} |`);
        expect(markdown.content).toContain(valueInWords(figure));
      }
    }
  });
});
