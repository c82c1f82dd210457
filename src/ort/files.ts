/** Where ONNX Runtime's own files lie beside the page: WebAssembly only, no WebGPU in it. For the browser; Vite knows these imports. */

import mjsUrl from 'onnxruntime-web/ort-wasm-simd-threaded.mjs?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.wasm?url';
import type { OrtFiles } from './openOrt.ts';

/** Absolute, since ONNX Runtime resolves nothing; right under any sub-path, in the page and in a worker. */
export const ORT_FILES: OrtFiles = {
  mjs: new URL(mjsUrl, location.href).href,
  wasm: new URL(wasmUrl, location.href).href,
};
