/** How patient the Hub client is, in milliseconds; tests make it hasty. */

export interface Timing {
  /** A connection that sends no byte for so long is given up. */
  readonly stall: number;
  /** Before the second try; doubled for each further one. */
  readonly backOff: number;
  /** The longest wait between tries, also where the server asks for more. */
  readonly longestWait: number;
}

export const DEFAULT_TIMING: Timing = { stall: 30_000, backOff: 500, longestWait: 60_000 };

/** Resolves after `ms`; rejects with the signal's reason when aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', wake);
      resolve();
    }, ms);
    function wake() {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', wake, { once: true });
  });
}
