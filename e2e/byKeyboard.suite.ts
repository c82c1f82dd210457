/** The page driven by its keys alone: Tab until the focus is there, and at every stop the focus can be seen. */

import type { Frame, Locator, Page } from '@playwright/test';
import { expect } from './helpers.ts';

type Role = Parameters<Page['getByRole']>[0];

interface Way {
  /** Only there is it looked for; the whole page by default. */
  inside?: Locator;
  /** Where the focus goes when it is in the frame of another page. */
  frame?: Frame;
  /** The key that goes on: Tab by default. */
  key?: string;
  /** So many presses at most. */
  within?: number;
  /** The page has just been opened, so that nothing has the focus yet. */
  fresh?: boolean;
}

interface Stop {
  /** What a person would call it, for messages. */
  name: string;
  /** Why it cannot be seen that the focus is there; null where it can. */
  hidden: string | null;
}

/**
 * Presses a key until the focus is on what has this role and name. Every stop on the way must show its focus, in the
 * window and not covered. Fails, naming the stops, after `within` presses; gives how many it took.
 */
export async function tabTo(page: Page, role: Role, name: string | RegExp, way: Way = {}): Promise<number> {
  const { key = 'Tab', within = 90, frame = page.mainFrame() } = way;
  const wanted = (way.inside ?? frame).getByRole(role, { name, exact: typeof name === 'string' });
  const isThere = () => wanted.evaluateAll((found) => found.includes(document.activeElement as HTMLElement));
  const stops: string[] = [];
  // What had the focus may have gone with what was done there: then it must be somewhere sensible.
  if (!way.fresh)
    await expect.poll(() => frame.evaluate(hasFocus), `the focus is lost before ${name}`).toBe(true);
  for (let presses = 1; presses <= within; presses++) {
    await page.keyboard.press(key);
    const stop = await frame.evaluate(readStop);
    stops.push(stop.name);
    expect(stop.hidden, `the focus on ${stop.name}, after ${stops.slice(-4, -1).join(', ')}`).toBeNull();
    if (await isThere()) return presses;
  }
  throw new Error(`${key} came to no ${role} “${name}” but, last, to: ${stops.slice(-15).join(', ')}`);
}

function hasFocus(): boolean {
  return document.activeElement !== null && document.activeElement !== document.body;
}

/** The stop that has the focus: in the page. */
function readStop(): Stop {
  const focused = document.activeElement;
  if (!(focused instanceof HTMLElement || focused instanceof SVGElement) || focused === document.body)
    return { name: '(the page itself)', hidden: null };
  const labels = focused instanceof HTMLInputElement ? focused.labels?.[0]?.textContent : null;
  const words = focused.getAttribute('aria-label') ?? labels ?? focused.textContent ?? '';
  const name = `${focused.getAttribute('role') ?? focused.localName} “${words.trim().slice(0, 50)}”`;
  if (focused instanceof HTMLIFrameElement) return { name, hidden: null }; // its own page shows the focus

  // What stands for it on the screen: a hidden radio is its label.
  const drawn = focused.matches('.visually-hidden') ? (focused.closest('label') ?? focused) : focused;
  const outlined = (element: Element | null): boolean => {
    if (!element?.matches(':focus-visible, :has(:focus-visible)') || element === document.body) return false;
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
    const shown = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1;
    return (shown && !/(, 0\)|\/ 0\))$/.test(outlineColor)) || outlined(element.parentElement);
  };
  if (!outlined(drawn)) return { name, hidden: 'it has no outline' };

  const { left, top, right, bottom } = drawn.getBoundingClientRect();
  const [fromX, toX] = [Math.max(0, left), Math.min(innerWidth, right)];
  const [fromY, toY] = [Math.max(0, top), Math.min(innerHeight, bottom)];
  if (fromX >= toX || fromY >= toY) return { name, hidden: 'it is outside the window' };
  const shares = [0.02, 0.2, 0.5, 0.8, 0.98];
  const seen = shares.some((x) =>
    shares.some((y) => {
      const hit = document.elementFromPoint(fromX + x * (toX - fromX), fromY + y * (toY - fromY));
      return hit !== null && drawn.contains(hit);
    }),
  );
  return { name, hidden: seen ? null : 'something covers it' };
}

/** `tabTo`, then Enter. */
export async function enter(page: Page, role: Role, name: string | RegExp, way: Way = {}): Promise<void> {
  await tabTo(page, role, name, way);
  await page.keyboard.press('Enter');
}

/** Types in the field that has the focus, in place of what is there. */
export async function retype(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Delete');
  await page.keyboard.type(text);
}

/** Comes to a group of radio buttons or the like by Tab, and chooses one by arrow. */
export async function arrowTo(
  page: Page,
  role: Role,
  name: string | RegExp,
  key = 'ArrowRight',
): Promise<void> {
  await tabTo(page, role, name, { key, within: 40 });
}

/** A radio button of a group that is one stop: the chosen one by Tab, this one by arrows. */
export async function chooseRadio(page: Page, group: string | RegExp, name: string | RegExp, way: Way = {}) {
  const inside = (way.inside ?? page).getByRole('group', { name: group });
  await tabTo(page, 'radio', /./, { ...way, inside });
  const wanted = inside.getByRole('radio', { name, exact: typeof name === 'string' });
  for (let i = 0; i < 12 && !(await wanted.isChecked()); i++) await page.keyboard.press('ArrowRight');
  await expect(wanted).toBeChecked();
}

/** An option of a drop-down list: come to by Tab, chosen by arrows. */
export async function chooseOption(page: Page, list: string | RegExp, option: string, way: Way = {}) {
  await tabTo(page, 'combobox', list, way);
  const by = await page.evaluate(optionsTo, option);
  for (let i = 0; i < Math.abs(by); i++) await page.keyboard.press(by < 0 ? 'ArrowUp' : 'ArrowDown');
  await expect.poll(() => page.evaluate(optionsTo, option)).toBe(0);
}

/** How many options further the one is that begins so, in the list that has the focus. */
function optionsTo(option: string): number {
  const list = document.activeElement as HTMLSelectElement;
  return [...list.options].findIndex(({ label }) => label.startsWith(option)) - list.selectedIndex;
}

/** Walks a picture that has the focus from its first cell to another. */
export async function walk(page: Page, row: number, column: number): Promise<void> {
  const keys = [...Array(row).fill('ArrowDown'), ...Array(column).fill('ArrowRight')];
  for (const key of ['PageUp', 'Home', ...keys]) await page.keyboard.press(key);
}

/** Finds a command by typing, and does the first. */
export async function command(page: Page, typed: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
  await page.keyboard.type(typed);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Commands' })).toBeHidden();
}

/** Opens a panel that looks closer by its button, from wherever the focus is above it. */
export async function openCloser(page: Page, name: RegExp): Promise<void> {
  const tab = page.locator('#closer-title').locator('..').getByRole('button', { name }).first();
  await enter(page, 'button', name, { inside: page.locator('section[aria-labelledby="closer-title"]') });
  await expect(tab).toHaveAttribute('aria-expanded', 'true');
}
