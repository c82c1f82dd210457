/** Keys as a keyboard names them. */

/** As this keyboard writes it, e.g. `Ctrl+K` or `⌘K`. */
export function keyName(keys: string, apple: boolean): string {
  if (!apple) return keys.replace('Mod', 'Ctrl');
  return keys.replace('Mod+', '⌘').replace('⌘Shift+', '⇧⌘').replace('Alt+', '⌥');
}

/** Whether this is one of Apple's keyboards. In the browser only. */
export function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
