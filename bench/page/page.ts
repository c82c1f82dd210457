/** The page of the suite: one device, our kernels and ONNX Runtime on it, one case at a time; Node drives it through `window.bench`. */

import { must } from '../../src/base/assert.ts';
import type { Side } from '../../tools/bench/pairs.ts';
import type { BenchPage, CaseInfo, Count, Environment, Suite, Usage } from '../contract.ts';
import { CASES } from '../rows/index.ts';
import type { Case, CountedCase, TimedCase, Trial } from './cases.ts';
import { Machine } from './machine.ts';

class Page implements BenchPage {
  #machine: Machine | null = null;
  #trial: Trial | null = null;

  async open(): Promise<Environment> {
    this.#machine = await Machine.open();
    return this.#machine.environment;
  }

  cases(suite: Suite): CaseInfo[] {
    // Only what can cross to Node: the functions stay here.
    return CASES.filter(({ suites }) => suites.includes(suite)).map(
      ({ row, name, model, T, dtype, kind, peer, mostRounds }) => {
        const info = { row, name, model, T, dtype, kind, peer };
        return mostRounds === undefined ? info : { ...info, mostRounds };
      },
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
    const { backend } = this.#opened;
    const before = backend.counters;
    await this.#prepared.ours();
    const { dispatches, submits, readbackBytes, gpuBytes } = backend.counters;
    return {
      dispatches: dispatches - before.dispatches,
      submits: submits - before.submits,
      readbackBytes: readbackBytes - before.readbackBytes,
      gpuBytes,
    };
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

function find(name: string, kind: 'timed'): TimedCase;
function find(name: string, kind: 'counted'): CountedCase;
function find(name: string, kind: Case['kind']): Case {
  return must(
    CASES.find((each) => each.name === name && each.kind === kind),
    `there is no ${kind} case ${name}`,
  );
}

(window as unknown as { bench: BenchPage }).bench = new Page();
