/** The browser's spare moments: what nobody waits for is done in one of them. */

/** When the page has nothing more urgent to do; at once where it never has (Node). */
export function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in globalThis) requestIdleCallback(() => resolve());
    else setTimeout(resolve);
  });
}
