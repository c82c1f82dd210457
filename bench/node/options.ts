/** What `npm run bench:node` and a kit's run.sh can be told. */

import { parseArgs } from 'node:util';
import { FAMILY_NAMES, type FamilyName } from '../../src/gpu/families/family.ts';
import type { Suite } from '../contract.ts';
import { countFrom1, suiteNamed } from '../runRows.ts';

export interface Options {
  /** What to do; only `suite` times anything. */
  readonly task: 'probe' | 'golden' | 'merge' | 'suite';
  readonly suite: Suite;
  readonly filter: string;
  readonly rounds: number;
  /** Where the result is written. */
  readonly json: string | null;
  /** The result that `merge` takes the rows from, and writes to unless told otherwise. */
  readonly from: string | null;
  /** A file of torchPeer.py; `merge` has one. */
  readonly torch: string | null;
  /** The kernels to prove or to time, in place of those that suit the device; `golden` otherwise proves all. */
  readonly family: FamilyName | null;
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
      family: { type: 'string' },
      dawn: { type: 'string', multiple: true, default: [] },
      probe: { type: 'boolean', default: false },
      golden: { type: 'boolean', default: false },
      merge: { type: 'string' },
    },
  });
  const { filter, dawn, probe, golden, merge } = values;
  const tasks = [probe && 'probe', golden && 'golden', merge && 'merge'].filter((task) => !!task);
  if (tasks.length > 1) throw new Error('Say --probe, --golden or --merge, one at a time.');
  if (merge && !values.torch)
    throw new Error('--merge takes the rows of torchPeer.py into a result: say --torch FILE too.');
  const suite = suiteNamed(values.suite);
  return {
    task: (tasks[0] as Options['task'] | undefined) ?? 'suite',
    suite,
    filter,
    rounds: values.rounds === undefined ? ROUNDS[suite] : countFrom1('--rounds', values.rounds),
    json: values.json ?? merge ?? null,
    from: merge ?? null,
    torch: values.torch ?? null,
    family: values.family === undefined ? null : familyNamed(values.family),
    dawn,
  };
}

function familyNamed(name: string): FamilyName {
  const family = FAMILY_NAMES.find((each) => each === name);
  if (!family) throw new Error(`There are no kernels ${name}: say --family ${FAMILY_NAMES.join(' or ')}.`);
  return family;
}
