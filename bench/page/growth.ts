/** The page of bench/growth.ts: forward passes of one random model at a time, whole and by kernel; Node drives it through `window.growth`. */

import { must } from '../../src/base/assert.ts';
import type { OpsModel } from '../../src/model/opsModel.ts';
import { type Work, workOf } from '../../tools/bench/work.ts';
import type { Environment } from '../contract.ts';
import { Machine } from './machine.ts';
import { ORT_FILES } from './ortFiles.ts';
import { LOGITS, ourModel, runOnce } from './ourForward.ts';
import { randomModel, randomTokens, type ShapeName } from './weights.ts';

export interface GrowthPage {
  open(): Promise<Environment>;
  /** Makes the model that the calls below are about, in place of the one before. Its parameters but those of embedding. */
  model(shape: ShapeName): Promise<{ blockParameters: number }>;
  work(T: number): Promise<Work>;
  /** One pass until the device is done, in milliseconds. */
  run(T: number): Promise<number>;
  /** One pass: milliseconds by kernel. Null where the device has no clock. */
  kernels(T: number): Promise<Record<string, number> | null>;
}

class Growth implements GrowthPage {
  #machine: Machine | null = null;
  #model: OpsModel | null = null;

  async open(): Promise<Environment> {
    this.#machine = await Machine.open(ORT_FILES);
    return this.#machine.environment;
  }

  async model(shape: ShapeName) {
    this.#model?.park();
    const random = randomModel(shape);
    this.#model = ourModel(this.#opened.backend, random);
    const { nLayers, dModel, dMlp } = random.config;
    return { blockParameters: nLayers * (4 * dModel ** 2 + 2 * dModel * dMlp) };
  }

  async work(T: number): Promise<Work> {
    return workOf(this.#made.config, T);
  }

  async run(T: number): Promise<number> {
    const start = performance.now();
    await this.#pass(T);
    return performance.now() - start;
  }

  async kernels(T: number): Promise<Record<string, number> | null> {
    const { clock } = this.#opened;
    return clock && Object.fromEntries(await clock.timeKernels(() => this.#pass(T)));
  }

  #pass(T: number): Promise<void> {
    return runOnce(this.#opened, this.#made, randomTokens(T, this.#made.config.dVocab), LOGITS);
  }

  get #opened(): Machine {
    return must(this.#machine, 'open() comes first');
  }

  get #made(): OpsModel {
    return must(this.#model, 'model() comes first');
  }
}

(window as unknown as { growth: GrowthPage }).growth = new Growth();
