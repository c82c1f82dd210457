/** For tests: the largest block of memory that code asked for while it ran. */

const ARRAYS = [
  'ArrayBuffer',
  'Uint8Array',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigUint64Array',
] as const;

type Made = { readonly byteLength: number; readonly buffer?: ArrayBufferLike };
type Constructor = new (...args: unknown[]) => Made;

/** Runs `body`; the bytes of the largest ArrayBuffer or typed array constructed meanwhile (a view of one counts too). */
export async function largestAllocation(body: () => Promise<void>): Promise<number> {
  const real = new Map<string, Constructor>();
  const global = globalThis as unknown as Record<string, Constructor>;
  let largest = 0;
  for (const name of ARRAYS) {
    const Real = global[name] as Constructor;
    real.set(name, Real);
    const Counted: Constructor = new Proxy(Real, {
      construct(target, args, newTarget) {
        const made = Reflect.construct(target, args, newTarget === Counted ? target : newTarget) as Made;
        largest = Math.max(largest, made.byteLength);
        return made;
      },
    });
    global[name] = Counted;
  }
  try {
    await body();
  } finally {
    for (const [name, Real] of real) global[name] = Real;
  }
  return largest;
}
