/** bench/history.jsonl: one line per run that was worth keeping, so that a slow day can be found later. */

import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import type { Row } from './contract.ts';
import type { Head } from './runRows.ts';

const FILE = 'bench/history.jsonl';

/** Date, adapter, commit, and of every row its name, ratio and whether it passed. */
export function appendHistory(rows: readonly Row[], { date, suite, adapter }: Head): void {
  const line = {
    date,
    suite,
    adapter: `${adapter.vendor} ${adapter.architecture}`,
    commit: git('rev-parse', '--short', 'HEAD'),
    /** Sources differed from that commit. */
    changed: git('status', '--porcelain', '--', 'src', 'shaders', 'bench') !== '',
    load1: Math.max(...rows.map(({ load1 }) => load1)),
    rows: rows.map(({ name, ratio, pass }) => ({ name, ratio, pass })),
  };
  appendFileSync(FILE, `${JSON.stringify(line)}\n`);
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}
