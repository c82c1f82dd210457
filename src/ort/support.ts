/** Whether ONNX Runtime can be started here at all, found out before it tries: a failed start of its own is final until the page is reloaded. */

import { UnsupportedError } from '../base/errors.ts';

/** The smallest module that uses a vector instruction: () → v128 of zeros. */
const SIMD_MODULE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // "\0asm", version 1
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // types: () → v128
  ...[0x03, 0x02, 0x01, 0x00], // functions: one, of type 0
  ...[0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b], // code: i32.const 0, i8x16.splat, end
);

const WASM_MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** @throws UnsupportedError where WebAssembly is missing, has no SIMD, or may not be compiled. */
export function checkWebAssembly(): void {
  if (typeof WebAssembly === 'undefined') {
    throw new UnsupportedError(
      'This browser has no WebAssembly, which ONNX Runtime needs. Use a current Chrome, Edge, Firefox or Safari, and leave its lockdown mode for this page.',
      { missing: 'WebAssembly' },
    );
  }
  if (!WebAssembly.validate(SIMD_MODULE)) {
    throw new UnsupportedError(
      'This browser’s WebAssembly has no SIMD, which ONNX Runtime needs. Use a current Chrome, Edge, Firefox or Safari.',
      { missing: 'WebAssembly SIMD' },
    );
  }
  try {
    new WebAssembly.Module(SIMD_MODULE);
  } catch (cause) {
    throw new UnsupportedError(
      `This page may not compile WebAssembly (${String(cause)}). Whoever serves it must allow 'wasm-unsafe-eval' in script-src of its Content-Security-Policy.`,
      { missing: 'wasm-unsafe-eval' },
      { cause },
    );
  }
}

/**
 * The bytes of ONNX Runtime's WebAssembly.
 * @throws UnsupportedError where they are not there, or are something else.
 */
export async function fetchWasm(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const { bytes } = await fetchFile(url);
  if (WASM_MAGIC.some((byte, i) => bytes[i] !== byte)) throw notThere(url, 'it is no WebAssembly');
  return bytes;
}

/** @throws UnsupportedError where the script that starts the WebAssembly is not there.  */
export async function checkScript(url: string): Promise<void> {
  const { type } = await fetchFile(url); // whole: the import that follows finds it in the browser's cache
  if (!type.includes('javascript')) throw notThere(url, `it is served as ${type}`); // a server's page for missing files
}

async function fetchFile(url: string): Promise<{ bytes: Uint8Array<ArrayBuffer>; type: string }> {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { bytes, type: response.headers.get('content-type') ?? 'no type' };
  } catch (cause) {
    throw notThere(url, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function notThere(url: string, reason: string, cause?: unknown): UnsupportedError {
  return new UnsupportedError(
    `ONNX Runtime could not be loaded: ${url} could not be had (${reason}). Check the connection and try again; if you serve this page, put every file of the build there.`,
    { url, reason },
    { cause },
  );
}
