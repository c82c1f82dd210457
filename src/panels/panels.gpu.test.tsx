/** Every panel drawn in a real browser with its example, and walked as a person would. */

import { beforeEach, describe, expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-react';
import '../ui/theme.css';
import { DEMO, LAST } from '../../tools/demo.ts';
import { fakeNormless } from '../state/fakeNormless.suite.ts';
import { initialState } from '../state/initial.ts';
import { connect } from '../state/session.ts';
import { getState, setState } from '../state/store.ts';
import { glyphs } from '../ui/glyphs.ts';
import { TooltipProvider } from '../ui/Tooltip.tsx';
import { panels } from './index.ts';
import type { Panel } from './panel.ts';
import type { PanelExample } from './panelExample.ts';
import { Question } from './question/view.tsx';

beforeEach(async () => {
  setState(initialState(), true);
  const fake = fakeNormless();
  fake.answerAll();
  await connect(fake.normless, []);
});

const show = (View: Panel['View']) =>
  render(
    <TooltipProvider>
      <View />
    </TooltipProvider>,
  );
const panel = (id: string) => panels.find((each) => each.id === id) as Panel;

const examples = import.meta.glob<Record<string, PanelExample>>('./*/example.ts');

test.each(panels.map((each) => [each.id, each] as const))(
  '%s says what its example must say',
  async (id, each) => {
    const file = await examples[`./${id}/example.ts`]?.();
    const example = Object.values(file ?? {}).find((value) => 'says' in value);
    if (!example) throw new Error(`src/panels/${id}/example.ts has no example.`);
    setState(example.state);
    const screen = await show(each.View);
    for (const words of example.says) {
      // At once, or when a part that is fetched on demand has come.
      await expect.poll(() => screen.container.textContent).toContain(words);
    }
  },
);

describe('heat maps', () => {
  test('are painted, and walked by arrow keys with the cell in words; Enter pins', async () => {
    const screen = await show(panel('attribution').View);
    const map = screen.getByRole('grid', { name: /LN-free$/ }).first();
    const canvas = map.element().querySelector('canvas') as HTMLCanvasElement;
    const pixels = () => canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    // Painted once its width is known, in the frame after it was drawn.
    await expect.poll(() => new Set(pixels()).size).toBeGreaterThan(20);

    (map.element() as HTMLElement).focus();
    await userEvent.keyboard('{PageDown}{End}{ArrowLeft}');
    const active = map.element().getAttribute('aria-activedescendant') ?? '';
    expect(document.getElementById(active)?.textContent).toMatch(
      new RegExp(`^L${LAST}H${DEMO.nHeads - 2}: Original [+−]?\\d`),
    );
    const place = { layer: LAST, head: DEMO.nHeads - 2 };
    expect(getState().hover?.place).toEqual(place);
    await userEvent.keyboard('{Enter}');
    expect(getState().pinned).toEqual(place);
  });

  test('the cell that the keyboard stands on is told again when the pointer goes away', async () => {
    const screen = await show(panel('attribution').View);
    const map = screen.getByRole('grid', { name: /LN-free$/ }).first();
    (map.element() as HTMLElement).focus();
    await userEvent.keyboard('{PageDown}{End}');
    const place = { layer: LAST, head: DEMO.nHeads - 1 };
    await map.hover({ position: { x: 2, y: 2 } });
    expect(getState().hover?.place).toEqual({ layer: 0, head: 0 });
    const out = { bubbles: true, relatedTarget: document.body };
    map.element().dispatchEvent(new PointerEvent('pointerout', out)); // as when the page scrolls under the pointer
    expect(getState().hover?.place).toEqual(place);
  });

  test('scroll to the cell that the keyboard walks to', async () => {
    const screen = await show(panel('confidence-neurons').View);
    const map = screen.getByRole('grid', { name: /^Activation.*Original$/ });
    const scroller = map.element().closest<HTMLElement>('figure')?.parentElement as HTMLElement;
    scroller.style.maxHeight = '120px';
    (map.element() as HTMLElement).focus();
    await userEvent.keyboard('{PageDown}');
    await expect.poll(() => scroller.scrollTop).toBeGreaterThan(100);
  });

  test('the table behind them has every head', async () => {
    const screen = await show(panel('attribution').View);
    await screen.getByText('Heads as a table').click();
    await expect
      .element(screen.getByRole('rowheader', { name: `L${LAST}H${DEMO.nHeads - 1}` }))
      .toBeVisible();
  });
});

test('arrow keys walk the token strip', async () => {
  const screen = await show(panel('tokens').View);
  (screen.getByRole('button', { name: /^19 / }).element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowLeft}{ArrowLeft}');
  expect(getState().position).toBe(17);
  expect(document.activeElement?.textContent).toContain('␣One');
  await userEvent.keyboard('{End}');
  expect(getState().position).toBeNull();
});

test('a prediction becomes the target, and another the contrast', async () => {
  const screen = await show(panel('predictions').View);
  const likely = getState().slots.predictions.result?.arms.original?.top ?? [];
  const [third = '', fourth = ''] = likely.slice(2, 4).map(({ piece }) => piece);
  await screen.getByRole('button', { name: glyphs(third), exact: true }).click();
  expect(getState().target).toMatchObject([{ piece: third }]);
  const against = { name: `vs ${glyphs(fourth)}: take it as the contrast` };
  await screen.getByRole('button', against).click({ force: true });
  expect(getState().contrast).toMatchObject([{ piece: fourth }]);
});

describe('token picker', () => {
  test('Enter takes one token exactly as typed, and offers the spaced one', async () => {
    const screen = await show(Question);
    await screen.getByRole('textbox', { name: 'Target token' }).fill('ball');
    await expect.element(screen.getByRole('button', { name: 'Use ␣ball' })).toBeVisible();
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => getState().target).toEqual([{ id: 1894, piece: 'ball' }]);
    await expect.element(screen.getByText(/has no leading space/)).toBeVisible();
  });

  test('several tokens are shown as a split and not taken', async () => {
    const screen = await show(Question);
    await screen.getByRole('textbox', { name: 'Contrast token' }).fill(' elephant');
    await expect.element(screen.getByText(/is 2 tokens/)).toBeVisible();
    await userEvent.keyboard('{Enter}');
    expect(getState().contrast).toMatchObject([{ piece: ' he' }]);
  });
});

test('the field for a part follows the page back, and keeps what names none', async () => {
  const part = (name: string) =>
    setState(({ closer }) => ({ closer: { ...closer, writes: { ...closer.writes, part: name } } }));
  part('L0H1');
  const screen = await show(panel('writes').View);
  const field = screen.getByRole('textbox', { name: 'part' });
  await field.fill('L0.mlp');
  expect(getState().closer.writes.part).toBe('L0.mlp');
  await field.fill('L0.ml');
  await expect.element(field).toHaveValue('L0.ml');
  expect(getState().closer.writes.part).toBe('L0.mlp');
  part('L0H1');
  await expect.element(field).toHaveValue('L0H1');
});
