/** What a part writes, from the question to exported numbers that equal those on screen. */

import type { Page } from '@playwright/test';
import type { AnalysisResult } from '../src/engine/api.ts';
import { LARGEST, STRONGEST } from '../src/state/opening.suite.ts';
import { glyphs } from '../src/ui/glyphs.ts';
import { LAST } from '../tools/demo.ts';
import { copiedAndSaid } from './clipboard.suite.ts';
import { answered, expect, expectAccessible, photograph, sharedTest as test } from './helpers.ts';

const panel = (page: Page) => page.getByRole('region', { name: /^What it writes/ });

interface Exported {
  writes: AnalysisResult<'writes'>;
  circuits: AnalysisResult<'head-circuits'> | null;
}

/** Once every answer is there: a head's circuits are a request of their own, and those of another stay until then. */
async function exported(page: Page): Promise<Exported> {
  await answered(page);
  return JSON.parse(await copiedAndSaid(panel(page).getByRole('button', { name: 'Copy writes as JSON' })));
}

/** As the page draws a number of logits. */
const drawn = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;

test('which tokens does a part push? A head, an MLP, a neuron’s weights, a direction; exported as shown', async ({
  page,
}) => {
  await page.getByRole('button', { name: /^What it writes/ }).click();
  const answer = panel(page).getByText(/^In Original/);
  const says = (words: string | RegExp) => expect(answer).toContainText(words, { timeout: 60_000 }); // the engine's answer
  const part = panel(page).getByRole('textbox', { name: 'part' });
  const pushes = panel(page).getByRole('table', { name: /in Original, up and then down$/ });

  await test.step('the largest term to begin with; a head, its bars as exported', async () => {
    await says(`In Original ${LARGEST} pushes up`);
    await part.fill(STRONGEST.label); // a head has circuits, too
    await says(`In Original ${STRONGEST.label} pushes up`);
    await expect(
      panel(page).getByRole('heading', { name: `${STRONGEST.label} in its weights alone` }),
    ).toBeVisible({ timeout: 60_000 });
    await expect(panel(page).getByRole('grid', { name: /^OV: .* Original/ })).toBeVisible();
    const { writes, circuits } = await exported(page);
    const first = writes.arms.original?.up[0];
    const token = glyphs(first?.piece ?? '');
    await expect(answer).toContainText(`In Original ${STRONGEST.label} pushes up ${token}`);
    await expect(pushes.getByRole('row', { name: token }).first()).toContainText(
      drawn(first?.value ?? Number.NaN),
    );
    await expect(panel(page).getByText(/The vectors of Original and LN-free/)).toContainText(
      `cosine of ${writes.between?.['original|lnfree']?.cosine.toFixed(3)}`,
    );
    expect(circuits?.arms.original?.ov.shape).toEqual([18, 18]);
    await expectAccessible(page);
    await photograph(page, 'writes');
  });

  await test.step('a cell of the OV circuit is what was exported', async () => {
    const { circuits } = await exported(page);
    const map = panel(page).getByRole('grid', { name: /^OV: .* Original/ });
    await map.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
    const { ov, pushed } = circuits?.arms.original ?? {};
    await expect(map.getByRole('gridcell')).toHaveText(
      `␣upon → Once: ${drawn(ov?.data[2 * 18 + 1] ?? Number.NaN)} logits`,
    );
    await expect(
      panel(page)
        .getByText(/^Attending to ␣upon/)
        .first(),
    ).toContainText(drawn(pushed?.[2]?.[0]?.value ?? Number.NaN));
  });

  await test.step('one offered, an MLP, a neuron with and without a position, a direction', async () => {
    const offered = panel(page)
      .getByRole('button', { name: /^L\d+(H\d+|\.mlp)$/ })
      .nth(1);
    const label = await offered.innerText();
    await offered.click();
    await says(`${label} pushes up`);
    await part.fill(`L${LAST}.mlp`);
    await says(`L${LAST}.mlp pushes up`);
    await part.fill(`L${LAST}N437`);
    await expect(panel(page).getByText(/^What was written at position 19.* Activation:/)).toBeVisible({
      timeout: 60_000,
    });
    await panel(page).getByText('weights alone', { exact: true }).click();
    await expect(panel(page).getByText(/^Weights alone: an activation of 1/)).toBeVisible({
      timeout: 60_000,
    });
    await panel(page).getByRole('button', { name: 'target − contrast' }).click();
    await says(/the direction target − contrast pushes up .* and down .*␣he\b/);
    await part.fill('L77H1');
    await expect(panel(page).getByText(/^No such part here/)).toBeVisible();
    await part.fill('');
    await says(LARGEST);
  });

  await test.step('what cannot be asked says what to do', async () => {
    const told = await page.evaluate(async () => {
      const tell = (error: Error) => `${error.name}: ${error.message}`;
      const text = 'Once upon a time';
      return [
        await normless.analyze('writes', { text, part: { layer: 1, head: 1 } }).then(String, tell),
        await normless.analyze('writes', { text, part: {} as never }).then(String, tell),
        await normless.analyze('head-circuits', { text, layer: 9, head: 0 }).then(String, tell),
      ];
    });
    expect(told).toEqual([
      expect.stringMatching(/^InputError: What a head writes depends on what it reads/),
      expect.stringMatching(/^InputError: writes needs a part/),
      expect.stringMatching(/^InputError: layer is 9/),
    ]);
  });
});
