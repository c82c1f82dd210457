/** Every panel, dialog, lesson and embed in each of its states, for everybody: axe at every level, three windows, two themes. */

import type { Locator, Page } from '@playwright/test';
import { LESSONS } from '../src/lessons/index.ts';
import { FRAMED } from '../src/panels/framed.ts';
import { closerPanels } from '../src/panels/index.ts';
import { STRONGEST } from '../src/state/opening.suite.ts';
import { signed } from '../src/ui/format.ts';
import { DEMO } from '../tools/demo.ts';
import { type Sweep, startSweep } from './accessible.suite.ts';
import { engineReady, expect, sharedTest, test } from './helpers.ts';

const POPOVER = '[popover]:popover-open';
const LESSON = '[aria-label="Lessons"]';
const LONG = { tag: '@long' };
/** What makes a panel measure that waits for a word to do so. */
const STARTS =
  /^(Read (it|the)|Measure all|Remove LayerNorm|Patch every|Compare (estimate|on this)|Generate)/;

async function opened(page: Page, address = '/'): Promise<Sweep> {
  test.setTimeout(1_800_000);
  await page.goto(address);
  await engineReady(page);
  return startSweep(page);
}

function settled({ found, judged }: Sweep): void {
  console.log(`${judged} looks`);
  expect(found).toEqual([]);
}

/** Waits until the panel that looks closer is there: its code is fetched when it is opened. */
async function drawn(part: Locator): Promise<void> {
  await expect(part.locator('section[aria-busy]').first()).toBeVisible({ timeout: 60_000 });
}

/** Waits until neither the part nor anything in there computes. */
async function quiet(part: Locator): Promise<void> {
  await expect(part.and(part.page().locator('[aria-busy="true"]'))).toHaveCount(0, { timeout: 300_000 });
  await expect(part.locator('[aria-busy="true"], progress')).toHaveCount(0, { timeout: 300_000 });
  await expect(part.getByRole('button', { name: /^(Cancel|Stop)$/ })).toHaveCount(0, { timeout: 300_000 });
}

/** Makes the part show all it can: whatever waits for a word is measured, what is folded is unfolded. */
async function complete(part: Locator): Promise<void> {
  const starts = part.getByRole('button', { name: STARTS, disabled: false });
  for (const name of await starts.allInnerTexts()) {
    const start = part.getByRole('button', { name, exact: true, disabled: false });
    if ((await start.count()) !== 1) continue; // another start has taken it away
    await start.click();
    await quiet(part);
  }
  await quiet(part);
  await unfold(part);
}

/** Opens what is folded in there, and what is folded in that. */
async function unfold(part: Locator): Promise<void> {
  const folded = part.locator('details:not([open]) > summary').filter({ visible: true });
  while ((await folded.count()) > 0) await folded.first().click();
}

/** Looks at the part as every one of its exclusive choices draws it. */
async function everyChoice({ look, page }: Sweep, part: string, name: string): Promise<void> {
  const radios = page.locator(part).getByRole('radio', { checked: false, disabled: false });
  const choices = await radios.evaluateAll((inputs) =>
    inputs.map((input) => [
      input.closest('fieldset')?.querySelector('legend')?.textContent ?? '',
      input.closest('label')?.textContent ?? '',
    ]),
  );
  for (const [group = '', label = ''] of choices) {
    const choice = page
      .locator(part)
      .getByRole('group', { name: group, exact: true })
      .getByText(label, { exact: true });
    if ((await choice.count()) !== 1) continue; // another choice has taken it away
    await choice.click();
    await complete(page.locator(part));
    await look(`${name}, ${group} ${label}`, part);
  }
}

sharedTest('the page, a panel and a dialog on a phone, in both themes', async ({ page }) => {
  const sweep = await startSweep(page, ['phone']);
  await sweep.look('the page');
  await page.locator('[aria-controls="closer-panel"]', { hasText: 'How exact' }).click();
  await drawn(page.locator('#closer-panel'));
  await quiet(page.locator('#closer-panel'));
  await sweep.look('a panel', '#closer-panel');
  await page.getByRole('button', { name: 'Help and keys' }).click();
  await expect(page.getByRole('dialog').getByRole('checkbox')).toBeVisible();
  await sweep.look('a dialog', 'dialog[open]');
  await page.keyboard.press('Escape');
  settled(sweep);
});

