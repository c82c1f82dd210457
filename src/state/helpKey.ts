/**
 * Whether “?” opens the help: the one key that acts without Ctrl wherever the focus is. Speech that is taken for typing
 * can press it, so it can be switched off (WCAG 2.1.4); remembered in this browser.
 */

const KEY = 'normless.help-key';

let on = read();

export function helpKeyIsOn(): boolean {
  return on;
}

/** From now on, and on the next visit. */
export function switchHelpKey(wanted: boolean): void {
  on = wanted;
  try {
    localStorage.setItem(KEY, wanted ? 'on' : 'off');
  } catch {
    // storage is blocked: the choice holds until the page is closed
  }
}

function read(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}
