/** Which build a page is of, and which one is kept: told apart by the scripts and styles that the page names. */

/** The files of the build that is kept now, where a message from the service worker says them; else null. */
export function keptPaths(message: unknown): readonly string[] | null {
  if (typeof message !== 'object' || message === null || !('kept' in message)) return null;
  const { kept } = message;
  return Array.isArray(kept) && kept.every((path) => typeof path === 'string') ? kept : null;
}

/** Whether a page that names `own` files is of another build than the one kept. */
export function isOlder(own: readonly string[], kept: readonly string[]): boolean {
  return own.some((path) => !kept.includes(path));
}
