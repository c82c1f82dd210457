/** Lessons as a learner does them: stuck by what is wrong, led on by what is right; every answer is asked of the engine by a script. */

import type { Page } from '@playwright/test';
import type { AnalysisResult } from '../src/engine/api.ts';
import { openingHeads, openingParts, RANKED } from '../src/state/opening.suite.ts';
import { glyphs } from '../src/ui/glyphs.ts';
import { LAST } from '../tools/demo.ts';
import { copiedBy } from './clipboard.suite.ts';
import {
  engineReady,
  expect,
  expectAccessible,
  test as ownPage,
  photograph,
  sharedTest,
  walkTo,
} from './helpers.ts';

const GIRL = 'Once upon a time, there was a little girl who liked to play. One day,';

const card = (page: Page) => page.getByRole('region', { name: 'Lessons' });
const onward = (page: Page) => card(page).getByRole('button', { name: /^(Go on|Finish)$/ });

async function open(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'Lessons', exact: true }).click();
  await card(page)
    .getByRole('button', { name: new RegExp(`^${title}`) })
    .click();
  await card(page).getByRole('button', { name: 'Begin' }).click();
  await expect(card(page).getByText(/step 1 of/)).toBeVisible();
}

/** The page is ready for the step: what is done before that does not count, and the step may undo it. */
async function begun(page: Page): Promise<void> {
  await expect(card(page).locator('[aria-busy="true"]')).toHaveCount(0, { timeout: 90_000 });
}

/** Does something else than is asked, is stuck, then does what is asked and goes on. */
async function doStep(page: Page, wrong: () => Promise<void>, right: () => Promise<void>): Promise<void> {
  await begun(page);
  await expect(onward(page)).toHaveCount(0);
  await wrong();
  await expect(onward(page)).toHaveCount(0);
  await right();
  await onward(page).click({ timeout: 90_000 });
}

/** Answers a number wrong, gets a hint and is stuck; then right, and goes on. */
async function answerNumber(page: Page, right: number): Promise<void> {
  await begun(page);
  const field = card(page).getByRole('textbox');
  await field.fill(String(right + 7));
  await card(page).getByRole('button', { name: 'Check' }).click();
  await expect(card(page).getByRole('alert')).toContainText('Not yet.');
  await expect(onward(page)).toHaveCount(0);
  await field.fill(right.toFixed(3).replace('-', '−'));
  await card(page).getByRole('button', { name: 'Check' }).click();
  await onward(page).click();
}

/** Walks to a cell of a picture with the keyboard and picks it. */
async function pick(page: Page, name: string | RegExp, [row, column]: Cell): Promise<void> {
  await walkTo(page.getByRole('grid', { name }), row, column);
  await page.keyboard.press('Enter');
}

type Cell = readonly [row: number, column: number];
const cellOf = ({ layer = -1, head = -1 }: { layer?: number; head?: number } = {}): Cell => [layer, head];

/** Of the model with LayerNorm, the largest first. */
const HEADS = openingHeads();
const PARTS = openingParts().map(({ label }) => label);
const [STRONGEST, SECOND] = HEADS.map(cellOf) as [Cell, Cell];

/** The layer and head of the largest numbers that an analysis gives, asked by a script; the largest first. */
function largestCells(
  page: Page,
  ask: 'direct effect − attribution' | 'attention to position 0',
): Promise<Cell[]> {
  return page.evaluate(
    async ({ text, ask }) => {
      const arms = ['original'];
      let all: { value: number; cell: Cell }[] = [];
      if (ask === 'attention to position 0') {
        const { first } =
          (await normless.analyze('attention', { text, arms })).arms.original?.overview?.scores ?? {};
        const heads = first?.shape[1] ?? 1;
        all = [...(first?.data ?? [])].map((value, i) => ({
          value,
          cell: [Math.floor(i / heads), i % heads],
        }));
      } else {
        const asked = { text, arms, target: ' she', contrast: ' he' };
        const { terms = [] } = (await normless.analyze('direct-effect', asked)).arms.original ?? {};
        all = terms.flatMap(({ layer, head, difference }) =>
          layer === undefined || head === undefined
            ? []
            : [{ value: Math.abs(difference), cell: [layer, head] }],
        );
      }
      return all.sort((a, b) => b.value - a.value).map(({ cell }) => cell);
    },
    { text: GIRL, ask },
  );
}

