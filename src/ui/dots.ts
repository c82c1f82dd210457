/** Small marks as SVG path data, told apart by shape as well as colour. */

export type DotShape = 'circle' | 'triangle' | 'square';

/** Each around its centre, of about one area. */
export const DOTS: Record<DotShape, (x: number, y: number, radius: number) => string> = {
  circle: (x, y, r) => `M${at(x - r, y)}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`,
  triangle: (x, y, r) => `M${at(x, y - 1.2 * r)}l${1.25 * r},${2.1 * r}h${-2.5 * r}z`,
  square: (x, y, r) => `M${at(x - 0.85 * r, y - 0.85 * r)}h${1.7 * r}v${1.7 * r}h${-1.7 * r}z`,
};

function at(x: number, y: number): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
