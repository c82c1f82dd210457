/** What is on show is taken elsewhere: a notebook, a page that opens from a disk, data, activations, pictures. */

import { copyFile, readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { DEMO, LAST } from '../tools/demo.ts';
import { answered, expect, expectAccessible, photograph, sharedTest as test } from './helpers.ts';

/** Presses a button, and gives the file that comes of it. */
async function saved(page: Page, name: string | RegExp): Promise<{ path: string; name: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name, exact: typeof name === 'string' }).click(),
  ]);
  return { path: await download.path(), name: download.suggestedFilename() };
}

test('from the export menu to files that hold what the page shows', async ({ page, browser }, info) => {
  await page.getByRole('button', { name: /^LayerNorm itself/ }).click();
  const norms = page.locator('section[aria-busy]', { has: page.locator('#norms-title') });
  await expect(norms).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 });
  await answered(page); // a file is refused while any number is on its way
  await page.getByRole('button', { name: 'Save norms as a picture or by tabs' }).click();
  const table = (await readFile((await saved(page, 'TSV')).path, 'utf8'))
    .split('\r\n')
    .map((row) => row.split('\t'));
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  const menu = page.getByRole('dialog', { name: 'Export what is on show' });
  await expect(menu.getByRole('button', { name: 'Notebook' })).toBeVisible();
  await expectAccessible(page);
  await photograph(page, 'export');
  const dla = await page.evaluate(async () => {
    const text = 'Once upon a time, there was a little girl who liked to play. One day,';
    const result = await window.normless.analyze('dla', { text, target: ' she', contrast: ' he' });
    return result.arms.lnfree?.actual ?? Number.NaN;
  });

  const notebook = await saved(page, 'Notebook');
  expect(notebook.name).toBe('normless-demo.ipynb');
  const { cells } = JSON.parse(await readFile(notebook.path, 'utf8')) as {
    cells: { id: string; source: string }[];
  };
  const source = cells.find(({ id }) => id === 'analysis')?.source ?? '';
  const actual = /"lnfree": \{[\s\S]*?"attribution": \{[\s\S]*?"actual": (-?[\d.]+)/.exec(
    source.slice(source.indexOf('"runs"')),
  )?.[1];
  expect(Number(actual)).toBeCloseTo(dla, 4);

  const data = JSON.parse(await readFile((await saved(page, 'All data')).path, 'utf8'));
  const again = await page.evaluate(async ({ analysis, request }) => {
    const result = await window.normless.analyze(analysis, request);
    return result.arms.lnfree?.actual;
  }, data.answers['dla:component']);
  expect(again).toBeCloseTo(data.answers['dla:component'].result.arms.lnfree.actual, 5);

  const frozen = await saved(page, 'Web page');
  const context = await browser.newContext({ offline: true });
  const alone = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  alone.on('request', (request) => requests.push(request.url()));
  alone.on('console', (message) => complaints.push(message.text()));
  const onDisk = info.outputPath('analysis.html');
  await copyFile(frozen.path, onDisk);
  await alone.goto(`file://${onDisk}`);
  await expect(alone.getByRole('rowheader', { name: 'what the model says' }).first()).toBeVisible();
  const told = alone.getByRole('region', { name: /LayerNorm itself/ }).getByRole('row');
  expect(
    await told.evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent))),
  ).toEqual(table);
  const picture = alone.getByRole('img', { name: /LayerNorm itself/ });
  expect(await picture.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBeGreaterThan(600);
  await expectAccessible(alone);
  await photograph(alone, 'export-html');
  expect(requests.filter((url) => !url.startsWith('file://'))).toEqual([]);
  expect(requests).toHaveLength(1);
  expect(complaints).toEqual([]);
  await context.close();

  const activations = await saved(page, 'Save activations');
  const bytes = await readFile(activations.path);
  const header = JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE())).toString());
  expect(header['blocks.0.hook_resid_pre'].shape).toEqual([20, DEMO.dModel]);
  expect(header.__metadata__).toMatchObject({ arm: 'original', pair: 'demo', edits: '[]' });
  await page.keyboard.press('Escape');
});

test('a panel becomes a picture with its words, its map and where it is from', async ({ page }) => {
  await page.getByRole('button', { name: 'Save attribution as a picture or by tabs' }).click();
  const svg = await readFile((await saved(page, 'SVG')).path, 'utf8');
  for (const words of ['direct logit attribution', 'LN-free', `L${LAST}.attn`, 'sum of the terms', '#v1.'])
    expect(svg.replace(/<[^>]+>/g, '')).toContain(words);
  expect(svg).toContain('href="data:image/png;base64,');
  expect(svg).not.toMatch(/oklch|color-mix|var\(--/);

  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Save tokens as a picture or by tabs' }).click();
  const strip = (await readFile((await saved(page, 'SVG')).path, 'utf8')).replace(/<[^>]+>/g, '');
  for (const words of ['colour by: ', '␣girl', '#v1.']) expect(strip).toContain(words);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Save attribution as a picture or by tabs' }).click();
  const png = await saved(page, 'PNG');
  const size = await page.evaluate(
    async (base64) => {
      const image = new Image();
      image.src = `data:image/png;base64,${base64}`;
      await image.decode();
      return [image.width, image.height];
    },
    (await readFile(png.path)).toString('base64'),
  );
  const panel = await page.locator('section', { has: page.locator('#attribution-title') }).boundingBox();
  expect(size[0]).toBeGreaterThan((panel?.width ?? 0) * 1.9);
  const tsv = await readFile((await saved(page, 'TSV')).path, 'utf8');
  expect(tsv.split('\r\n')[0]).toBe('term\toriginal\tlnfree\tlnfree - original');
  await page.keyboard.press('Escape');
});
