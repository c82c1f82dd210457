/** One hash for a model's parameters, however its files were laid out: the same weights have the same fingerprint. */

import { createSHA256 } from 'hash-wasm';
import type { Shape } from '../base/shapes.ts';

/** Parameters by canonical name, in canonical order, as the f32 values they stand for. */
export type NamedFloats = Iterable<readonly [name: string, shape: Shape, values: Float32Array]>;

/** sha256, in hex, over `name shape\n` and the little-endian f32 bytes of every parameter in turn. */
export async function fingerprint(parameters: NamedFloats): Promise<string> {
  const hash = (await createSHA256()).init();
  for (const [name, shape, values] of parameters) {
    hash.update(`${name} ${shape.join('x')}\n`);
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
