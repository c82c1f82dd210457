/** A second peer, measured apart on the same machine by torchPeer.py, and merged into our rows by name. */

import type { Summary } from '../../tools/bench/stats.ts';
import type { OtherPeer, Row } from '../contract.ts';
import { TORCH_TARGETS } from '../targets.ts';

interface TorchRow {
  /** As our row's. */
  readonly name: string;
  /** How torch ran it: `torch eager`. */
  readonly peer: string;
  readonly ms: Summary;
}

export interface TorchFile {
  readonly version: string;
  readonly device: string;
  readonly rows: readonly TorchRow[];
}

/** Throws where the text is no result of torchPeer.py; `path` is for the message. */
export function readTorch(text: string, path: string): TorchFile {
  const file = JSON.parse(text) as Partial<TorchFile>;
  const rows = Array.isArray(file.rows) ? file.rows : [];
  const whole = rows.every(({ name, peer, ms }) => name && peer && Number.isFinite(ms?.median));
  if (!file.version || !file.device || rows.length === 0 || !whole)
    throw new Error(
      `${path} is no result of torchPeer.py. Make it with: python3 torchPeer.py --json ${path}`,
    );
  return { version: file.version, device: file.device, rows };
}

/**
 * The row with every way in which torch ran the same. These ratios are of medians, not of pairs, since the two were not
 * interleaved. Only the plainest way on a graphics card is held against a target, beside the row's own.
 */
export function withTorch(row: Row, torch: TorchFile | null): Row {
  const ours = row.ours?.ms.median;
  if (!torch || ours === undefined) return row;
  const targets = torch.device === 'cpu' ? {} : TORCH_TARGETS;
  const others = torch.rows
    .filter(({ name }) => name === row.name)
    .map(({ peer, ms }): OtherPeer => {
      const [ratio, target] = [ours / ms.median, targets[peer]?.[row.row] ?? null];
      return { peer, ms, ratio, target, pass: target === null || ratio <= target };
    });
  return others.length === 0 ? row : { ...row, others };
}

/** Names of the rows that miss a target against torch. */
export function missedAgainstTorch(rows: readonly Row[]): string[] {
  return rows.filter(({ others = [] }) => others.some(({ pass }) => !pass)).map(({ name }) => name);
}
