/** Lesson 4: a confidence neuron writes where nothing is read, and works by the scale alone; without LayerNorm it is silent. */

import { clearSelection, setView } from '../state/actions.ts';
import { setNeuronAblation } from '../state/closer/neuronAblationAsks.ts';
import { clearEdits } from '../state/edits/actions.ts';
import { EXAMPLES, type Example } from '../state/examples.ts';
import { armTitle } from '../state/selectors.ts';
import { number, signed } from '../ui/format.ts';
import { type Added, bothAdded, entropy, firstIsOut, neurons, whatIsUnread } from './confidenceRead.ts';
import { WITH, WITHOUT } from './read.ts';
import type { Lesson } from './types.ts';

const SLIDER = 'input[aria-label="Amount of the least-read direction"]';

export const confidenceLesson: Lesson = {
  id: 'confidence',
  title: 'A confidence neuron, and its silence',
  about: 'How a model can be less sure without changing its mind, and why it cannot without LayerNorm.',
  minutes: 8,
  needsKernels: true,
  example: EXAMPLES[0] as Example,
  steps: [
    {
      kind: 'act',
      id: 'ranking',
      title: 'Neurons that nobody reads',
      at: 'confidence-neurons',
      says: [
        'Some [[neurons|neuron]] of the last layer write much (a large norm) in directions that the [[unembedding]] hardly reads (a small [[LogitVar]]). They raise no token above another, and yet in GPT-2 they decide how sure it is. “How sure” ranks neurons by norm ÷ LogitVar.',
      ],
      task: 'Click the first neuron of the ranking.',
      enter: clearSelection,
      done: (state) => state.neuron !== null && state.neuron === neurons(state)?.neurons[0],
      found: (state) => {
        const stats = neurons(state)?.stats[0];
        return `Neuron ${stats?.neuron} has norm ${number(stats?.norm ?? Number.NaN)}, and ${number(100 * (stats?.nullShare ?? Number.NaN), 1)} % of it lies in the [[null space]]. The token strip is coloured by its activation. In GPT-2 small the best known one is neuron 584 of layer 11. ${whatIsUnread(state)} Every ranking has a first, so measure before you believe one.`;
      },
    },
    {
      kind: 'act',
      id: 'out',
      title: 'Take it out',
      at: 'confidence-neurons',
      says: [
        'Does it matter here? Hold it at its mean, or at 0, and look at the [[entropy]] of the prediction.',
      ],
      task: 'Below the grids of this panel, press “→ mean” or “→ 0” beside “ablate neuron”.',
      enter: async () => {
        await clearEdits();
      },
      done: firstIsOut,
      found: (state) => {
        const change = (arm: string) =>
          signed(entropy(state, 'edited:predictions', arm) - entropy(state, 'predictions', arm), 4);
        return `The entropy changed by ${change(WITH)} nats in Original and ${change(WITHOUT)} in LN-free. In a model with a real confidence neuron the first of these is large and the second next to nothing.`;
      },
    },
    {
      kind: 'act',
      id: 'slider',
      title: 'The mechanism itself',
      at: 'neuron-ablation',
      show: SLIDER,
      says: [
        'So build one. This slider adds, to the last [[residual stream]], the very direction that the unembedding reads least. No logit is meant to move, only the length of the residual grows, and with it [[σ]].',
      ],
      task: 'Move the slider “added” to 2 lengths or more.',
      enter: async () => {
        void clearEdits();
        void setView({ open: 'neuron-ablation' });
        await setNeuronAblation({ amount: 0 });
      },
      done: (state) => {
        const both = bothAdded(state);
        return both !== null && both.original.amount >= 2;
      },
      found: (state) => {
        const both = bothAdded(state);
        return both
          ? `Original: ${signed(both.original.change, 2)} nats. LN-free: ${signed(both.lnfree.change, 2)} nats. The same addition, on the same prompt.`
          : '';
      },
    },
    {
      kind: 'ask',
      id: 'factor',
      title: 'Through the scale',
      at: 'neuron-ablation',
      show: SLIDER,
      says: [
        'The table “At this amount” gives σ → σ′ of Original. With LayerNorm every logit was divided by σ, and now is divided by σ′.',
      ],
      question: (state) => {
        const both = bothAdded(state);
        if (!both) return null;
        const { scale, scaleAfter } = both.original;
        const right = scale / scaleAfter;
        return {
          kind: 'number',
          asks: 'What are the logits of Original multiplied by, now that this was added?',
          right,
          tolerance: 0.01,
          unit: '',
          hint: 'Before, they were divided by σ; now by σ′. Take the smaller of the two over the larger, to two digits.',
          because: `σ/σ′ = ${number(scale, 2)} / ${number(scaleAfter, 2)} = ${number(right, 2)}. All logits shrink alike: that is a [[temperature]] of ${number(1 / right, 2)}. The order of the tokens stays, the certainty goes.`,
        };
      },
      waiting: 'Move the slider to 1 length or more.',
    },
    {
      kind: 'ask',
      id: 'follows',
      title: 'Who follows the temperature',
      at: 'neuron-ablation',
      show: SLIDER,
      says: [
        '“ratio” in the same table: what the entropy did, over what that temperature alone would have done.',
      ],
      question: (state) => {
        const both = bothAdded(state);
        if (!both) return null;
        const off = ({ ratio }: Added) => Math.abs(ratio - 1);
        return {
          kind: 'choice',
          asks: 'In which model did the entropy follow the temperature σ/σ′?',
          options: [WITH, WITHOUT].map((arm) => ({ value: arm, label: armTitle(arm) })),
          right: off(both.original) <= off(both.lnfree) ? WITH : WITHOUT,
          hint: 'Look for the ratio near 1: there the measured line of the plot runs along its dashed one.',
          because: `Ratio ${number(both.original.ratio, 2)} in Original, ${number(both.lnfree.ratio, 2)} in LN-free.`,
        };
      },
      waiting: 'Move the slider to 1 length or more.',
    },
    {
      kind: 'ask',
      id: 'silence',
      title: 'Silence',
      at: 'neuron-ablation',
      show: SLIDER,
      says: ['The σ of LN-free stands in brackets: what a norm would divide by, if there were one.'],
      question: (state) => {
        const both = bothAdded(state);
        if (!both) return null;
        const right = 100 * both.lnfree.ratio;
        return {
          kind: 'number',
          asks: 'In LN-free, how many per cent of what the temperature would have done did the entropy do?',
          right,
          tolerance: 1,
          unit: '%',
          hint: 'It is the ratio in the row of LN-free, as a percentage.',
          because: `${number(right, 1)} %. Nothing is divided, so length says nothing: only the little that the unembedding does read of this direction is left. A neuron that works by length is silent without LayerNorm.`,
        };
      },
      waiting: 'Move the slider to 1 length or more.',
    },
  ],
  after:
    'Load GPT-2 small from “Models” and take its neuron 584 out: the Original changes, the LN-free model does not.',
};
