/** Light, dark or as the system says; remembered in this browser. */

import { recall, remember } from './remembered.ts';
import { getState, setState } from './store.ts';
import type { Theme } from './types.ts';

const KEY = 'normless.theme';
/** In the order of the button that changes it. */
export const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];

/** Takes up the theme chosen earlier, if storage may be read. */
export function restoreTheme(): void {
  applyTheme(THEMES.find((theme) => theme === recall(KEY)) ?? 'auto');
}

/** The next of auto, light, dark. */
export function cycleTheme(): void {
  chooseTheme(THEMES[(THEMES.indexOf(getState().theme) + 1) % THEMES.length] as Theme);
}

/** From now on, and on the next visit. */
export function chooseTheme(theme: Theme): void {
  applyTheme(theme);
  remember(KEY, theme);
}

function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  setState({ theme });
}
