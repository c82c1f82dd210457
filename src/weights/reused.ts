/** Memory that serves again, so that converting gigabytes allocates megabytes. */

/** An array of the asked length out of one memory, which is made anew only where it is too small; contents are leftovers. */
export function reused<T extends { readonly length: number; subarray(start: number, end: number): T }>(
  make: (length: number) => T,
): (length: number) => T {
  let memory = make(0);
  return (length) => {
    if (memory.length < length) memory = make(length);
    return memory.subarray(0, length);
  };
}
