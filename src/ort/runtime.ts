/** ONNX Runtime once it is loaded: makes sessions, does one thing at a time, and knows what it holds. */

import type { InferenceSession } from 'onnxruntime-web/wasm';
import { must } from '../base/assert.ts';
import type { DeviceError } from '../base/errors.ts';
import { IDS } from './graph.ts';
import { crashed, type Job, ortError } from './ortErrors.ts';

export type Ort = typeof import('onnxruntime-web/wasm');

/** A float32 array with its shape. */
export interface OrtOutput {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A model for a session: its graph, and the external files that the graph names. */
export interface SessionSource {
  readonly bytes: Uint8Array;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/**
 * How sessions are set up. Measured on GPT-2 small, whose weights are 475 MB, WebAssembly in all: 515 MB like this, 738
 * with prepacked matrices, 1000 with a memory pattern. Neither makes a run faster, nor do fusions beyond `basic`. The
 * arena makes no difference here; it is off, since it is for keeping memory.
 */
const SESSION_OPTIONS = {
  executionProviders: ['wasm'],
  graphOptimizationLevel: 'basic',
  enableCpuMemArena: false,
  enableMemPattern: false,
} as const;

/** Made anew for each session, because ONNX Runtime writes into it. */
const extraOptions = () => ({ session: { disable_prepacking: '1', intra_op: { allow_spinning: '0' } } });

export class OrtRuntime {
  #queue: Promise<unknown> = Promise.resolve();
  #sessions = new Set<OrtSession>();
  #crash: DeviceError | null = null;

  constructor(private readonly ort: Ort) {}

  get version(): string {
    return must(this.ort.env.versions.web, 'onnxruntime-web tells no version');
  }

  get threads(): number {
    return must(this.ort.env.wasm.numThreads, 'onnxruntime-web tells no number of threads');
  }

  /** For people: `onnxruntime-web 1.30.0, 1 thread`. */
  get description(): string {
    return `onnxruntime-web ${this.version}, ${this.threads} ${this.threads === 1 ? 'thread' : 'threads'}`;
  }

  /** Bytes of weights inside WebAssembly, over all sessions. */
  weightBytes(): number {
    return [...this.#sessions].reduce((sum, session) => sum + session.weightBytes, 0);
  }

  /**
   * Does `work` once all work before it is done. Sessions are made, run and released within it only: ONNX Runtime finds
   * external files by name in one table, so that two models made at once would read each other's weights.
   */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {}); // its failure is for whoever asked; the next in line goes on
    return done;
  }

  /**
   * A session, into which the weights are copied.
   * @throws DeviceError, naming the job, where memory runs out or ONNX Runtime refuses the graph.
   */
  async createSession({ bytes, weights }: SessionSource, job: Job): Promise<OrtSession> {
    const externalData = [...weights].map(([path, { buffer, byteOffset, byteLength }]) => ({
      path,
      data: new Uint8Array(buffer, byteOffset, byteLength),
    }));
    const session = await this.#guard(job, () =>
      this.ort.InferenceSession.create(bytes, { ...SESSION_OPTIONS, extra: extraOptions(), externalData }),
    );
    const weightBytes = externalData.reduce((sum, { data }) => sum + data.byteLength, 0);
    const made: OrtSession = {
      weightBytes,
      run: (tokens, outputs, what) => this.#guard(what, () => this.#run(session, tokens, outputs)),
      release: async () => {
        this.#sessions.delete(made);
        if (!this.#crash) await session.release();
      },
    };
    this.#sessions.add(made);
    return made;
  }

  async #run(
    session: InferenceSession,
    tokens: readonly (readonly number[])[],
    outputs: readonly string[],
  ): Promise<ReadonlyMap<string, OrtOutput>> {
    const ids = BigInt64Array.from(tokens.flat(), BigInt);
    const shape = [tokens.length, ids.length / tokens.length];
    const results = await session.run({ [IDS]: new this.ort.Tensor('int64', ids, shape) }, outputs);
    return new Map(
      outputs.map((name) => {
        const { dims, data } = must(results[name], `ONNX Runtime gave no ${name}`);
        return [name, { shape: dims, data: data as Float32Array }];
      }),
    );
  }

  /** Turns a failure into ours. After a crash of the WebAssembly nothing enters it again. */
  async #guard<T>(job: Job, work: () => Promise<T>): Promise<T> {
    if (this.#crash) throw this.#crash;
    try {
      return await work();
    } catch (cause) {
      if (cause instanceof WebAssembly.RuntimeError) {
        this.#crash = crashed(cause);
        throw this.#crash;
      }
      throw ortError(job, cause);
    }
  }
}

export interface OrtSession {
  /** Bytes of its weights inside WebAssembly. */
  readonly weightBytes: number;
  /**
   * Runs a batch of equally long prompts; gives the outputs asked for, in arrays of their own.
   * @throws DeviceError, naming the job, where memory runs out.
   */
  run(
    tokens: readonly (readonly number[])[],
    outputs: readonly string[],
    job: Job,
  ): Promise<ReadonlyMap<string, OrtOutput>>;
  /** Frees its memory inside WebAssembly, for other sessions to use. */
  release(): Promise<void>;
}