sharedTest(
  'a lesson: stuck by what is wrong, led on by what is right, and free play at its end',
  async ({ page }) => {
    await open(page, 'What a logit is made of');
    const heads = 'Attribution by layer and head, Original';
    const bar = (name: string) => page.getByRole('button', { name, exact: true }).click();
    await doStep(
      page,
      () => bar(PARTS[1] ?? ''),
      () => bar(PARTS[0] ?? ''),
    );
    await doStep(
      page,
      () => pick(page, heads, SECOND),
      () => pick(page, heads, STRONGEST),
    );
    await doStep(
      page,
      () => bar(PARTS[1] ?? ''),
      () => bar('Swap target and contrast'),
    );
    await doStep(
      page,
      () => bar('Swap target and contrast'),
      () => bar('Remove ␣he'),
    );
    const right = await page.evaluate(async (text) => {
      const { arms } = await normless.analyze('dla', {
        text,
        target: ' she',
        arms: ['lnfree'],
        unit: 'component',
      });
      const { sum = Number.NaN, terms = [] } = arms.lnfree ?? {};
      const [strongest] = [...terms].sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
      return sum - (strongest?.value ?? Number.NaN);
    }, GIRL);
    await expectAccessible(page);
    await answerNumber(page, right);
    await expect(card(page).getByRole('heading', { name: 'What a logit is made of: done' })).toBeVisible();
    await card(page).getByRole('button', { name: 'Go on by myself' }).click();
    await expect(card(page)).toHaveCount(0);
  },
);

const NOTHING = async () => {};

