/** The largest few of many, without sorting them all: rows are as wide as a vocabulary. */

/** The k indices of the largest keys, descending, ties by the lower index, in one pass. */
export function largestOf(n: number, k: number, key: (i: number) => number): number[] {
  const best: number[] = [];
  for (let i = 0; i < n; i++) {
    if (best.length === k && key(i) <= key(best[k - 1] as number)) continue;
    let place = best.length;
    while (place > 0 && key(i) > key(best[place - 1] as number)) place--;
    best.splice(place, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}
