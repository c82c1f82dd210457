/** Lesson 3: where heads look, what of it they bring along, and the test by cutting. */

import { clearSelection, setPosition, setView } from '../state/actions.ts';
import { setAttention } from '../state/closer/attentionAsks.ts';
import { clearEdits } from '../state/edits/actions.ts';
import { EXAMPLES, type Example } from '../state/examples.ts';
import { number, signed } from '../ui/format.ts';
import { answerWith, isCut, sinkHead, sources, whichToken } from './attentionRead.ts';
import { isPinned, questionInWords, strongestHead } from './read.ts';
import type { Lesson } from './types.ts';

const openAttention = () => setView({ open: 'attention' });

export const attentionLesson: Lesson = {
  id: 'attention',
  title: 'Reading attention',
  about: 'Where a head looks, what it brings along from there, and how to test it.',
  minutes: 9,
  needsKernels: true,
  example: EXAMPLES[0] as Example,
  steps: [
    {
      kind: 'act',
      id: 'sink',
      title: 'Heads with nothing to do',
      at: 'attention',
      says: [
        'Each [[head]] spreads an attention of 1 over the tokens so far: in each picture queries go down and keys to the right. A picture that is only a left edge is of a head that looks at [[position 0]], whatever it reads.',
      ],
      task: 'In the list “The head that looks there most”, click the head of Original at “position 0”.',
      enter: async () => {
        void clearSelection();
        await openAttention();
      },
      done: (state) => isPinned(state, sinkHead(state)),
      found: (state) =>
        `It pays ${number(100 * (sinkHead(state)?.value ?? Number.NaN), 0)} % of its attention to position 0 on average. That is an [[attention sink]]: a place to look when there is nothing to bring.`,
    },
    {
      kind: 'act',
      id: 'strongest',
      title: 'A head that matters here',
      at: 'attribution',
      says: [
        (state) =>
          `Much attention is not much effect. Which head matters for ${questionInWords(state)} is said by the maps of the panel “Why”.`,
      ],
      task: 'In the panel “Why”, click the head with the strongest colour in the map of Original.',
      done: (state) => isPinned(state, strongestHead(state)),
      found: (state) => {
        const head = strongestHead(state);
        return head
          ? `${head.label} is worth ${signed(head.value, 2)} logits. Its pattern is now open in the attention panel.`
          : '';
      },
    },
    {
      kind: 'act',
      id: 'weighted',
      title: 'Attention times what is brought',
      at: 'attention',
      show: 'h3',
      says: [
        'A pattern says where a head looks, not what it takes from there. Two things more count: how long the value is, and whether it points towards the answer. “× logit share” counts both: each cell is in logits.',
      ],
      task: 'Below the small pictures, where the head is shown in full, choose “× logit share”.',
      enter: async () => {
        void openAttention();
        await setAttention({ weighting: 'pattern' });
      },
      done: (state) => state.closer.attention.weighting === 'dla' && sources(state).length > 0,
      found: (state) => {
        const row = sources(state);
        const sum = row.reduce((total, { share }) => total + share, 0);
        const first = row[0];
        return `The framed row adds up to ${signed(sum, 2)}, the head’s whole share. To position 0 it pays ${number(100 * (first?.attention ?? Number.NaN), 0)} % of its attention, and brings ${signed(first?.share ?? Number.NaN, 2)} from there.`;
      },
    },
    {
      kind: 'ask',
      id: 'which',
      title: 'From where',
      at: 'attention',
      show: 'h3',
      says: ['The framed row is the position that is asked: what is predicted after the last token.'],
      question: whichToken,
      waiting: 'It needs the strongest head pinned and “× logit share” chosen.',
    },
    {
      kind: 'act',
      id: 'cut',
      title: 'Cut it',
      at: 'attention',
      show: 'h3',
      says: [
        'A share is a claim. Test it: forbid the head to look there. The rest of its attention grows to 1 again, and the whole model runs anew.',
      ],
      task: 'Click the cell of that token in the framed row, the last, and press “cut” above the maps. With the keyboard: walk to the cell and press X.',
      enter: async () => {
        void clearEdits();
        await setPosition(null);
      },
      done: isCut,
      found: () =>
        'The page now shows the edited models: the answer stands above the panels. “base” and “edited” beside the edits compare the two.',
    },
    {
      kind: 'ask',
      id: 'effect',
      title: 'What it was worth',
      at: 'question',
      says: [
        'What the share promised, and what cutting did, need not be the same: the freed attention goes elsewhere, and other parts may stand in.',
      ],
      question: (state) => {
        const [before, after] = [answerWith(state, 'dla:head'), answerWith(state, 'edited:dla:head')];
        if (before === undefined || after === undefined || !isCut(state)) return null;
        return {
          kind: 'number',
          asks: `By how many logits did cutting change the answer of Original (after − before)?`,
          right: after - before,
          tolerance: 0.02,
          unit: 'logits',
          hint: 'The answer of Original stands above the panels, edited and as it was. Take the one before from the one after: a loss is below 0.',
          because: `From ${signed(before, 2)} to ${signed(after, 2)}: ${signed(after - before, 2)} logits. The pattern gave the idea, the share a number, and only cutting was a test.`,
        };
      },
      waiting: 'It needs the cut of the step before, switched on.',
    },
  ],
  after:
    'Cut other cells and see how little most of them change, or repeat a sentence in the prompt and look for induction heads.',
};