ownPage('the other four lessons, wrong and right', { tag: '@long' }, async ({ page }) => {
  ownPage.setTimeout(600_000); // our kernels compile and patch, in software here
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/');
  await engineReady(page);
  const finish = async (title: string) => {
    await photograph(page, `lesson-${title}`);
    await card(page).getByRole('button', { name: 'Go on by myself' }).click();
  };

  await ownPage.step('why LayerNorm bends attribution', async () => {
    await open(page, 'Why LayerNorm bends attribution');
    const map = /logits by layer and head, Original$/;
    const [furthest = [-1, -1], next = [-1, -1]] = await largestCells(page, 'direct effect − attribution');
    const head = `L${furthest[0]}H${furthest[1]}`;
    await doStep(
      page,
      () => pick(page, map, next),
      () => pick(page, map, furthest),
    );
    const dial = (name: string) => card(page).getByLabel(name, { exact: true });
    await doStep(
      page,
      () => dial('σ′').fill('5'),
      async () => dial('σ′').fill(await dial('σ').inputValue()),
    );
    const { half, difference } = await page.evaluate(
      async ({ text, head }) => {
        const { arms } = await normless.analyze('direct-effect', { text, target: ' she', contrast: ' he' });
        const of = (arm: string) => arms[arm]?.terms.find(({ label }) => label === head);
        const { without = Number.NaN, scaleWithout = Number.NaN } = of('original') ?? {};
        const scale = arms.original?.convention.scale ?? Number.NaN;
        return { half: (without * scaleWithout) / (2 * scale), difference: of('lnfree')?.difference };
      },
      { text: GIRL, head },
    );
    await answerNumber(page, half);
    const form = page.getByRole('form', { name: 'Add an edit' });
    const freeze = async (where: string) => {
      await form.getByRole('combobox', { name: 'what' }).selectOption({ label: 'freeze a norm’s σ' });
      await form.getByRole('combobox', { name: 'where' }).selectOption({ label: where });
      await form.getByRole('textbox', { name: 'σ' }).fill('3');
      await form.getByRole('button', { name: 'Add', exact: true }).click();
    };
    await doStep(
      page,
      () => freeze('norm before the MLP'),
      () => freeze('final norm'),
    );
    const share = await page.evaluate(
      async ({ text, head }) => {
        const edits = ['blocks.0.ln2.hook_scale', 'ln_final.hook_scale'].map(
          (site) => ({ kind: 'freeze-norm', site, value: 3 }) as const,
        );
        const asked = { text, target: ' she', contrast: ' he', unit: 'head', edits } as const;
        const { arms } = await normless.analyze('dla', asked);
        return arms.original?.terms.find(({ label }) => label === head)?.value;
      },
      { text: GIRL, head },
    );
    await answerNumber(page, share ?? Number.NaN);
    await answerNumber(page, difference ?? Number.NaN);
    await finish('layernorm');
  });

  await ownPage.step('reading attention', async () => {
    await open(page, 'Reading attention');
    const small = 'Attention patterns by layer and head, Original';
    const sinks = await largestCells(page, 'attention to position 0');
    const heads = 'Attribution by layer and head, Original';
    const panel = page.getByRole('region', { name: /^Where does each head look/ });
    await doStep(
      page,
      () => pick(page, small, sinks[1] ?? [-1, -1]),
      () => pick(page, small, sinks[0] ?? [-1, -1]),
    );
    await doStep(
      page,
      () => pick(page, heads, SECOND),
      () => pick(page, heads, STRONGEST),
    );
    const weigh = (name: string) => panel.getByText(name, { exact: true }).click();
    await doStep(
      page,
      () => weigh('× value length'),
      () => weigh('× logit share'),
    );
    const brought = await page.evaluate(
      async ({ text, prefix }) => {
        const asked = { text, target: ' she', contrast: ' he', unit: 'head-source' } as const;
        const { arms, pieces } = await normless.analyze('dla', asked);
        const sources = arms.original?.terms.filter(({ label }) => label.startsWith(prefix)) ?? [];
        return sources
          .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
          .map(({ source = -1 }) => ({ key: source, piece: pieces[source] ?? '' }));
      },
      { text: GIRL, prefix: `L${STRONGEST.join('H')}←` },
    );
    const [most, second, least] = [brought[0], brought[1], brought.at(-1)];
    await answerChoice(
      page,
      new RegExp(`at ${second?.key}$`),
      `${glyphs(most?.piece ?? '')} at ${most?.key}`,
    );
    const pattern = 'Pattern of the head by query and key, Original';
    const cut = async (key: number) => {
      await pick(page, pattern, [19, key]);
      await page.keyboard.press('x');
    };
    await doStep(
      page,
      () => cut(least?.key ?? -1),
      () => cut(most?.key ?? -1),
    );
    const change = await page.evaluate(
      async ({ text, layer, head, keys }) => {
        const asked = { text, target: ' she', contrast: ' he', unit: 'head' } as const;
        const at = { site: `blocks.${layer}.attn.hook_pattern`, head, query: 19 };
        const edits = keys.map((key) => ({ kind: 'knock-out', ...at, key }) as const);
        const [before, after] = [
          await normless.analyze('dla', asked),
          await normless.analyze('dla', { ...asked, edits }),
        ];
        return (after.arms.original?.actual ?? Number.NaN) - (before.arms.original?.actual ?? Number.NaN);
      },
      { text: GIRL, layer: STRONGEST[0], head: STRONGEST[1], keys: [least?.key ?? -1, most?.key ?? -1] },
    );
    await answerNumber(page, change);
    await finish('attention');
  });

  await ownPage.step('a confidence neuron, and its silence', async () => {
    await open(page, 'A confidence neuron');
    const panel = page.getByRole('region', { name: /^How sure confidence neurons/ });
    const [first = '', next = ''] = RANKED.map(String);
    const choose = (neuron: string) => panel.getByRole('button', { name: neuron, exact: true }).click();
    await doStep(
      page,
      () => choose(next),
      () => choose(first),
    );
    const out = async (neuron: string) => {
      const group = panel.getByRole('group', { name: `Ablate neuron ${neuron}` });
      await group.getByRole('button', { name: '→ mean' }).click();
    };
    await doStep(
      page,
      async () => {
        await choose(next);
        await out(next);
      },
      async () => {
        await choose(first);
        await out(first);
      },
    );
    const slider = page.getByRole('slider', { name: 'Amount of the least-read direction', exact: true });
    await doStep(
      page,
      () => slider.fill('4'),
      () => slider.fill('16'),
    );
    const { factor, ratio } = await page.evaluate(async (text) => {
      const { arms } = await normless.analyze('null-direction', { text, amounts: [2] });
      const { sigma = Number.NaN, sigmaAfter } = arms.original ?? {};
      return {
        factor: sigma / (sigmaAfter?.data[0] ?? Number.NaN),
        ratio: arms.lnfree?.ratio.data[0] ?? Number.NaN,
      };
    }, GIRL);
    await answerNumber(page, factor);
    await answerChoice(page, 'LN-free', 'Original');
    await answerNumber(page, 100 * ratio);
    await finish('confidence');
  });

  await ownPage.step('patching, and why gradients mislead', async () => {
    await open(page, 'Patching, and why gradients mislead');
    const panel = page.getByRole('region', { name: /^Where is it carried\?/ });
    const site = (value: string) => panel.getByLabel('What is patched').selectOption(value).then(NOTHING);
    const patch = async (value: string) => {
      await site(value);
      await panel.getByRole('button', { name: /^Patch every part/ }).click();
      await expect(panel.getByRole('button', { name: 'Measure again' })).toBeVisible({ timeout: 90_000 });
    };
    const compare = () => panel.getByRole('button', { name: /^Compare / }).click();
    const stream = 'Effect of patching by layer and position, Original';
    const heads = 'Effect of patching by layer ↓ · head →, Original';
    /** The map of Original, row by row, as it is copied. */
    const effects = async (): Promise<number[][]> => {
      const copy = panel.getByRole('button', { name: 'Copy patching as JSON' });
      const { arms } = JSON.parse(await copiedBy(page, () => copy.click()));
      const { shape, data } = (arms as AnalysisResult<'activation-patching'>['arms']).original?.values ?? {};
      const [rows = 0, columns = 0] = shape ?? [];
      return Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns }, (_, column) => data?.[row * columns + column] ?? Number.NaN),
      );
    };
    const arrival = async (): Promise<Cell> => {
      const rows = await effects();
      return [rows.findIndex((row) => (row.at(-1) ?? 0) >= 0.5), (rows[0]?.length ?? 0) - 1];
    };
    const best = async (): Promise<Cell[]> =>
      (await effects())
        .flatMap((row, layer) => row.map((value, head) => ({ value, cell: [layer, head] as const })))
        .sort((a, b) => b.value - a.value)
        .map(({ cell }) => cell);
    await doStep(
      page,
      () => site('z'),
      () => patch('resid_post'),
    );
    await doStep(
      page,
      () => pick(page, stream, [0, 0]),
      async () => pick(page, stream, await arrival()),
    );
    await doStep(
      page,
      async () => {
        await patch('z');
        await pick(page, heads, (await best())[1] ?? [-1, -1]);
      },
      async () => pick(page, heads, (await best())[0] ?? [-1, -1]),
    );
    await doStep(page, async () => pick(page, heads, (await best())[1] ?? [-1, -1]), compare);
    await doStep(
      page,
      () => site('resid_pre'),
      async () => {
        await site('resid_post');
        await compare();
      },
    );
    await answerChoice(page, 'layer 0', `layer ${LAST}`);
    await finish('patching');
  });
});

