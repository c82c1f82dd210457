/** What the sweep looks at in a state of the page: axe at every level, in both themes, in windows of three kinds, and that everything fits. */

import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { AXE_RULES } from './helpers.ts';

/** 1440 CSS pixels wide with a mouse, the same at 200 % zoom, and a phone in the hand. */
const WINDOWS = {
  wide: { width: 1440, height: 900, touch: false },
  zoomed: { width: 720, height: 450, touch: false },
  phone: { width: 390, height: 844, touch: true },
} as const;

type RunOptions = Parameters<AxeBuilder['options']>[0];

/** Faults are told by their markup. */
const TOLD: RunOptions = { resultTypes: ['violations', 'incomplete'], selectors: false };

/** How many places of a fault are told. */
const SOME = 3;

export interface Sweep {
  page: Page;
  /** What was wrong where, in words. */
  found: string[];
  /** How many pictures of the page were judged: states × windows × themes. */
  judged: number;
  /** Judges the page as it stands; `within` narrows axe to a part of it, where only that has changed. */
  look: (state: string, within?: string) => Promise<void>;
}

export async function startSweep(page: Page, only = Object.keys(WINDOWS)): Promise<Sweep> {
  const cdp = await page.context().newCDPSession(page);
  const before = page.viewportSize();
  const windows = Object.entries(WINDOWS).filter(([name]) => only.includes(name));
  const sweep: Sweep = {
    ...{ page, found: [], judged: 0 },
    look: async (state, within = 'body') => {
      for (const [name, { width, height, touch }] of windows) {
        await page.setViewportSize({ width, height });
        await cdp.send('Emulation.setTouchEmulationEnabled', { enabled: touch });
        // The page has no frames of other origins, for which axe would open a blank page at every look.
        const axe = (options: RunOptions) =>
          new AxeBuilder({ page })
            .setLegacyMode()
            .include(within)
            .options({ ...TOLD, ...options })
            .analyze();
        await page.emulateMedia({ colorScheme: 'dark' }); // only the colours are others there
        const dark = await axe({ runOnly: ['color-contrast'] });
        await page.emulateMedia({ colorScheme: 'light' });
        const light = await axe({ rules: AXE_RULES });
        const faults = [
          ...(await overflows(page)),
          ...dark.violations.map((fault) => `in the dark: ${inWords(fault)}`),
          ...light.violations.map(inWords),
          ...(touch ? smallOf(light.incomplete).map(inWords) : []),
        ];
        sweep.found.push(...faults.map((fault) => `${state}, ${name}: ${fault}`));
        sweep.judged += 2;
      }
      await cdp.send('Emulation.setTouchEmulationEnabled', { enabled: false });
      await page.emulateMedia({ colorScheme: null });
      if (before) await page.setViewportSize(before);
    },
  };
  return sweep;
}

type Fault = Awaited<ReturnType<AxeBuilder['analyze']>>['violations'][number];

/**
 * Under a finger what axe is not sure to be a target is one: arrow keys leave all but one button of a list untabbable.
 * Not the tokens of a text that goes on: parts of its words, as small as letters are (WCAG 2.5.8, “Inline”).
 */
function smallOf(incomplete: readonly Fault[]): Fault[] {
  return incomplete
    .filter(({ id }) => id === 'target-size')
    .map((fault) => ({
      ...fault,
      nodes: fault.nodes.filter(({ html }) => !/^<button[^>]* data-index=/.test(html)),
    }))
    .filter(({ nodes }) => nodes.length > 0);
}

function inWords({ id, impact, nodes }: Fault): string {
  const told = nodes
    .slice(0, SOME)
    .map(({ html, any, all }) => `${html.slice(0, 110)} ${(any[0] ?? all[0])?.message ?? ''}`);
  return `${id} (${impact}), ${nodes.length} times: ${told.join(' ; ')}`;
}

/** What makes the page or the dialog scroll sideways, and text that its box cuts off without a sign. */
async function overflows(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame); // pictures draw themselves anew
    const root = document.querySelector('dialog[open]') ?? document.documentElement;
    const html = (each: Element) => each.outerHTML.slice(0, 120);
    const hides = (overflow: string) => overflow === 'hidden' || overflow === 'clip';
    const shown = [...root.querySelectorAll<HTMLElement>('*')].filter(
      (each) =>
        each.checkVisibility() && !each.closest('.visually-hidden, [aria-hidden="true"], svg, [popover]'),
    );
    const tooWide = root.scrollWidth > root.clientWidth + 1;
    const everything = [...root.querySelectorAll('*')];
    const beyond = everything.filter((each) => each.getBoundingClientRect().right > root.clientWidth + 1);
    const cut = shown.filter((each) => {
      const { overflowX, overflowY, textOverflow, clipPath } = getComputedStyle(each);
      const says = [...each.childNodes].some((node) => node instanceof Text && node.data.trim() !== '');
      if (!says || clipPath !== 'none') return false; // what is clipped away is for screen readers, or seen when focused
      const across =
        hides(overflowX) && textOverflow !== 'ellipsis' && each.scrollWidth > each.clientWidth + 1;
      return across || (hides(overflowY) && each.scrollHeight > each.clientHeight + 1);
    });
    return [
      ...(tooWide ? [`scrolls sideways, for ${beyond.slice(-2).map(html).join(' ; ')}`] : []),
      ...cut.map((each) => `cut off: ${html(each)}`),
    ];
  });
}
