/** One job at a time on the device, in order; a job aborted while it waits never starts. */

export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `job` after every earlier one. Rejects with the signal's reason when aborted before its turn. */
  run<T>(job: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#last.then(() => {
      signal?.throwIfAborted();
      return job();
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
