/** ONNX Runtime in Node, from the installed package: for tests and tools. */

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { OpsModel } from '../src/model/opsModel.ts';
import { type OrtFiles, openOrt } from '../src/ort/openOrt.ts';
import { OrtModel } from '../src/ort/ortModel.ts';
import type { OrtRuntime } from '../src/ort/runtime.ts';
import { createCpuBackend } from '../src/tensor/cpuOps.ts';
import type { HostParams, ModelConfig } from '../src/tensor/params.ts';

/** The package's own files. */
export async function ortFilesInNode(): Promise<OrtFiles> {
  const folder = new URL('../node_modules/onnxruntime-web/dist/', import.meta.url);
  const wasm = await readFile(fileURLToPath(new URL('ort-wasm-simd-threaded.wasm', folder)));
  return { mjs: new URL('ort-wasm-simd-threaded.mjs', folder).href, wasm: new Uint8Array(wasm) };
}

/** One thread, which is the same on every machine. */
export async function openOrtInNode(): Promise<OrtRuntime> {
  return openOrt({ files: await ortFilesInNode(), threads: 1 });
}

/** A model on ONNX Runtime from parameters in host memory. */
export async function ortFromHost(): Promise<(config: ModelConfig, host: HostParams) => OrtModel> {
  const runtime = await openOrtInNode();
  const backend = createCpuBackend();
  return (config, host) =>
    new OrtModel(runtime, backend, config, OpsModel.fromHost(backend, config, host).params);
}
