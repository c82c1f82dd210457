/** WGSL with repeated lines written out: registers cannot be indexed, and compilers unroll as they please. */

/** Every line that contains {name} is repeated count times, with 0 … count − 1 in its place. */
export function unroll(wgsl: string, name: string, count: number): string {
  const mark = `{${name}}`;
  const repeat = (line: string) =>
    Array.from({ length: count }, (_, i) => line.replaceAll(mark, String(i))).join('\n');
  return wgsl
    .split('\n')
    .map((line) => (line.includes(mark) && !line.startsWith('//') ? repeat(line) : line))
    .join('\n');
}
