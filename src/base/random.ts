/** Seeded random numbers, so that fixtures and fuzz cases are the same everywhere. */

/** Mulberry32: a generator of uniform numbers in [0, 1) that depends on the 32-bit seed alone. */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
