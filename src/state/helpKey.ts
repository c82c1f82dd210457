/**
 * Whether “?” opens the help: the one key that acts without Ctrl wherever the focus is. Speech that is taken for typing
 * can press it, so it can be switched off (WCAG 2.1.4); remembered in this browser.
 */

import { recall, remember } from './remembered.ts';

const KEY = 'normless.help-key';

let on = recall(KEY) !== 'off';

export function helpKeyIsOn(): boolean {
  return on;
}

/** From now on, and on the next visit. */
export function switchHelpKey(wanted: boolean): void {
  on = wanted;
  remember(KEY, wanted ? 'on' : 'off');
}
