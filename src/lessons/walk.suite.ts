/** A learner for tests: the page with the real engine on the CPU twin, and what a person would do at each step of each lesson. */

import { createCpuService } from '../../tools/cpuService.ts';
import type { Normless } from '../engine/api.ts';
import { STARTING } from '../engine/status.ts';
import { panels } from '../panels/index.ts';
import { chooseToken, removeToken, swapSides, toggleNeuron, togglePin } from '../state/actions.ts';
import { setAttention } from '../state/closer/attentionAsks.ts';
import { setNeuronAblation } from '../state/closer/neuronAblationAsks.ts';
import type { PatchCell } from '../state/closer/patching.ts';
import { toggleCell } from '../state/closer/patchingCell.ts';
import { startEstimate } from '../state/closer/patchingEstimate.ts';
import { splitPrompts } from '../state/closer/patchingPrompts.ts';
import { setSite, startSweep, sweepOf } from '../state/closer/patchingRuns.ts';
import { ablate, addEdit } from '../state/edits/actions.ts';
import { initialState } from '../state/initial.ts';
import { connect } from '../state/session.ts';
import { getState, setState } from '../state/store.ts';
import { turnDial } from './progress.ts';
import { strongestHead } from './read.ts';
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

const pin = (label: string) => {
  const [, layer, head] = /^L(\d+)H(\d+)$/.exec(label) ?? [];
  return togglePin({ layer: Number(layer), head: Number(head) });
};
const cut = (key: number) => ablate({ ...strongestPlace(), query: 19, key }, 'zero');
const strongestPlace = () => {
  const { layer = 0, head = 0 } = strongestHead(getState()) ?? {};
  return { layer, head };
};

/** The cell of the original's map that brings back most of those that `isIt`. */
function best(isIt: (cell: PatchCell) => boolean): PatchCell {
  const { granularity } = getState().closer.patching;
  const { values } = sweepOf(getState())?.result.arms.original ?? {};
  const columns = values?.shape[1] ?? 1;
  const all = [...(values?.data ?? [])].map((value, i) => {
    const second = i % columns;
    const axis = granularity === 'head' ? { head: second } : { position: second };
    return { value, cell: { layer: Math.floor(i / columns), ...axis } as PatchCell };
  });
  return all.filter(({ cell }) => isIt(cell)).sort((a, b) => b.value - a.value)[0]?.cell as PatchCell;
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
      wrong: () => togglePin({ layer: 1, term: 'L1.attn' }),
      right: () => togglePin({ layer: 5, term: 'L5.attn' }),
    },
    heads: { wrong: () => pin('L5H2'), right: () => pin('L5H3') },
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
    furthest: { wrong: () => pin('L5H3'), right: () => pin('L1H2') },
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
    sink: { wrong: () => pin('L0H0'), right: () => pin('L5H2') },
    strongest: { wrong: () => pin('L5H1'), right: () => pin('L5H3') },
    weighted: {
      wrong: () => setAttention({ weighting: 'value' }),
      right: () => setAttention({ weighting: 'dla' }),
    },
    cut: { wrong: () => cut(3), right: () => cut(10) },
  },
  confidence: {
    ranking: { wrong: () => toggleNeuron(312), right: () => toggleNeuron(100) },
    out: {
      wrong: () => ablate({ layer: 5, neuron: 312 }, 'mean'),
      right: () => ablate({ layer: 5, neuron: 100 }, 'mean'),
    },
    slider: {
      wrong: () => setNeuronAblation({ amount: 0.5 }),
      right: () => setNeuronAblation({ amount: 2 }),
    },
  },
  patching: {
    measure: { wrong: () => patch('z'), right: () => patch('resid_post') },
    arrival: {
      wrong: () => toggleCell(best(({ position }) => position === 4)),
      right: () => toggleCell(best(({ position }) => position === 11)),
    },
    head: {
      wrong: async () => {
        await patch('z');
        toggleCell(best(({ layer }) => layer === 0));
      },
      right: () => toggleCell(best(() => true)),
    },
    shortcut: { wrong: () => toggleCell(best(() => true)), right: startEstimate },
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
