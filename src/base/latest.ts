/** Keyed work of which only the newest request counts: an older one is aborted, and its late answer never seen. */

/** Runs `work` for one slot; a newer call aborts the older one. Resolves to undefined where superseded. */
export class Latest {
  #current: AbortController | undefined;

  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    this.cancel();
    const controller = new AbortController();
    this.#current = controller;
    try {
      const value = await work(controller.signal);
      return controller.signal.aborted ? undefined : value;
    } catch (error) {
      if (controller.signal.aborted) return undefined;
      throw error;
    } finally {
      if (this.#current === controller) this.#current = undefined;
    }
  }

  /** Aborts what is under way, if anything is. */
  cancel(): void {
    this.#current?.abort(new DOMException('superseded by a newer request', 'AbortError'));
    this.#current = undefined;
  }
}
