/** Shapes of row-major arrays. */

export type Shape = readonly number[];

/** Number of elements: the product of the axes, 1 for a scalar. */
export function size(shape: Shape): number {
  return shape.reduce((product, axis) => product * axis, 1);
}

/** The last axis: the length of a row. */
export function lastAxis(shape: Shape): number {
  return shape[shape.length - 1] ?? 1;
}

/** The number of rows: the product of every axis but the last. */
export function rows(shape: Shape): number {
  return size(shape.slice(0, -1));
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((axis, i) => axis === b[i]);
}

/** `[2, 3]`, as messages print it. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
