/** Loads ONNX Runtime, script and WebAssembly, once, and makes sure that it computes what it should. */

import { UnsupportedError } from '../base/errors.ts';
import { IDS } from './graph.ts';
import { encodeModel } from './onnx.ts';
import { type Ort, OrtRuntime } from './runtime.ts';
import { checkScript, checkWebAssembly, fetchWasm } from './support.ts';

/** ONNX Runtime's own two files: absolute URLs, or in place of the WebAssembly's its bytes. */
export interface OrtFiles {
  readonly mjs: string;
  readonly wasm: string | Uint8Array<ArrayBuffer>;
}

export interface OrtOptions {
  readonly files: OrtFiles;
  /** Threads of the processor; more than one only where the page is cross-origin isolated. */
  readonly threads: number;
}

let opened: Promise<OrtRuntime> | null = null;

/**
 * Loads ONNX Runtime. There is one per thread of JavaScript: later calls get the first one, whatever they ask for. After
 * a failure the next call tries again.
 * @throws UnsupportedError where a file is missing, WebAssembly or its SIMD is, or ONNX Runtime does not start.
 */
export function openOrt(options: OrtOptions): Promise<OrtRuntime> {
  opened ??= load(options).catch((error: unknown) => {
    opened = null;
    throw error;
  });
  return opened;
}

/** More threads than this hardly help with the few rows of a prompt, and the machine has other work. */
const MOST_THREADS = 4;

/** How many threads to compute with here: WebAssembly has several only where the page is cross-origin isolated. */
export function defaultThreads(): number {
  return globalThis.crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1;
}

async function load({ files: { mjs, wasm }, threads }: OrtOptions): Promise<OrtRuntime> {
  checkWebAssembly();
  const [ort, binary] = await Promise.all([
    importOrt(),
    typeof wasm === 'string' ? fetchWasm(wasm) : wasm,
    mjs.startsWith('http') ? checkScript(mjs) : null, // Node's lies on the disk
  ]);
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmPaths = { mjs };
  ort.env.wasm.wasmBinary = binary;
  const runtime = new OrtRuntime(ort);
  await probe(runtime);
  ort.env.wasm.wasmBinary = undefined; // compiled by now
  return runtime;
}

async function importOrt(): Promise<Ort> {
  try {
    return await import('onnxruntime-web/wasm');
  } catch (cause) {
    throw doesNotStart(cause);
  }
}

/** Starts the WebAssembly, and checks a weight's way into it and the one operator that a build of it got wrong: Gelu by tanh. */
async function probe(runtime: OrtRuntime): Promise<void> {
  const x = [-1, 0.5, 2];
  const bytes = encodeModel({
    name: 'probe',
    nodes: [
      { op: 'Gather', inputs: ['W', IDS], outputs: ['x'], attributes: {} },
      { op: 'Gelu', inputs: ['x'], outputs: ['y'], attributes: { approximate: 'tanh' } },
    ],
    initializers: [{ name: 'W', element: 'float32', shape: [x.length], path: 'W', byteLength: 4 * x.length }],
    inputs: [{ name: IDS, element: 'int64', axes: ['batch', 'pos'] }],
    outputs: [{ name: 'y', element: 'float32', axes: ['batch', 'pos'] }],
  });
  const job = { what: 'its first few numbers', bytes: 4 * x.length, advice: 'Close other pages.' };
  try {
    const weights = new Map([['W', Float32Array.from(x)]]);
    const session = await runtime.createSession({ bytes, weights }, job);
    const y = (await session.run([[2, 0, 1]], ['y'], job)).get('y')?.data ?? [];
    await session.release();
    const wrong = [2, -1, 0.5].some((u, i) => !(Math.abs((y[i] ?? Number.NaN) - gelu(u)) < 1e-6));
    if (wrong) throw new Error(`Gelu of 2, −1 and 0.5 came out as ${[...y].join(', ')}`);
  } catch (cause) {
    throw doesNotStart(cause);
  }
}

/** ½u(1 + tanh(√(2/π)(u + 0.044715u³))) */
function gelu(u: number): number {
  return 0.5 * u * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (u + 0.044715 * u ** 3)));
}

function doesNotStart(cause: unknown): UnsupportedError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new UnsupportedError(
    `ONNX Runtime does not start here (${said}). Close other pages, reload this one, and update the browser if it happens again.`,
    { missing: 'onnxruntime', said },
    { cause },
  );
}
