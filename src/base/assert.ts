/** Internal invariants: a failed one is a bug in Normless, never a person's mistake. */

/** Throws when `condition` is false; `message` says which invariant broke, with the numbers. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Internal error (please report it): ${message}`);
}

/** The value, or a failed assertion when it is null or undefined. */
export function must<T>(value: T | null | undefined, message: string): T {
  assert(value !== null && value !== undefined, message);
  return value;
}
