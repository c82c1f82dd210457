/** Numbers as the page writes them: tabular, with a true minus sign, and never a silent NaN. */

const MINUS = '−';

/** `1.93`, `−0.07`; NaN and infinities by name. */
export function number(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** As `number`, with a plus sign: for contributions and differences. */
export function signed(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const text = number(value, digits);
  return text.startsWith(MINUS) || Number(text) === 0 ? text : `+${text}`;
}

/** A probability in per cent: `58.0 %`, `0.42 %`, `<0.01 %`. */
export function percent(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const hundredth = value * 100;
  if (hundredth > 0 && hundredth < 0.01) return '<0.01 %';
  return `${hundredth.toFixed(hundredth >= 10 ? 1 : 2)} %`;
}

/** Percentage points, signed. */
export function points(value: number): string {
  return Number.isFinite(value) ? signed(value * 100, 1) : notFinite(value);
}

/** One significant digit, or so many more, with its power of ten: `3e-7`, for errors. */
export function magnitude(value: number, more = 0): string {
  if (!Number.isFinite(value)) return notFinite(value);
  return value === 0 ? '0' : value.toExponential(more).replace('e+', 'e');
}

/** Three significant digits, by power of ten where that is shorter: `0.00305` is `3.05e-3`. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return notFinite(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.01 || size >= 10_000)) return value.toExponential(2).replace('-', MINUS);
  return number(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

/** `1.9 MB`, in thousands as shops and browsers count. */
export function bytes(count: number): string {
  if (count < 1e3) return `${Math.round(count)} B`;
  if (count < 1e6) return `${Math.round(count / 1e3)} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(2)} GB`;
}

/** A time to wait, no more exact than it can be: `less than 10 s`, `40 s`, `3 min`, `1.5 h`. */
export function duration(seconds: number): string {
  if (seconds < 10) return 'less than 10 s';
  if (seconds < 55) return `${Math.round(seconds / 5) * 5} s`;
  if (seconds < 5400) return `${Math.max(1, Math.round(seconds / 60))} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** The first of a list's words, commas and a last `and`. */
export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function notFinite(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : `${MINUS}Inf`;
}
