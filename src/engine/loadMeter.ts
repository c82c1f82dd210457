/** Turns what single files and phases report into the progress of a whole load. */

import type { Transfer } from '../weights/hub/hub.ts';
import type { ArmId, LOAD_PHASES, Progress } from './api.ts';

export type LoadPhase = (typeof LOAD_PHASES)[number];

/** No more often than this, except where the phase or the file changes: a listener may be across a worker's border. */
const EVERY_MS = 50;

interface Count {
  done: number;
  total: number;
}

export class LoadMeter {
  readonly #report: ((progress: Progress) => void) | undefined;
  readonly #arms = new Map<ArmId, { expected: number; arrived: boolean; files: Map<string, Count> }>();
  #last = { what: '', at: 0 };

  constructor(report?: (progress: Progress) => void) {
    this.#report = report;
  }

  /** Bytes of all files of an arm, as far as it is known beforehand. */
  expect(arm: ArmId, bytes: number): void {
    this.#of(arm).expected = bytes;
  }

  /** All that an arm needs was read: what was not (a mask, a file read earlier) counts as done. */
  arrived(arm: ArmId): void {
    this.#of(arm).arrived = true;
    this.phase(arm, 'self-checking');
  }

  /** A phase that moves no bytes. */
  phase(arm: ArmId, phase: LoadPhase, count?: { done: number; total: number; unit: Progress['unit'] }): void {
    const all = count ?? { ...this.#all(), unit: 'bytes' as const };
    this.#say({ ...all, phase, arm }, count === undefined || count.done === count.total);
  }

  /** Bytes of a file went by. */
  transfer(arm: ArmId, { phase, file, done, size }: Transfer): void {
    this.#of(arm).files.set(file, { done, total: size });
    const progress = {
      ...this.#all(),
      unit: 'bytes' as const,
      phase,
      arm,
      file: { name: file, done, total: size },
    };
    this.#say(progress, done === size);
  }

  #of(arm: ArmId) {
    const known = this.#arms.get(arm) ?? { expected: 0, arrived: false, files: new Map<string, Count>() };
    this.#arms.set(arm, known);
    return known;
  }

  #all(): Count {
    const sum = { done: 0, total: 0 };
    for (const { expected, arrived, files } of this.#arms.values()) {
      const counts = [...files.values()];
      const total = Math.max(
        expected,
        counts.reduce((bytes, file) => bytes + file.total, 0),
      );
      sum.total += total;
      sum.done += arrived ? total : counts.reduce((bytes, file) => bytes + file.done, 0);
    }
    return sum;
  }

  #say(progress: Progress, important: boolean): void {
    const what = `${progress.phase} ${progress.arm} ${progress.file?.name}`;
    const now = performance.now();
    if (!important && what === this.#last.what && now - this.#last.at < EVERY_MS) return;
    this.#last = { what, at: now };
    this.#report?.(progress);
  }
}
