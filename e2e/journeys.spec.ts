/** What a person wants to do here, each from the first click to the answer, against the production build. */

import type { Page } from '@playwright/test';
import { openingHead, RANKED, STRONGEST } from '../src/state/opening.suite.ts';
import { signed } from '../src/ui/format.ts';
import { glyphs } from '../src/ui/glyphs.ts';
import { answered, engineReady, expect, expectAccessible, photograph, test, walkTo } from './helpers.ts';

const GIRL = 'Once upon a time, there was a little girl who liked to play. One day,';

const strip = (page: Page) => page.getByRole('table', { name: 'Tokens of the prompt, one column each' });
const target = (page: Page) => page.getByRole('textbox', { name: 'Target token' });
const contrast = (page: Page) => page.getByRole('textbox', { name: 'Contrast token' });
const panel = (page: Page, name: string | RegExp) => page.getByRole('region', { name });

test('from the first visit to an answer of one’s own', async ({ page }) => {
  // One page for all of it: every start takes seconds on a software adapter.
  await test.step('first visit: a finished analysis at once, then reproduced live', async () => {
    await page.goto('/');
    await expect(strip(page).getByRole('button')).toHaveCount(20);
    const attribution = panel(page, 'Why direct logit attribution');
    await expect(attribution.getByText('what the model says')).toBeVisible();
    await expect(attribution.getByText(/adds up within \de-\d/)).toBeVisible();

    await engineReady(page);
    await expect(page.getByRole('status')).toHaveText(/reproduced to \de-\d/);
    await answered(page);
    await expectAccessible(page);
    await photograph(page, 'first-visit');
  });
  await test.step('walk the heat map by keyboard, pin a head, see what it reads from', async () => {
    await answered(page);
    const map = page.getByRole('grid', { name: 'Attribution by layer and head, LN-free' });
    const { label, layer, head, value } = STRONGEST;
    await walkTo(map, layer, head);
    const active = await map.getAttribute('aria-activedescendant');
    await expect(page.locator(`[id="${active}"]`)).toContainText(
      `${label}: Original ${signed(value)}, LN-free ${signed(openingHead(label, 'lnfree').value)}`,
    );
    await page.keyboard.press('Enter');
    await page.getByText('a head’s sources').click();
    const attribution = panel(page, 'Why direct logit attribution');
    const from = await page.evaluate(
      async ([text, prefix]) => {
        const asked = { text, target: ' she', contrast: ' he', unit: 'head-source' } as const;
        const { arms, pieces } = await normless.analyze('dla', { ...asked, arms: ['original'] });
        const sources = arms.original?.terms.filter((term) => term.label.startsWith(prefix)) ?? [];
        const [most] = sources.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
        return { position: most?.source ?? -1, piece: pieces[most?.source ?? -1] ?? '', value: most?.value };
      },
      [GIRL, `${label}←`] as const,
    );
    await expect(
      attribution.getByRole('row', { name: `${from.position} ${glyphs(from.piece)}`, exact: false }),
    ).toContainText(signed(from.value ?? Number.NaN), { timeout: 60_000 });
    await answered(page);
    await photograph(page, 'head-sources');
    await page.keyboard.press('Escape');
    await expect(attribution).toContainText('Click a head in a map above.');
  });

  await test.step('switch BOS off and on', async () => {
    await page.getByRole('checkbox', { name: 'BOS' }).uncheck();
    await expect(strip(page).getByRole('button')).toHaveCount(19, { timeout: 60_000 });
    await answered(page);
    await expect(strip(page).getByRole('button').first()).toHaveAccessibleName(/^0 Once \d+$/);
    await expect(strip(page).getByRole('button').first()).toHaveAccessibleDescription(/first position$/);
    await page.getByRole('checkbox', { name: 'BOS' }).check();
    await expect(strip(page).getByRole('button')).toHaveCount(20, { timeout: 60_000 });
    await answered(page);
  });

  await test.step('ask about an earlier token, and choose a neuron to colour by', async () => {
    await strip(page)
      .getByRole('button', { name: /^9 ␣little/ })
      .click();
    await expect(page.getByText('where ␣girl follows')).toBeVisible();
    await answered(page);
    await expect(
      panel(page, 'What it predicts').getByRole('row', { name: /␣girl actual next/ }),
    ).toBeVisible();
    const neurons = panel(page, 'How sure confidence neurons');
    await neurons.getByRole('button', { name: `${RANKED[0]}`, exact: true }).click();
    await expect(page.getByText(`activation of neuron ${RANKED[0]} of the last layer`)).toBeVisible();
    await photograph(page, 'neuron');
    await strip(page).getByRole('button', { name: /^19 / }).click(); // the last again, and it stays the last when the prompt changes
    await answered(page);
  });

  await test.step('type a prompt and read the answer', async () => {
    await page.getByRole('textbox').first().fill('Sam saw a big red ball. He wanted the');
    await expect(strip(page).getByRole('button')).toHaveCount(12, { timeout: 60_000 });
    await answered(page);
    const rows = panel(page, 'What it predicts').getByRole('row');
    await expect(rows.filter({ hasText: '␣ball' })).toContainText(/\d+\.\d %/);
    await expect(page.getByText('12 of 256 tokens')).toBeVisible();
  });

  await test.step('pick a target and a contrast', async () => {
    await page.getByRole('button', { name: 'Examples' }).click();
    await page.getByRole('button', { name: /A red ball/ }).click();
    const answer = page.getByRole('region', { name: 'What is explained' });
    // Nothing is asked before the engine has told the tokens of what is typed or chosen.
    await expect(answer).toContainText('␣ball', { timeout: 60_000 });
    await answered(page);
    await expect(answer.getByText('more likely').first()).toBeVisible();

    await target(page).fill('dog');
    await page.getByRole('button', { name: 'Use ␣dog' }).click();
    await contrast(page).fill(' cat');
    await contrast(page).press('Enter');
    const attribution = panel(page, 'Why direct logit attribution');
    await expect(attribution).toContainText('␣dog over ␣cat', { timeout: 60_000 });
    await answered(page);

    await target(page).fill(' extraordinary');
    await expect(answer).toContainText(/␣extraordinary is \d tokens/, { timeout: 60_000 });
    await expectAccessible(page);
    await target(page).press('Escape');

    await page.getByRole('button', { name: 'Swap target and contrast' }).click();
    await expect(attribution).toContainText('␣cat over ␣dog');
    await answered(page);
  });

  await test.step('let both arms go on, stop them, ask why a token came, and take a text as the prompt', async () => {
    const generation = panel(page, 'How it goes on');
    const text = (arm: string) => generation.getByRole('region', { name: arm });
    const tokens = (arm: string) => text(arm).getByRole('button', { name: /rank \d+/ });
    await generation.getByRole('spinbutton', { name: 'tokens' }).fill('240'); // not all there before Stop
    await generation.getByRole('button', { name: 'Generate' }).click();
    await expect
      .poll(() => tokens('LN-free').count(), { timeout: 60_000, intervals: [20] })
      .toBeGreaterThan(1);
    await generation.getByRole('button', { name: 'Stop' }).click();
    await expect(text('LN-free')).toContainText('stopped');

    await generation.getByRole('spinbutton', { name: 'tokens' }).fill('4');
    await generation.getByText('one for all', { exact: true }).click();
    await generation.getByRole('button', { name: 'Generate' }).click();
    await expect(generation).toContainText(/LN-free finds \d of 4 tokens likeliest too/, { timeout: 60_000 });
    await tokens('LN-free').nth(1).hover();
    await expect(tokens('LN-free').nth(1)).toHaveAccessibleName(
      /, LN-free .*%, rank \d+, Original .*%, rank \d+/,
    );
    await expectAccessible(page);
    await photograph(page, 'generation');

    const prompt = page.getByRole('textbox').first();
    await tokens('Original').nth(1).click();
    await expect(prompt).toHaveValue(/^Sam saw a big red ball\. He wanted the.+/);
    await expect(generation).toContainText('outdated');
    const before = (await prompt.inputValue()).length;
    await text('Original').getByRole('button', { name: 'Use as prompt' }).click();
    await expect.poll(async () => (await prompt.inputValue()).length).toBeGreaterThan(before);
    await answered(page);
  });
});

test('on a phone everything is there and nothing scrolls sideways but the token strip', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto('/');
  await engineReady(page);
  await answered(page);
  const { page: width, window: available } = await page.evaluate(() => ({
    page: document.documentElement.scrollWidth,
    window: innerWidth,
  }));
  expect(width).toBeLessThanOrEqual(available);
  await expect(strip(page).getByRole('button', { name: /^19 / })).toBeInViewport();
  await expectAccessible(page);
  await photograph(page, 'phone');
});
