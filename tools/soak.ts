/** How many times a fuzz test repeats itself: `n` normally, 20·n in `npm run test:soak`, or `SOAK`·n. */

export function soak(n: number): number {
  return n * Number(import.meta.env.SOAK);
}
