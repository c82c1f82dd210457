/** Confidence neurons close by, as a person uses them: from the question to an exported number that equals the one shown. */

import type { Page } from '@playwright/test';
import { RANKED } from '../src/state/opening.suite.ts';
import { copiedBy } from './clipboard.suite.ts';
import { answered, expect, expectAccessible, photograph, sharedTest as test } from './helpers.ts';

/** The prompt that the page opens with. */
const GIRL = 'Once upon a time, there was a little girl who liked to play. One day,';

/** One of those that the page ranks first. */
const NEURON = `${RANKED[1]}`;

const panel = (page: Page) =>
  page.getByRole('region', { name: 'How sure? confidence neurons, switched off' });

/** The table that a button copies, by its columns' names. */
const copied = async (page: Page, button: string) => {
  const text = await copiedBy(page, () => panel(page).getByRole('button', { name: button }).click());
  const [header = [], ...rows] = text.split('\r\n').map((line) => line.split(','));
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i] ?? ''])));
};

const written = (text: string) => Number(text.replace('+', '').replace('−', '-'));

test('neurons held at their mean, one neuron more at a time, the mechanism, and token counts', async ({
  page,
}) => {
  await page.getByRole('button', { name: 'Confidence neurons Do they set how sure it is?' }).click();
  const answer = panel(page).getByText(
    /^Holding these 10 neurons at the mean moves the entropy by 0\.\d{3} nats/,
  );

  await test.step('the answer in numbers, and the bars as exported', async () => {
    await expect(answer).toBeVisible({ timeout: 60_000 });
    await answered(page); // another journey's answer may have stood here
    await expect(answer).toContainText('LN-free (which has none)');
    const bars = panel(page).getByRole('table', { name: 'Mean change of entropy by neuron, Original' });
    const row = bars.getByRole('row', { name: new RegExp(`^${NEURON} `) });
    const shown = written(await row.getByRole('cell').nth(1).innerText());
    const changes = (await copied(page, 'Copy neuron-ablation as CSV'))
      .filter(({ arm, neuron, position }) => arm === 'original' && neuron === NEURON && position !== '0')
      .map(({ entropy, entropy_total }) => Math.abs(Number(entropy_total) - Number(entropy)));
    const mean = changes.reduce((sum, x) => sum + x, 0) / changes.length;
    expect(changes.length).toBeGreaterThan(10);
    expect(Math.abs(1000 * mean - shown)).toBeLessThan(0.006); // mnat, as far as it is written
  });

  await test.step('a neuron chosen is followed along the prompt, and the loss beside the entropy', async () => {
    await panel(page)
      .getByRole('table', { name: /Original$/ })
      .first()
      .getByRole('button', { name: NEURON, exact: true })
      .click();
    await expect(panel(page).getByText(`neuron ${NEURON} held at its mean: change of entropy`)).toBeVisible();
    await panel(page).getByRole('group', { name: 'What changes' }).getByText('loss', { exact: true }).click();
    await expect(panel(page).getByText(`neuron ${NEURON} held at its mean: change of loss`)).toBeVisible();
    await expect(panel(page).getByText(/moves the loss by/)).toBeVisible();
  });

  await test.step('the slider: with LayerNorm the entropy follows the temperature, without it hardly moves', async () => {
    await panel(page)
      .getByRole('slider', { name: 'Amount of the least-read direction', exact: true })
      .fill('16');
    // A request of its own.
    await expect(panel(page).getByText(/^Adding 2 lengths of the least-read direction/)).toBeVisible({
      timeout: 60_000,
    });
    const row = (arm: string) =>
      panel(page)
        .getByRole('table', { name: 'At this amount' })
        .getByRole('row', { name: new RegExp(`^${arm}`) });
    const ratio = async (arm: string) => written(await row(arm).getByRole('cell').nth(3).innerText());
    expect(await ratio('Original')).toBeGreaterThan(0.7);
    expect(Math.abs(await ratio('LN-free'))).toBeLessThan(0.5);
  });

  await test.step('token counts of a wrong length are refused, the right ones name token-frequency neurons', async () => {
    const file = (counts: number[]) => ({
      name: 'counts.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(counts)),
    });
    const input = panel(page).getByLabel('Token counts file');
    await input.setInputFiles(file([1, 2, 3]));
    await expect(
      panel(page).getByText('It holds 3 counts, but the vocabulary has 8192 tokens.'),
    ).toBeVisible();
    await input.setInputFiles(file(Array.from({ length: 8192 }, (_, id) => Math.floor(1e6 / (id + 1)))));
    await expect(
      panel(page)
        .getByText(/^Highest scores: \d+ \(0\.\d+\)/)
        .first(),
    ).toBeVisible({ timeout: 60_000 });
    await expect(panel(page).getByText('Counts from counts.json.')).toBeVisible();
  });

  await test.step('the text read twice: the table shows what is exported, and what a script’s own edits give', async () => {
    const twice = panel(page).getByRole('region', { name: 'A text read twice' });
    await twice.getByRole('button', { name: 'Read it twice' }).click();
    const answer = twice.getByRole('listitem').filter({ hasText: /^Original is/ });
    await expect(answer).toContainText(/the second time: mean entropy \d\.\d{3}, then \d\.\d{3} nats/, {
      timeout: 120_000, // our kernels compile, in software here
    });
    await expect(answer).toContainText(/Original has (no head that finds|heads that find) the text again/);
    const row = twice
      .getByRole('table', { name: 'Neurons when the text comes again, Original' })
      .getByRole('row', { name: new RegExp(`^${NEURON} `) });
    const shown = written((await row.getByRole('cell').nth(2).innerText()).split(' ')[0] ?? ''); // … mnat (… %)
    const again = (await copied(page, 'Copy read-twice as CSV')).filter(
      ({ arm, neuron, reading }) => arm === 'original' && neuron === NEURON && reading === '2',
    );
    const changes = again.map(({ entropy, entropy_clip }) => Number(entropy_clip) - Number(entropy));
    expect(changes).toHaveLength(19); // the prompt's tokens but for BOS
    const mean = changes.reduce((sum, x) => sum + x, 0) / changes.length;
    expect(Math.abs(1000 * mean - shown)).toBeLessThan(0.006);

    await twice.getByText('what ablation changes', { exact: true }).click();
    await expect(
      twice.getByRole('slider', {
        name: `Change of entropy along the text read twice, neuron ${NEURON}, Original`,
      }),
    ).toBeVisible();

    // One head cut off, by a script.
    const heads = twice.getByRole('table', { name: 'Second reading with heads cut off, Original' });
    const [, head = ''] = (await heads.getByRole('rowheader').allInnerTexts()) as string[];
    const entropy = written(await heads.getByRole('row').nth(2).getByRole('cell').nth(1).innerText());
    const own = await page.evaluate(
      async ([text, layer, index]) => {
        const arms = ['original'];
        const { tokens } = await normless.run({ text, arms, hooks: [] });
        const place = { site: `L${layer}.pattern`, head: index };
        const result = await normless.analyze('token-stats', {
          tokens: [...tokens, ...tokens.slice(1)],
          arms,
          edits: [
            { kind: 'zero', ...place },
            { kind: 'set', ...place, key: 0, value: 1 },
          ],
        });
        const second = [...(result.arms.original?.entropy.data ?? [])].slice(tokens.length);
        return second.reduce((sum, x) => sum + x, 0) / second.length;
      },
      [GIRL, Number(head[1]), Number(head[3])] as const,
    );
    expect(Math.abs(own - entropy)).toBeLessThan(0.0006);
  });

  await test.step('scripts get the same values', async () => {
    const [entropy, total] = await page.evaluate(async () => {
      const request = {
        text: 'Once upon a time, there was a little girl',
        neurons: [100, 312],
        arms: ['lnfree'],
      };
      const { arms } = await normless.analyze('neuron-ablation', request);
      const arm = arms.lnfree;
      if (!arm) throw new Error('no result');
      return [[...arm.entropyTotal.data], [...arm.entropyDirect.data]];
    });
    expect(total).toEqual(entropy); // without LayerNorm both are the same
  });

  await expectAccessible(page);
  await photograph(page, 'neuron-ablation');
});
