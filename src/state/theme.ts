/** Light, dark or as the system says; remembered in this browser. */

import { getState, setState } from './store.ts';
import type { Theme } from './types.ts';

const KEY = 'normless.theme';
const ORDER: readonly Theme[] = ['auto', 'light', 'dark'];

/** Takes up the theme chosen earlier, if storage may be read. */
export function restoreTheme(): void {
  applyTheme(ORDER.find((theme) => theme === read()) ?? 'auto');
}

/** The next of auto, light, dark. */
export function cycleTheme(): void {
  const next = ORDER[(ORDER.indexOf(getState().theme) + 1) % ORDER.length] as Theme;
  applyTheme(next);
  try {
    localStorage.setItem(KEY, next);
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
