/** Plain data as a Python expression: what the notebook starts from, readable and exact. */

/** Longer values are broken into lines. */
const WIDTH = 110;

/** A Python expression equal to `value`; numbers at the precision of an f32, texts in ASCII alone. */
export function python(value: unknown, indent = ''): string {
  const flat = onOneLine(value);
  if (indent.length + flat.length <= WIDTH || !isStructure(value)) return flat;
  const inner = `${indent}    `;
  // A list of numbers says nothing more by a line for each.
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return flat;
  const lines = Array.isArray(value)
    ? value.map((item) => python(item, inner))
    : entries(value).map(([key, item]) => `${text(key)}: ${python(item, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return [open, ...lines.map((line) => `${inner}${line},`), `${indent}${close}`].join('\n');
}

function onOneLine(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return number(value);
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  return `{${entries(value as object)
    .map(([key, item]) => `${text(key)}: ${onOneLine(item)}`)
    .join(', ')}}`;
}

function isStructure(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function entries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined);
}

/** The shortest digits that give the same f32 back. */
function number(value: number): string {
  if (Number.isNaN(value)) return 'float("nan")';
  if (!Number.isFinite(value)) return value > 0 ? 'float("inf")' : 'float("-inf")';
  return String(Number.isInteger(value) ? value : Number(value.toPrecision(9)));
}

/** JSON's escapes are Python's too, but for characters beyond 16 bits. */
function text(value: string): string {
  return JSON.stringify(value).replace(/[^ -~]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