/** Chooses wrong and is stuck, then right, and goes on. */
async function answerChoice(page: Page, wrong: string | RegExp, right: string): Promise<void> {
  await begun(page);
  for (const [name, stuck] of [
    [wrong, true],
    [right, false],
  ] as const) {
    await card(page).getByRole('radio', { name }).check();
    await card(page).getByRole('button', { name: 'Check' }).click();
    if (stuck) await expect(card(page).getByRole('alert')).toContainText('Not yet.');
    await expect(onward(page)).toHaveCount(stuck ? 0 : 1);
  }
  await onward(page).click();
}

ownPage(
  'a teacher’s link keeps its question, the lesson outlives a reload, an unknown one is said',
  {
    tag: '@long',
  },
  async ({ page }) => {
    const prompt = page.getByRole('textbox', { name: 'Prompt', exact: true });
    await page.goto('/');
    await engineReady(page);
    await page.getByRole('button', { name: 'Examples' }).click();
    await page.getByRole('button', { name: 'A little boy: he or she' }).click();
    await page.waitForURL(/#v1/);
    const { hash } = new URL(page.url());

    await page.goto('about:blank');
    await page.goto(`/?lesson=logit&only${hash}`);
    await engineReady(page);
    await expect(
      card(page).getByText('It is done on the question of the link: ␣he rather than ␣she.'),
    ).toBeVisible();
    await card(page).getByRole('button', { name: 'Begin' }).click();
    await expect(prompt).toHaveValue(/little boy/);
    const others = page.getByRole('heading', { name: /^(What it predicts|How sure|How it goes on|Verify)/ });
    await expect(others).toHaveCount(0);
    const terms = page.getByRole('table', { name: 'Terms of the attribution' });
    const part = await page.evaluate(async () => {
      const text = document.querySelector('textarea')?.value ?? '';
      const asked = { text, target: ' he', contrast: ' she', unit: 'component' } as const;
      const { terms = [] } = (await normless.analyze('dla', asked)).arms.original ?? {};
      return terms.sort((a, b) => b.value - a.value)[0]?.label ?? '';
    });
    await terms.getByRole('button', { name: part, exact: true }).click();
    await expect(onward(page)).toBeVisible({ timeout: 60_000 });

    await page.reload();
    await expect(card(page).getByText('step 1 of 5')).toBeVisible();
    await expect(card(page).getByText(`${part} adds`)).toBeVisible();
    await expect(prompt).toHaveValue(/little boy/); // once its link is opened again
    await onward(page).click();
    await expect(card(page).getByRole('heading', { name: 'Inside attention: heads' })).toBeFocused();
    await card(page).getByRole('button', { name: 'Leave' }).click();
    await expect(card(page)).toHaveCount(0);
    await expect(others).toHaveCount(4);
    expect(page.url()).not.toMatch(/lesson|only/);

    await page.goto('/?lesson=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E');
    await expect(card(page).getByRole('alert')).toHaveText(
      'There is no lesson “<img src=x onerror=alert(1)>”. Here are those there are.',
    );
  },
);
