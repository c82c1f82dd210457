/** Light, dark or as the system says; remembered in this browser. */

import { getState, setState } from './store.ts';
import type { Theme } from './types.ts';

const KEY = 'normless.theme';
/** In the order of the button that changes it. */
export const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

/** Takes up the theme chosen earlier, if storage may be read. */
export function restoreTheme(): void {
  applyTheme(THEMES.find((theme) => theme === read()) ?? 'auto');
}

/** The next of auto, light, dark. */
export function cycleTheme(): void {
  chooseTheme(THEMES[(THEMES.indexOf(getState().theme) + 1) % THEMES.length] as Theme);
}

/** From now on, and on the next visit. */
export function chooseTheme(theme: Theme): void {
  applyTheme(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // storage is blocked: the choice holds until the page is closed
  }
}

function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  setState({ theme });
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
