/** Where ONNX Runtime's own files lie beside the page of the suite: for the browser; Vite knows these imports. */

import mjsUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url';
import wasmUrl from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
import type { OrtFiles } from './machine.ts';

export const ORT_FILES: OrtFiles = {
  mjs: new URL(mjsUrl, location.href).href,
  wasm: new URL(wasmUrl, location.href).href,
};
