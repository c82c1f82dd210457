/** A learner for tests: the page with the real engine on the CPU twin, and what a person would do at each step of each lesson. */

import { createCpuService } from '../../tools/cpuService.ts';
import type { Normless } from '../engine/api.ts';
import { STARTING } from '../engine/status.ts';
import { panels } from '../panels/index.ts';
import { chooseToken, removeToken, swapSides, toggleNeuron } from '../state/actions.ts';
import { setAttention } from '../state/closer/attentionAsks.ts';
import { setNeuronAblation } from '../state/closer/neuronAblationAsks.ts';
import { toggleCell } from '../state/closer/patchingCell.ts';
import { startEstimate } from '../state/closer/patchingEstimate.ts';
import { splitPrompts } from '../state/closer/patchingPrompts.ts';
import { setSite, startSweep } from '../state/closer/patchingRuns.ts';
import { ablate, addEdit } from '../state/edits/actions.ts';
import { initialState } from '../state/initial.ts';
import { connect } from '../state/session.ts';
import { getState, setState } from '../state/store.ts';
import { turnDial } from './progress.ts';
import { arrival, bars, best, brought, cut, effects, heads, neuron, pin, sinks } from './seen.suite.ts';
import type { Lesson } from './types.ts';

/** What a learner may do at a step that is not what it asks, and what is. */
export interface Doing {
  wrong: () => unknown;
  right: () => unknown;
}

/** Opens the page anew, with every model of the demo ready. */
export async function openPage(): Promise<void> {
  const service = createCpuService();
  await service.start();
  const normless = {
    ...Object.fromEntries(
      (['analyze', 'run', 'dispose', 'pairs', 'tokenize', 'load', 'storage'] as const).map((name) => [
        name,
        (service[name] as (...args: unknown[]) => unknown).bind(service),
      ]),
    ),
    version: 'test',
    ready: Promise.resolve(),
    status: () => STARTING,
    subscribe: () => () => {},
  } as unknown as Normless;
  setState(initialState(), true);
  await connect(
    normless,
    panels.map(({ asks }) => asks),
  );
}

async function patch(site: 'resid_post' | 'z'): Promise<void> {
  setSite(site);
  await splitPrompts();
  await startSweep();
}

/** On the demo's prompt about a girl, whose facts the choices below are. */
export const DOINGS: Record<string, Record<string, Doing>> = {
  logit: {
    bars: {
      wrong: () => pin(bars()[1]),
      right: () => pin(bars()[0]),
    },
    heads: { wrong: () => pin(heads()[1]), right: () => pin(heads()[0]) },
    swap: {
      wrong: () => chooseToken('contrast', { id: 345, piece: ' it' }),
      right: swapSides,
    },
    alone: {
      wrong: swapSides,
      right: () => removeToken('contrast', getState().contrast[0]?.id ?? -1),
    },
  },
  layernorm: {
    furthest: { wrong: () => pin(effects()[1]), right: () => pin(effects()[0]) },
    'by-hand': {
      wrong: () => turn('1', '5'),
      right: () => turn('1', String(startOf('by-hand')[0])),
    },
    freeze: {
      wrong: () => addEdit({ kind: 'freeze-norm', site: 'blocks.0.ln1.hook_scale', value: 3 }),
      right: () => addEdit({ kind: 'freeze-norm', site: 'ln_final.hook_scale', value: 3 }),
    },
  },
  attention: {
    sink: { wrong: () => pin(sinks()[1]), right: () => pin(sinks()[0]) },
    strongest: { wrong: () => pin(heads()[1]), right: () => pin(heads()[0]) },
    weighted: {
      wrong: () => setAttention({ weighting: 'value' }),
      right: () => setAttention({ weighting: 'dla' }),
    },
    cut: { wrong: () => cut(brought().at(-1)), right: () => cut(brought()[0]) },
  },
  confidence: {
    ranking: {
      wrong: () => toggleNeuron(neuron(1).neuron),
      right: () => toggleNeuron(neuron(0).neuron),
    },
    out: {
      wrong: () => ablate(neuron(1), 'mean'),
      right: () => ablate(neuron(0), 'mean'),
    },
    slider: {
      wrong: () => setNeuronAblation({ amount: 0.5 }),
      right: () => setNeuronAblation({ amount: 2 }),
    },
  },
  patching: {
    measure: { wrong: () => patch('z'), right: () => patch('resid_post') },
    arrival: {
      wrong: () => toggleCell({ layer: 0, position: 0 }),
      right: () => toggleCell(arrival()),
    },
    head: {
      wrong: async () => {
        await patch('z');
        toggleCell(best(1));
      },
      right: () => toggleCell(best()),
    },
    shortcut: { wrong: () => toggleCell(best(1)), right: startEstimate },
    misled: {
      wrong: startEstimate,
      right: async () => {
        setSite('resid_post');
        await startEstimate();
      },
    },
  },
};

let lesson: Lesson | null = null;

/** Whose card the dials are in. */
export function learn(which: Lesson): void {
  lesson = which;
}

function turn(index: '0' | '1', typed: string): void {
  if (lesson) turnDial(lesson, Number(index), typed);
}

function startOf(id: string): number[] {
  const step = lesson?.steps.find((each) => each.id === id);
  return (step?.kind === 'act' && step.dials?.start(getState())) || [];
}
