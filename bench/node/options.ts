/** What `npm run bench:node` and a kit's run.sh can be told. */

import { parseArgs } from 'node:util';
import type { Suite } from '../contract.ts';
import { countFrom1, suiteNamed } from '../runRows.ts';

export interface Options {
  /** What to do: `probe` and `golden` stand for themselves, neither times anything. */
  readonly task: 'probe' | 'golden' | 'suite';
  readonly suite: Suite;
  readonly filter: string;
  readonly rounds: number;
  readonly json: string | null;
  /** A file of torchPeer.py. */
  readonly torch: string | null;
  /** Options of Dawn, `name=value` each. */
  readonly dawn: readonly string[];
}

/** A graphics card has time for more pairs than a software adapter. */
const ROUNDS = { ci: 5, full: 5, gpu: 20 } as const;

/** Throws, with what can be said, where it is told something else. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      suite: { type: 'string', default: 'ci' },
      filter: { type: 'string', default: '' },
      rounds: { type: 'string' },
      json: { type: 'string' },
      torch: { type: 'string' },
      dawn: { type: 'string', multiple: true, default: [] },
      probe: { type: 'boolean', default: false },
      golden: { type: 'boolean', default: false },
    },
  });
  const { filter, json = null, torch = null, dawn, probe, golden } = values;
  if (probe && golden) throw new Error('Say --probe or --golden, one at a time.');
  const suite = suiteNamed(values.suite);
  return {
    task: probe ? 'probe' : golden ? 'golden' : 'suite',
    suite,
    filter,
    rounds: values.rounds === undefined ? ROUNDS[suite] : countFrom1('--rounds', values.rounds),
    json,
    torch,
    dawn,
  };
}
