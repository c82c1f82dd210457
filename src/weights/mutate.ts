/** Seeded damage to checkpoint files: to their bytes, and to the JSON in them. */

import { must } from '../base/assert.ts';
import { joinHeader } from './safetensorsWriter.ts';

export type Random = () => number;

/** A whole number in [0, n). */
export const below = (random: Random, n: number): number => Math.floor(random() * n);

export const pick = <T>(random: Random, from: readonly T[]): T =>
  must(from[below(random, from.length)], 'something to pick from');

/** JSON texts where a number, a name or a list was: what no type stops and `JSON.stringify` would not even write. */
const HOSTILE = [
  ...[
    '0',
    '-0',
    '1',
    '-1',
    '2',
    '3',
    '12',
    '13',
    '16',
    '29',
    '48',
    '0.5',
    '1.5',
    '1e3',
    '1e-5',
    '1e12',
    '1e999',
  ],
  ...['-1e999', '65536', '4294967296', '9007199254740991', '9007199254740993', '9223372036854775808'],
  ...[
    '18446744073709551615',
    '1e300',
    '5e-324',
    'null',
    'true',
    'false',
    '""',
    '"12"',
    '"NaN"',
    '"Infinity"',
  ],
  ...[
    '"F32"',
    '"F16"',
    '"BF16"',
    '"F64"',
    '"I8"',
    '"constructor"',
    '"__proto__"',
    '"../x.safetensors"',
    '[]',
    '{}',
  ],
  ...[
    '[0]',
    '[-1, 4]',
    '[[]]',
    '[4, 0]',
    '[1.5, 2]',
    '[null]',
    '{"length": 3}',
    '{"__proto__": {"dtype": "F32"}}',
  ],
  `"${'x'.repeat(70_000)}"`,
  `[${'1,'.repeat(5_000)}1]`,
  '['.repeat(20_000) + ']'.repeat(20_000),
];

/** Stands in a JSON value for a hostile text, until `toText`. */
const mark = (random: Random) => `\u0001${below(random, HOSTILE.length)}`;

function toText(json: unknown): string {
  return JSON.stringify(json).replace(/"\\u0001(\d+)"/g, (_, i) => must(HOSTILE[Number(i)], 'a text'));
}

/** A few places of a JSON value: replaced, removed, doubled under another name, or exchanged with another. */
function mutateJson(json: unknown, random: Random): string {
  const copy: unknown = structuredClone(json);
  for (let edits = 1 + below(random, 3); edits > 0; edits--) {
    const [holder, key] = place(copy, random);
    const kind = random();
    if (kind < 0.55) holder[key] = mark(random);
    else if (kind < 0.7) delete holder[key];
    else if (kind < 0.8) holder[`${key}x`] = holder[key];
    else {
      const [other, otherKey] = place(copy, random);
      [holder[key], other[otherKey]] = [structuredClone(other[otherKey]), structuredClone(holder[key])];
    }
  }
  return toText(copy);
}

/** A random value inside a JSON value, by its holder and key: down to the leaves, or half-way. */
function place(json: unknown, random: Random): [holder: Record<string, unknown>, key: string] {
  let holder = json as Record<string, unknown>;
  while (true) {
    const keys = Object.keys(holder);
    if (!keys.length) return [holder, 'new'];
    const key = pick(random, keys);
    const inner = holder[key];
    if (typeof inner !== 'object' || inner === null || random() < 0.15) return [holder, key];
    holder = inner as Record<string, unknown>;
  }
}

const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

/** A JSON file with some of its values changed. */
export function mutateJsonFile(bytes: Uint8Array, random: Random): Uint8Array {
  return new TextEncoder().encode(mutateJson(parse(bytes), random));
}

/** A safetensors file with some of its header changed; its data as they were. */
export function mutateHeader(bytes: Uint8Array, random: Random): Uint8Array {
  const dataStart = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = mutateJson(parse(bytes.subarray(8, dataStart)), random);
  return joinHeader(header, [bytes.subarray(dataStart)]);
}

/** Bits and bytes changed, inserted, removed, moved or cut off, mostly where the structure is: in the first kilobytes. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  const at = (length: number) => Math.floor(random() ** 3 * length);
  let result = Uint8Array.from(bytes);
  for (let edits = 1 + below(random, 4); edits > 0; edits--) {
    const where = at(result.length);
    const kind = random();
    if (kind < 0.3) result[where] = (result[where] ?? 0) ^ (1 << below(random, 8));
    else if (kind < 0.5) result[where] = below(random, 256);
    else if (kind < 0.7)
      result[where] = 0x30 + below(random, 10); // a digit: offsets and shapes that still parse
    else if (kind < 0.8) result = splice(result, where, 0, Uint8Array.of(0x39));
    else if (kind < 0.87) result = splice(result, where, 1 + at(20), new Uint8Array());
    else if (kind < 0.94) {
      const from = at(result.length);
      result = splice(result, where, at(40), result.slice(from, from + at(200)));
    } else result = result.slice(0, where);
  }
  return result;
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + remove)]);
}
