/** The half of the suite that computes: one device, our kernels and ONNX Runtime on it, one case at a time. */

import { must } from '../../src/base/assert.ts';
import type { FamilyName } from '../../src/gpu/families/family.ts';
import type { Side } from '../../tools/bench/pairs.ts';
import { median } from '../../tools/bench/stats.ts';
import type { BenchPage, CaseInfo, ClockedCall, Count, Environment, Suite, Usage } from '../contract.ts';
import { CASES } from '../rows/index.ts';
import type { Case, CountedCase, TimedCase, Trial } from './cases.ts';
import { Machine, type OrtFiles } from './machine.ts';

/** Calls of one side that the device's own clock times. */
const CLOCKED_CALLS = 5;

/** The same in a page and in Node, wherever `navigator.gpu` is. */
export class Bench implements BenchPage {
  readonly #ortFiles: OrtFiles;
  readonly #family: FamilyName | undefined;
  #machine: Machine | null = null;
  #trial: Trial | null = null;

  /** `family` are the kernels to time, in place of those that suit the device. */
  constructor(ortFiles: OrtFiles, family?: FamilyName) {
    this.#ortFiles = ortFiles;
    this.#family = family;
  }

  async open(): Promise<Environment> {
    this.#machine = await Machine.open(this.#ortFiles, this.#family);
    return this.#machine.environment;
  }

  async cases(suite: Suite): Promise<CaseInfo[]> {
    // Only what can cross to Node: the functions stay here.
    return CASES.filter(({ suites }) => isIn(suite, suites)).map(
      ({ row, name, model, T, dtype, kind, peer, mostRounds, runsPerCall }) => ({
        ...{ row, name, model, T, dtype, kind, peer },
        ...(mostRounds !== undefined && { mostRounds }),
        ...(runsPerCall !== undefined && { runsPerCall }),
      }),
    );
  }

  async prepare(name: string): Promise<number> {
    this.#trial = await find(name, 'timed').prepare(this.#opened);
    return this.#trial.difference();
  }

  async call(side: Side, repeats: number): Promise<number> {
    const { [side]: call } = this.#prepared;
    const start = performance.now();
    for (let i = 0; i < repeats; i++) await call();
    return performance.now() - start;
  }

  async usage(): Promise<Usage> {
    const { backend, environment } = this.#opened;
    const { isFallback } = environment.adapter;
    const before = backend.counters;
    await this.#prepared.ours();
    const { dispatches, submits, readbackBytes, gpuBytes } = backend.counters;
    return {
      dispatches: dispatches - before.dispatches,
      submits: submits - before.submits,
      readbackBytes: readbackBytes - before.readbackBytes,
      gpuBytes,
      clocked: {
        ours: await this.#clocked('ours', isFallback ? 1 : CLOCKED_CALLS),
        peer: isFallback ? null : await this.#clocked('peer', CLOCKED_CALLS),
      },
    };
  }

  /** Medians over so many calls; null where the device has no clock. */
  async #clocked(side: Side, calls: number): Promise<ClockedCall | null> {
    const { clock } = this.#opened;
    if (!clock) return null;
    const [callMs, deviceMs]: [number[], number[]] = [[], []];
    for (let i = 0; i < calls; i++)
      deviceMs.push(await clock.time(async () => void callMs.push(await this.call(side, 1))));
    return { callMs: median(callMs), deviceMs: median(deviceMs) };
  }

  count(name: string): Promise<Count> {
    return find(name, 'counted').count(this.#opened);
  }

  async dispose(): Promise<void> {
    const trial = this.#trial;
    this.#trial = null;
    await trial?.dispose();
  }

  get #opened(): Machine {
    return must(this.#machine, 'open() comes first');
  }

  get #prepared(): Trial {
    return must(this.#trial, 'prepare() comes first');
  }
}

/** `gpu` is all of `full` and what a graphics card alone has time for. */
function isIn(suite: Suite, suites: readonly Suite[]): boolean {
  return suites.includes(suite) || (suite === 'gpu' && suites.includes('full'));
}

function find(name: string, kind: 'timed'): TimedCase;
function find(name: string, kind: 'counted'): CountedCase;
function find(name: string, kind: Case['kind']): Case {
  return must(
    CASES.find((each) => each.name === name && each.kind === kind),
    `there is no ${kind} case ${name}`,
  );
}