test.describe('in the hand', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('a tap tells and pins, nothing hides until it is pointed at, one row holds what the head offers', async ({
    page,
  }) => {
    await page.goto('/');
    const { label, layer, head: column, value } = STRONGEST;
    const told = page.getByText(
      new RegExp(`^${label}\nOriginal ${signed(value).replace('+', '\\+')}\nLN-free`),
    );
    const map = page.getByRole('grid', { name: 'Attribution by layer and head, Original' });
    await engineReady(page);
    const { width, height } = (await map.boundingBox()) ?? { width: 0, height: 0 };
    const at = (i: number, of: number) => (i + 0.5) / of;
    const cell = { position: { x: width * at(column, DEMO.nHeads), y: height * at(layer, DEMO.nLayers) } };
    await map.tap(cell);
    await expect(told).toBeVisible();
    await expect(page.getByRole('group', { name: `Ablate ${label}` })).toBeVisible();
    await page.getByRole('heading', { name: 'Look closer' }).tap();
    await expect(told).toBeHidden();
    await expect(page.getByRole('button', { name: /^vs ␣/ }).first()).toHaveCSS('opacity', '1');

    const head = page.getByRole('banner');
    const boxes = await head
      .getByRole('button', { name: /^(Undo|History|Share|Export|Lessons|Help|Theme)/ })
      .all();
    const tops = await Promise.all(boxes.map(async (each) => (await each.boundingBox())?.y ?? Number.NaN));
    expect(tops).toHaveLength(7);
    expect(Math.max(...tops) - Math.min(...tops)).toBeLessThan(8);
  });
});

test('“?” can be switched off, and stays so; who asks for stillness sees nothing move', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/');
  await engineReady(page); // a click on what the build has drawn is lost until the script is there
  const help = page.getByRole('dialog', { name: 'Help and keys' });
  const about = page.getByRole('button', { name: 'Help and keys' });
  await about.click();
  await help.getByRole('checkbox', { name: /opens this help/ }).uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(help).toBeHidden();
  await page.reload();
  await engineReady(page);
  await about.focus();
  await page.keyboard.press('?');
  await expect(help).toBeHidden();
  await about.press('Enter');
  await help.getByRole('checkbox', { name: /opens this help/ }).check();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(help).toBeVisible();

  const moving = await page.evaluate(() =>
    [...document.querySelectorAll('*')].flatMap((each) =>
      [null, '::before', '::after'].flatMap((pseudo) => {
        const { transitionProperty, animationName } = getComputedStyle(each, pseudo);
        return transitionProperty === 'none' && animationName === 'none' ? [] : [each.outerHTML.slice(0, 90)];
      }),
    ),
  );
  expect(moving).toEqual([]);
});

for (const id of ['predictions', 'attribution', 'confidence-neurons', 'generation', 'verify']) {
  test(`on the page: ${id} in every form`, LONG, async ({ page }) => {
    const sweep = await opened(page);
    const part = `section[aria-labelledby="${id}-title"]`;
    await complete(page.locator(part));
    await sweep.look(id, part);
    await everyChoice(sweep, part, id);
    settled(sweep);
  });
}

test('edits in every kind, on and off, and what they do', LONG, async ({ page }) => {
  const sweep = await opened(page);
  await page.getByRole('button', { name: '+ Edit' }).click();
  const what = page.getByRole('combobox', { name: 'what' });
  for (const kind of await what.locator('option').allInnerTexts()) {
    await what.selectOption({ label: kind });
    await sweep.look(`edit form, ${kind}`, 'form[aria-label="Add an edit"]');
    if (kind.startsWith('set to 0')) await page.getByRole('button', { name: 'Add', exact: true }).click();
  }
  const strip = page.locator('section', { has: page.locator('#edits-title') });
  await quiet(page.locator('main'));
  await complete(strip);
  await sweep.look('with an edit', '[aria-labelledby="edits-title"]');
  settled(sweep);
});

for (const { id, tab } of closerPanels) {
  test(`looking closer: ${tab}`, LONG, async ({ page }) => {
    const sweep = await opened(page);
    await page.locator('[aria-controls="closer-panel"]', { hasText: tab }).click();
    const part = page.locator('#closer-panel');
    await drawn(part);
    await quiet(part);
    await sweep.look(`${id}, opened`, '#closer-panel');
    if (id === 'paper')
      await part
        .getByRole('button', { name: /^Measure claim/ })
        .first()
        .click();
    await complete(part);
    await sweep.look(id, '#closer-panel');
    await everyChoice(sweep, '#closer-panel', id);
    settled(sweep);
  });
}

