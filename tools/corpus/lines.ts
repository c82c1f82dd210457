/** Windows as JSON lines: a header that says what was read by whom, then a line a window, to be appended, resumed and merged. */

import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import type { ArmWindow, WindowRecord } from '../../src/analysis/corpus/records.ts';
import type { Reading } from '../../src/analysis/corpus/windows.ts';
import type { CorpusExtra } from '../../src/analysis/types/index.ts';
import { InputError } from '../../src/base/errors.ts';
import type { ModelConfig, StorageDType } from '../../src/tensor/params.ts';

/** What all shards of one run have in common. */
export interface Common {
  readonly pair: string;
  /** By arm: where it lies, what it is, and the sha256 of its weight files. */
  readonly arms: Record<
    string,
    { readonly folder: string; readonly config: ModelConfig; readonly weights: Record<string, string> }
  >;
  readonly dtype: StorageDType;
  /** Of the text's token ids, joined by commas. */
  readonly text: { readonly files: readonly string[]; readonly tokens: number; readonly sha256: string };
  readonly reading: Omit<Reading, 'tokens'>;
  readonly want: readonly CorpusExtra[];
  readonly convention: string;
}

export interface Header extends Common {
  readonly normless: 'corpus';
  readonly format: 1;
  readonly shard: string;
  readonly engine: string;
  readonly adapter: string;
  readonly date: string;
}

export interface LinesFile {
  readonly header: Header;
  readonly records: WindowRecord[];
  /** Bytes up to the end of its last whole line: what is behind was cut off while it was written. */
  readonly length: number;
}

/** What differs between two runs whose windows would not belong together; null where nothing does. */
export function difference(a: Common, b: Common): string | null {
  const facts = (of: Common): [string, unknown][] => [
    ['the text', of.text.sha256],
    ['the windows', of.reading],
    ['the arms', Object.keys(of.arms)],
    ['the weights', Object.values(of.arms).map(({ weights }) => weights)],
    ['the storage of weights', of.dtype],
    ['what else is measured', of.want],
  ];
  const others = new Map(facts(b));
  const found = facts(a).find(([name, value]) => JSON.stringify(value) !== JSON.stringify(others.get(name)));
  return found?.[0] ?? null;
}

export function readLines(path: string): LinesFile {
  if (!existsSync(path)) throw new InputError(`There is no file ${path}.`, { path });
  const content = readFileSync(path, 'utf8');
  const whole = content.slice(0, content.lastIndexOf('\n') + 1);
  const [first, ...lines] = whole.split('\n').filter((line) => line !== '');
  const header = first === undefined ? null : (JSON.parse(first) as Header);
  if (header?.normless !== 'corpus' || header.format !== 1)
    throw new InputError(`${path} is no file of npm run corpus: its first line is not such a header.`, {
      path,
    });
  return {
    header,
    records: lines.map((line) => recordOf(JSON.parse(line) as Line)),
    length: Buffer.byteLength(whole),
  };
}

/**
 * A file to append windows to, and those that are in it. What was cut off at its end is dropped.
 * @throws InputError where what is in it belongs to another run.
 */
export function resume(path: string, header: Header): WindowRecord[] {
  if (!existsSync(path)) {
    writeFileSync(path, `${JSON.stringify(header)}\n`);
    return [];
  }
  const { header: before, records, length } = readLines(path);
  const differs = difference(before, header);
  if (differs)
    throw new InputError(
      `${path} holds windows of another run: ${differs} differ. Give another --out, or delete the file.`,
      { path, differs },
    );
  truncateSync(path, length);
  return records;
}

interface Line extends Omit<WindowRecord, 'arms'> {
  readonly arms: Record<string, LineArm>;
}

interface LineArm extends Omit<ArmWindow, 'losses' | 'outliers' | 'sums'> {
  /** f32, little-endian, as base64: to the last bit, infinities too. */
  readonly losses: string;
  /** A logit that is not finite is written by its name. */
  readonly outliers: readonly { at: number; logit: number | string }[];
  readonly sums: { positions: number; neurons: string; scales: string } | null;
}

export function lineOf(record: WindowRecord): string {
  const arms = Object.entries(record.arms).map(
    ([id, { losses, outliers, sums, ...rest }]): [string, LineArm] => [
      id,
      {
        ...rest,
        losses: base64(losses),
        outliers: outliers.map(({ at, logit }) => ({
          at,
          logit: Number.isFinite(logit) ? logit : String(logit),
        })),
        sums: sums && {
          positions: sums.positions,
          neurons: base64(Float64Array.from(sums.neurons)),
          scales: base64(Float64Array.from(sums.scales)),
        },
      },
    ],
  );
  const line: Line = { ...record, arms: Object.fromEntries(arms) };
  return `${JSON.stringify(line)}\n`;
}

export function recordOf(line: Line): WindowRecord {
  const arms = Object.entries(line.arms).map(
    ([id, { losses, outliers, sums, ...rest }]): [string, ArmWindow] => [
      id,
      {
        ...rest,
        losses: new Float32Array(buffer(losses)),
        outliers: outliers.map(({ at, logit }) => ({ at, logit: Number(logit) })),
        sums: sums && {
          positions: sums.positions,
          neurons: new Float64Array(buffer(sums.neurons)),
          scales: new Float64Array(buffer(sums.scales)),
        },
      },
    ],
  );
  return { ...line, arms: Object.fromEntries(arms) };
}

const base64 = ({ buffer, byteOffset, byteLength }: Float32Array | Float64Array) =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');

/** In memory of its own, which begins where an array of floats may. */
const buffer = (text: string): ArrayBuffer => new Uint8Array(Buffer.from(text, 'base64')).buffer;
