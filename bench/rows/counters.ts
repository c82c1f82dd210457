/**
 * Row 14: what a steady run asks of the device, held against limits. Submits alone may depend on the load of the machine:
 * where an adapter is so slow that a run is cut to keep each of them short. bench/counters.gpu.test.ts holds the same in CI.
 */

import type { CountedCase } from '../page/cases.ts';
import { type SteadyFigures, steadyFigures } from '../page/ledger.ts';
import type { Machine } from '../page/machine.ts';
import { randomModel } from '../page/weights.ts';
import { LIMITS } from '../targets.ts';

const T = 16;
const SHAPE = 'sixth';
const N_LAYERS = 2;

const COUNTERS: readonly { name: string; peer: string; limit: number; figure: keyof SteadyFigures }[] = [
  {
    name: 'dispatches per forward',
    peer: '7 per layer + 4',
    limit: LIMITS.dispatchesPerForward(N_LAYERS),
    figure: 'dispatches',
  },
  {
    name: 'submits per forward',
    peer: 'one',
    limit: LIMITS.submitsPerForward,
    figure: 'submits',
  },
  {
    name: 'readback bytes per interaction',
    peer: '64 KiB',
    limit: LIMITS.readbackBytesPerInteraction,
    figure: 'readbackBytes',
  },
  {
    name: 'allocations per steady run',
    peer: 'none',
    limit: LIMITS.allocationsPerSteadyRun,
    figure: 'buffersMade',
  },
  {
    name: 'bind groups made per steady run',
    peer: 'none',
    limit: LIMITS.bindGroupsPerSteadyRun,
    figure: 'bindGroupsMade',
  },
];

export const counters: readonly CountedCase[] = COUNTERS.map(({ name, peer, limit, figure }) => ({
  row: 'counters',
  name: `counters: ${name}`,
  model: 'a sixth of GPT-2 small, random: two layers',
  T,
  dtype: 'f32',
  kind: 'counted',
  peer,
  suites: ['ci', 'full'],
  count: async (machine) => ({ value: (await figuresOn(machine))[figure], limit }),
}));

const counted = new WeakMap<Machine, Promise<SteadyFigures>>();

/** All figures come from the same few runs, on a backend of its own, whose memory no other case has been at. */
function figuresOn(machine: Machine): Promise<SteadyFigures> {
  const known = counted.get(machine) ?? countOn(machine);
  counted.set(machine, known);
  return known;
}

async function countOn(machine: Machine): Promise<SteadyFigures> {
  const backend = await machine.freshBackend();
  const buffersMade = () => machine.buffersMade;
  return steadyFigures(backend, randomModel(SHAPE), T, buffersMade, () => machine.done());
}
