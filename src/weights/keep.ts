/** Rows as they lie in a file become rows as they are kept on a device. */

import { LoadError } from '../base/errors.ts';
import { lastAxis, rows, type Shape, size } from '../base/shapes.ts';
import type { StorageDType } from '../tensor/params.ts';
import { GROUP, type HostTensor } from '../tensor/tensor.ts';
import type { Bytes } from './byteSource.ts';
import { LARGEST_HALF, narrowToHalves, quantize } from './narrow.ts';
import { reused } from './reused.ts';
import { asHalves, countNonFinite, decode } from './values.ts';

/** What the rows come from. */
export interface StoredRows {
  /** The tensor's name on disk, for messages. */
  readonly name: string;
  /** One of READABLE_DTYPES. */
  readonly dtype: string;
  /** Of these rows. */
  readonly shape: Shape;
  /** Aligned to 4 bytes. */
  readonly bytes: Bytes;
}

export interface KeptRows {
  readonly rows: HostTensor;
  /** NaN and infinite values among them. */
  readonly nonFinite: number;
}

/** Converts rows in memory that serves again for the next ones: what `keep` returned is valid until it is called again. */
export class RowKeeper {
  private readonly floats = reused((length) => new Float32Array(length));
  private readonly halves = reused((length) => new Uint16Array(length));
  private readonly steps = reused((length) => new Int8Array(length));
  private readonly scales = reused((length) => new Float32Array(length));

  /** LoadError naming tensor and value where `dtype` cannot hold one of them. The result may be a view of `stored.bytes`. */
  keep(stored: StoredRows, dtype: StorageDType): KeptRows {
    if (dtype === 'f16') return this.asF16(stored);
    if (dtype === 'q8') return this.asQ8(stored);
    const data = this.valuesOf(stored);
    return { rows: { dtype: 'f32', shape: stored.shape, data }, nonFinite: countNonFinite(data) };
  }

  private asF16(stored: StoredRows): KeptRows {
    const data = stored.dtype === 'F16' ? asHalves(stored.bytes) : this.narrowed(stored);
    return { rows: { dtype: 'f16', shape: stored.shape, data }, nonFinite: countNonFinite(data) };
  }

  private narrowed(stored: StoredRows): Uint16Array<ArrayBuffer> {
    const data = this.halves(size(stored.shape));
    const tooLarge = narrowToHalves(this.valuesOf(stored), data);
    if (tooLarge === undefined) return data;
    throw new LoadError(
      `${stored.name} holds ${tooLarge}, beyond the ±${LARGEST_HALF} that f16 can store. Load this model as f32.`,
      { tensor: stored.name, value: tooLarge, limit: LARGEST_HALF, dtype: 'f16' satisfies StorageDType },
    );
  }

  private asQ8(stored: StoredRows): KeptRows {
    const { shape } = stored;
    const columns = lastAxis(shape);
    const data = this.steps(size(shape));
    const scales = this.scales(rows(shape) * Math.ceil(columns / GROUP));
    const bad = quantize(this.valuesOf(stored), columns, data, scales);
    if (bad === undefined) return { rows: { dtype: 'q8', shape, data, scales }, nonFinite: 0 };
    throw new LoadError(
      `${stored.name} holds ${bad}, which 8 bits cannot store: they are steps between finite values. Load this model as f32.`,
      { tensor: stored.name, value: String(bad), dtype: 'q8' satisfies StorageDType },
    );
  }

  private valuesOf({ dtype, shape, bytes }: StoredRows): Float32Array<ArrayBuffer> {
    if (dtype === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const values = this.floats(size(shape));
    decode(dtype, bytes, values);
    return values;
  }
}
