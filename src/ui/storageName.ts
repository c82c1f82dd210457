/** How weights are kept, as the page calls it. */

/** `q8` is 8-bit with a scale per row; the others are called by their own names. */
export function storageName(dtype: 'f32' | 'f16' | 'q8'): string {
  return dtype === 'q8' ? '8-bit' : dtype;
}
