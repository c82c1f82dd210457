/** GPU errors arrive later than the call that caused them: scopes that are waited for before a result is trusted. */

export class Faults {
  readonly #device: GPUDevice;
  readonly #pending = new Set<Promise<void>>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Runs `body` at once; an error of the given kind that it causes reaches `onError` before `settled` resolves. */
  scope<T>(filter: GPUErrorFilter, body: () => T, onError: (error: GPUError) => void): T {
    this.#device.pushErrorScope(filter);
    try {
      return body();
    } finally {
      const outcome: Promise<void> = this.#device
        .popErrorScope()
        .then(
          (error) => error && onError(error),
          () => undefined, // the device is lost, which is reported by itself
        )
        .then(() => void this.#pending.delete(outcome));
      this.#pending.add(outcome);
    }
  }

  /** Resolves once every scope opened so far has spoken. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending);
  }
}
