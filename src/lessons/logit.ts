/** Lesson 1: a logit is a sum, each part of the model has its share, and the sum depends on what is asked. */

import type { DlaArm } from '../analysis/types/index.ts';
import { clearSelection, swapSides } from '../state/actions.ts';
import { EXAMPLES, type Example } from '../state/examples.ts';
import { getState } from '../state/store.ts';
import type { WorkbenchState } from '../state/types.ts';
import { signed } from '../ui/format.ts';
import {
  dlaOf,
  isPinned,
  largestBy,
  questionInWords,
  strongestHead,
  tokensInWords,
  WITH,
  WITHOUT,
} from './read.ts';
import type { Lesson, Question } from './types.ts';

const components = (state: WorkbenchState) => dlaOf(state, 'dla:component', WITH);
const helper = ({ terms }: DlaArm) => largestBy(terms, ({ value }) => value);

/** What the model without LayerNorm would say had its strongest part written nothing. */
function withoutStrongest(state: WorkbenchState): Question | null {
  const dla = dlaOf(state, 'dla:component', WITHOUT);
  const part = dla && largestBy(dla.terms, ({ value }) => Math.abs(value));
  if (!part) return null;
  const right = dla.sum - part.value;
  return {
    kind: 'number',
    asks: `In LN-free: had ${part.label} written nothing and every other part the same, what would the sum be?`,
    right,
    tolerance: 0.02,
    unit: 'logits',
    hint: `Under the bars stands the sum of the terms of LN-free. The share of ${part.label} stands in its row. Take the second from the first, and mind the signs.`,
    because: `${signed(dla.sum, 3)} less ${signed(part.value, 3)} is ${signed(right, 3)}. In LN-free that is exact, because its read-out divides by nothing. With LayerNorm it is not: that is the next lesson.`,
  };
}

export const logitLesson: Lesson = {
  id: 'logit',
  title: 'What a logit is made of',
  about: 'The score of a token is a sum, and each part of the model writes its share of it.',
  minutes: 6,
  needsKernels: false,
  example: EXAMPLES[0] as Example,
  steps: [
    {
      kind: 'act',
      id: 'bars',
      title: 'A sum of parts',
      at: 'attribution',
      says: [
        'A model gives every token a score, its [[logit]]. The score is read off the [[residual stream]] at the last position, to which every part of the model has added something. So it can be taken apart: this is [[direct logit attribution]].',
        (state) =>
          `The bars say how much each part adds for ${questionInWords(state)}. To the right speaks for it, to the left against.`,
      ],
      task: 'Among the bars under the maps, click the row of the part that speaks most for it in Original.',
      enter: clearSelection,
      done: (state) => {
        const dla = components(state);
        return dla !== null && state.pinned?.term !== undefined && state.pinned.term === helper(dla)?.label;
      },
      found: (state) => {
        const dla = components(state);
        const part = dla && helper(dla);
        if (!part) return '';
        return `${part.label} adds ${signed(part.value, 2)} of ${signed(dla.sum, 2)} logits; all other parts together add ${signed(dla.sum - part.value, 2)}.`;
      },
    },
    {
      kind: 'act',
      id: 'heads',
      title: 'Inside attention: heads',
      at: 'attribution',
      says: [
        'The attention of a layer is several [[heads|head]], each of which writes by itself. The maps above the bars show every head: layer down, head across; blue adds, red takes away.',
      ],
      task: 'Click the head with the strongest colour in the map of Original.',
      done: (state) => isPinned(state, strongestHead(state)),
      found: (state) => {
        const head = strongestHead(state);
        return head
          ? `${head.label}, head ${head.head} of layer ${head.layer}, alone is worth ${signed(head.value, 2)} logits. It is now pinned: every panel points at it.`
          : '';
      },
    },
    {
      kind: 'act',
      id: 'swap',
      title: 'The opposite question',
      at: 'question',
      says: [
        'What you see is not of one token but of a difference: how much more one token scores than the other. Ask it the other way round.',
      ],
      task: 'Above the panels, press ⇄ between the two tokens.',
      enter: async () => {
        if ((components(getState())?.actual ?? 1) < 0) await swapSides();
      },
      done: (state) => (components(state)?.actual ?? 0) < 0,
      found: (state) =>
        `Every share changed its sign, and so did the sum: ${signed(components(state)?.sum ?? Number.NaN, 2)}. A part is not “for” or “against” by itself, only as to a question.`,
    },
    {
      kind: 'act',
      id: 'alone',
      title: 'A token on its own',
      at: 'question',
      says: [
        'Without a [[contrast]] the logit is measured against the mean over the whole vocabulary: adding the same number to all logits changes no probability, so only what is above the mean counts.',
      ],
      task: (state) =>
        state.contrast.length > 0
          ? `Take the contrast ${tokensInWords(state.contrast)} away with its ×.`
          : 'The contrast is gone; wait for the new numbers.',
      done: (state) => state.contrast.length === 0 && (components(state)?.contrast.length ?? 1) === 0,
      found: (state) =>
        `Now the bars say where ${signed(components(state)?.sum ?? Number.NaN, 2)} logits of ${tokensInWords(state.target)} over an average token come from. Parts that help both tokens alike are seen only here: in a difference they cancel.`,
    },
    {
      kind: 'ask',
      id: 'without',
      title: 'Reckon with it',
      at: 'attribution',
      says: [
        'The sum of the terms stands below the bars, beside what the model itself says: the two must agree.',
      ],
      question: withoutStrongest,
      waiting: 'The numbers are on their way: choose a target, and keep LN-free on show.',
    },
  ],
  after:
    'Try another example at the top, or “neurons” above the bars, which takes the MLPs apart in the same way.',
};