test('everything that pops up', LONG, async ({ page }) => {
  const sweep = await opened(page);
  const bar = page.getByRole('banner');
  for (const button of ['Engine', 'History', 'Share', 'Export']) {
    await bar.getByRole('button', { name: new RegExp(`^${button}`) }).click();
    const box = page.locator(POPOVER);
    await unfold(box);
    await sweep.look(button, POPOVER);
    await page.keyboard.press('Escape');
  }
  await page.getByRole('button', { name: 'Examples' }).click();
  await sweep.look('examples', POPOVER);
  await page.keyboard.press('Escape');
  for (const about of await page.getByRole('button', { name: /^(About|Save)/ }).all()) {
    await about.click();
    await sweep.look((await about.getAttribute('aria-label')) ?? '', POPOVER);
    await page.keyboard.press('Escape');
  }
  const target = page.getByRole('textbox', { name: 'Target token' });
  await target.fill(' two words');
  await target.press('Enter');
  await sweep.look('no such token', '[aria-label="What is explained"]');
  settled(sweep);
});

test('every dialog', LONG, async ({ page }) => {
  const sweep = await opened(page);
  await page.getByRole('button', { name: 'Help and keys' }).click();
  await sweep.look('help', 'dialog[open]');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await sweep.look('commands', 'dialog[open]');
  await page.keyboard.type('no command is called so');
  await sweep.look('no command', 'dialog[open]');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Models', exact: true }).click();
  const models = page.getByRole('dialog', { name: 'Models' });
  await sweep.look('models', 'dialog[open]');
  const pairs = models.getByRole('listitem').getByRole('button');
  for (const pair of await pairs.all()) {
    await pair.click();
    await unfold(models);
    await sweep.look(`models, ${(await pair.innerText()).split('\n')[0]}`, 'dialog[open]');
  }
  for (const view of ['Add your own', 'Storage']) {
    await models.getByText(view, { exact: true }).click();
    await sweep.look(`models, ${view}`, 'dialog[open]');
  }
  settled(sweep);
});

test('the list of lessons and the glossary', LONG, async ({ page }) => {
  const sweep = await opened(page);
  await page.getByRole('button', { name: 'Lessons', exact: true }).click();
  await page.locator('summary', { hasText: 'Glossary' }).click();
  await sweep.look('lessons', LESSON);
  settled(sweep);
});

for (const { id, steps } of LESSONS) {
  test(`lesson ${id}: its cover, each step, its end`, LONG, async ({ page }) => {
    const sweep = await opened(page, `/?lesson=${id}`);
    await sweep.look(`${id}, cover`, LESSON);
    await page.getByRole('button', { name: 'Begin' }).click();
    await expect(page.getByText('step 1 of')).toBeVisible();
    await quiet(page.locator('main'));
    for (const [step, { kind }] of steps.entries()) {
      const name = `${id}, ${step + 1}`;
      if (step === 0 || kind === 'ask') {
        await toStep(page, id, step, null);
        await sweep.look(name, LESSON);
      }
      const [number, choice] = [
        page.locator(LESSON).getByRole('textbox'),
        page.locator(LESSON).getByRole('radio'),
      ];
      await engineReady(page);
      await quiet(page.locator('main'));
      // A question made of what an earlier step has picked waits for that; e2e/lessons.spec.ts answers those.
      if (kind === 'ask' && (await number.or(choice).count()) > 0) {
        if (await number.isVisible()) await number.fill('7777');
        else await choice.first().check();
        await page.getByRole('button', { name: 'Check' }).click();
        await sweep.look(`${name}, answered`, LESSON);
      }
      await toStep(page, id, step, 'So it is.');
      await sweep.look(`${name}, met`, LESSON);
    }
    await toStep(page, id, steps.length, null);
    await sweep.look(`${id}, end`, LESSON);
    settled(sweep);
  });
}

/** As a reload finds a learner there. */
async function toStep(page: Page, lesson: string, step: number, found: string | null): Promise<void> {
  const kept = JSON.stringify({ lesson, step, found, keeps: false, only: false });
  await page.evaluate((value) => sessionStorage.setItem('normless.lesson', value), kept);
  await page.reload();
  await expect(page.locator(LESSON)).toBeVisible();
}

for (const { id } of FRAMED) {
  test(`framed ${id}, still and live`, LONG, async ({ page }) => {
    test.setTimeout(1_800_000);
    await page.goto(`/?embed=${id}`);
    const sweep = await startSweep(page);
    const compute = page.getByRole('button', { name: /compute (it )?here/i });
    await expect(compute).toBeVisible();
    await sweep.look(`embed ${id}, still`);
    await compute.click();
    await engineReady(page);
    await quiet(page.locator('body'));
    await sweep.look(`embed ${id}, live`);
    settled(sweep);
  });
}
