/** When to try again, how long to wait before, and when to give up. */

import { sleep, type Timing } from './timing.ts';
import { isOffline, offlineError, type Subject, Trouble } from './trouble.ts';

const TRIES = 5;

/** Counts the failures of one request in a row. */
export class Patience {
  private failures = 0;

  constructor(
    private readonly subject: Subject,
    private readonly timing: Timing,
    private readonly signal?: AbortSignal,
  ) {}

  /** To be called before each request: there is no use in one without a network. */
  check(): void {
    this.signal?.throwIfAborted();
    if (isOffline()) throw offlineError(this.subject);
  }

  /** Something new came: failures before count no more. */
  progress(): void {
    this.failures = 0;
  }

  /** After a failure: resolves when it is time for the next try, or throws the LoadError that there will be none. */
  async after(error: unknown): Promise<void> {
    this.signal?.throwIfAborted();
    if (!(error instanceof Trouble)) throw error;
    this.failures++;
    if (error.retry && isOffline()) throw offlineError(this.subject);
    if (!error.retry || this.failures >= TRIES) throw error.asLoadError(this.subject, this.failures);
    const { backOff, longestWait } = this.timing;
    // Between half and all of it, so that many clients do not come back at the same moment.
    const wait = backOff * 2 ** (this.failures - 1) * (0.5 + Math.random() / 2);
    await sleep(Math.min(longestWait, Math.max(wait, error.wait ?? 0)), this.signal);
  }
}
