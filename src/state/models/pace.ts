/** How fast work goes and how long it will take, smoothed, and silent until there is something to say. */

export interface Pace {
  /** Units per second; null before it is known. */
  rate: number | null;
  /** Seconds until done at that rate; null before it is known or where it makes no sense. */
  left: number | null;
}

export const NO_PACE: Pace = { rate: null, left: null };

/** Time constant of the smoothing: long enough to be calm, short enough to follow a network that slows down. */
const TAU = 4;
/** Reports closer together than this are counted as one: bytes arrive in bursts. */
const SHORTEST = 0.2;
/** Before this nothing is said. */
const SILENT = 1.5;
/** Longer than a day is not a forecast. */
const LONGEST = 86_400;

/** Fed with how much is done, at times of the feeder's clock in seconds. */
export class PaceMeter {
  #start: { at: number; done: number } | null = null;
  #last = { at: 0, done: 0 };
  #rate = 0;

  /** The mean since the start at first, later an exponential average: no first sample counts more than the others. */
  observe(done: number, at: number): void {
    if (!this.#start || done < this.#last.done) {
      this.#start = this.#last = { at, done };
      this.#rate = 0;
      return;
    }
    const step = at - this.#last.at;
    if (step < SHORTEST) return;
    const now = (done - this.#last.done) / step;
    const weight = Math.max(1 - Math.exp(-step / TAU), step / (at - this.#start.at));
    this.#rate += weight * (now - this.#rate);
    this.#last = { at, done };
  }

  read(total: number): Pace {
    if (!this.#start || this.#last.at - this.#start.at < SILENT) return NO_PACE;
    const left = (total - this.#last.done) / this.#rate;
    return { rate: this.#rate, left: left >= 0 && left < LONGEST ? left : null };
  }
}
