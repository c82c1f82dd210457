/** The lesson that docs/teaching.md shows, so that what it shows compiles and works. */

import { EXAMPLES, type Example } from '../state/examples.ts';
import { dlaOf, WITH } from './read.ts';
import type { Lesson } from './types.ts';

export const sumLesson: Lesson = {
  id: 'sum',
  title: 'It adds up',
  about: 'The shares of all parts are the answer.',
  minutes: 2,
  needsKernels: false,
  example: EXAMPLES[0] as Example,
  steps: [
    {
      kind: 'act',
      id: 'pin',
      title: 'One part',
      at: 'attribution',
      says: ['Every part of the model adds its share to the [[logit]].'],
      task: 'Click any bar.',
      done: (state) => state.pinned?.term !== undefined,
      found: (state) => `You have pinned ${state.pinned?.term}.`,
    },
    {
      kind: 'ask',
      id: 'sum',
      title: 'All parts',
      at: 'attribution',
      says: ['Below the bars stands their sum.'],
      question: (state) => {
        const dla = dlaOf(state, 'dla:component', WITH);
        return (
          dla && {
            kind: 'number',
            asks: 'What does the original model say?',
            right: dla.actual,
            tolerance: 0.01,
            unit: 'logits',
            hint: 'Read “what the model says” under the bars.',
            because: 'The sum of the shares is the same number: that is checked at every answer.',
          }
        );
      },
      waiting: 'The numbers are on their way.',
    },
  ],
  after: 'Take the contrast away and look again.',
};
