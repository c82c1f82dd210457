/** A turn of the event loop, so that messages get in: what computes without waiting would otherwise never hear an abort. */

export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
