/** Turns what single files and phases report into the progress of a whole load. */

import type { Transfer } from '../weights/hub/hub.ts';
import type { ArmId, LOAD_PHASES, Progress } from './api.ts';

export type LoadPhase = (typeof LOAD_PHASES)[number];

/** No more often than this, except where the phase or the file changes: a listener may be across a worker's border. */
const EVERY_MS = 50;

export class LoadMeter {
  readonly #report: ((progress: Progress) => void) | undefined;
  /** Bytes of every file seen so far, by arm and name. */
  readonly #files = new Map<string, { done: number; total: number }>();
  #expected = 0;
  #last = { what: '', at: 0 };

  constructor(report?: (progress: Progress) => void) {
    this.#report = report;
  }

  /** Bytes of all files of all arms, as far as it is known beforehand. */
  expect(bytes: number): void {
    this.#expected = bytes;
  }

  /** A phase that moves no bytes. */
  phase(arm: ArmId, phase: LoadPhase, count?: { done: number; total: number; unit: Progress['unit'] }): void {
    const all = count ?? { ...this.#all(), unit: 'bytes' as const };
    this.#say({ ...all, phase, arm }, count === undefined || count.done === count.total);
  }

  /** Bytes of a file went by. */
  transfer(arm: ArmId, { phase, file, done, size }: Transfer): void {
    this.#files.set(`${arm}/${file}`, { done, total: size });
    const progress = {
      ...this.#all(),
      unit: 'bytes' as const,
      phase,
      arm,
      file: { name: file, done, total: size },
    };
    this.#say(progress, done === size);
  }

  #all(): { done: number; total: number } {
    let [done, total] = [0, 0];
    for (const file of this.#files.values()) {
      done += file.done;
      total += file.total;
    }
    return { done, total: Math.max(total, this.#expected) };
  }

  #say(progress: Progress, important: boolean): void {
    const what = `${progress.phase} ${progress.arm} ${progress.file?.name}`;
    const now = performance.now();
    if (!important && what === this.#last.what && now - this.#last.at < EVERY_MS) return;
    this.#last = { what, at: now };
    this.#report?.(progress);
  }
}
