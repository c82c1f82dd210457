/** Results as JSON that any reader understands and that loses nothing. */

/** Typed arrays become plain lists; `"NaN"`, `"Infinity"` and `"-Infinity"` are texts, since JSON would make them null. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, plain, 1);
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Float32Array) return [...value];
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
}
