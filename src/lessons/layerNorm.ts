/** Lesson 2: attribution freezes σ, the truth lets it move to σ′; the learner moves both by hand and then freezes the norm for good. */

import { clearSelection, setView } from '../state/actions.ts';
import { clearEdits, openEditForm } from '../state/edits/actions.ts';
import { EXAMPLES, type Example } from '../state/examples.ts';
import { magnitude, number, signed } from '../ui/format.ts';
import { frozenAt, identity, pinnedLabel, sum } from './layerNormRead.ts';
import { dlaOf, effectOf, furthestHead, isPinned, WITH, WITHOUT } from './read.ts';
import type { Lesson } from './types.ts';

const openExactness = () => setView({ open: 'exactness' });

export const layerNormLesson: Lesson = {
  id: 'layernorm',
  title: 'Why LayerNorm bends attribution',
  about: 'Taking a part away moves the scale that all others are divided by, and no share knows of that.',
  minutes: 10,
  needsKernels: true,
  example: EXAMPLES[0] as Example,
  steps: [
    {
      kind: 'act',
      id: 'furthest',
      title: 'Said, and true',
      at: 'exactness',
      says: [
        'With LayerNorm the shares are divided by [[σ]], the [[final scale]] of this very run. But σ is made of the parts themselves. Take one out, and the norm finds another scale, [[σ′]].',
        'This panel does take every head out and measures what goes: its [[direct effect]]. The map shows direct effect − attribution: where it is coloured, the share was not the truth.',
      ],
      task: 'In the map of Original, “direct effect − attribution”, click the head with the strongest colour.',
      enter: async () => {
        void clearSelection();
        await openExactness();
      },
      done: (state) => isPinned(state, furthestHead(state)),
      found: (state) => {
        const head = furthestHead(state);
        return head
          ? `The attribution of ${head.label} says ${signed(head.dla, 3)}; taken out, what really goes is ${signed(head.directEffect, 3)}. They differ by ${signed(head.difference, 3)}.`
          : '';
      },
    },
    {
      kind: 'act',
      id: 'by-hand',
      title: 'σ and σ′ by hand',
      at: 'exactness',
      show: 'table caption b',
      says: [
        'The difference has a formula without anything hidden: L₋c·(σ′/σ − 1). L₋c is the answer without the part. Everything in it stands in the table “why they differ”.',
        'Here are its two scales to be moved. What the rest wrote stays as it is; L₋c is that, divided by σ′, and so it follows.',
      ],
      task: 'Change σ or σ′ until the difference is 0.',
      dials: {
        names: ['σ', 'σ′'],
        start: (state) => {
          const terms = identity(state);
          return terms && [terms.scale, terms.scaleWithout].map((value) => Number(value.toFixed(4)));
        },
        reads: (state, [scale = Number.NaN, scaleWithout = Number.NaN]) => {
          const terms = identity(state);
          if (!terms) return 'Pin a head, so that there is something to reckon with.';
          if (!(scale > 0 && scaleWithout > 0)) return 'A scale is a number above 0.';
          const without = terms.rest / scaleWithout;
          const difference = without * (scaleWithout / scale - 1);
          return `L₋c·(σ′/σ − 1) = ${signed(without, 3)} · (${number(scaleWithout, 3)} / ${number(scale, 3)} − 1) = ${signed(difference, 3)}`;
        },
      },
      done: (state, [scale = Number.NaN, scaleWithout = Number.NaN]) =>
        identity(state) !== null && scale > 0 && Math.abs(scaleWithout / scale - 1) < 5e-4,
      found: () =>
        'With σ′ = σ nothing is left: attribution is exact where the scale does not move. LayerNorm bends it by moving, and by nothing else.',
    },
    {
      kind: 'ask',
      id: 'doubled',
      title: 'If the scale doubled',
      at: 'exactness',
      show: 'table caption b',
      says: [
        'Now the other way. What the rest wrote before any scale is L₋c·σ′, both from the column of Original in the table.',
      ],
      question: (state) => {
        const terms = identity(state);
        if (!terms) return null;
        const { label, scale, rest } = terms;
        const right = rest / (2 * scale);
        return {
          kind: 'number',
          asks: `Suppose that taking ${label} out doubled the scale of Original: σ′ = 2σ. By how much would direct effect and attribution differ?`,
          right,
          tolerance: Math.max(0.02, 0.005 * Math.abs(right)),
          unit: 'logits',
          hint: 'The new L₋c is what the rest wrote, L₋c·σ′ of the table, divided by 2σ. The bracket (σ′/σ − 1) is then 2 − 1. Or go back a step and set σ′ to 2σ.',
          because: `The rest of the answer is worth ${signed(rest / scale, 3)} at σ and half of that at 2σ: ${signed(right, 3)} are lost to the scale, and no share of ${label} tells.`,
        };
      },
      waiting: 'Pin a head in the map of this panel.',
    },
    {
      kind: 'act',
      id: 'freeze',
      title: 'Hold the scale',
      at: 'edits',
      says: [
        'Removing LayerNorm starts with this: divide by one fixed number, whatever the residual is. You can do that to the final norm of Original. Each share is then divided by your number.',
      ],
      task: 'In the form for edits choose “freeze a norm’s σ”, then “final norm”, type a number such as 3 for its scale, and press Add.',
      enter: async () => {
        openEditForm(true);
        void setView({ open: null });
        await clearEdits();
      },
      done: (state) =>
        frozenAt(state) !== null &&
        dlaOf(state, 'edited:dla:head', WITH) !== null &&
        dlaOf(state, 'dla:head', WITH) !== null,
      found: (state) =>
        `Original now divides by ${number(frozenAt(state) ?? Number.NaN, 2)} everywhere: its answer went from ${signed(sum(state, 'dla:head'), 2)} to ${signed(sum(state, 'edited:dla:head'), 2)}, and every share with it in the same ratio. LN-free has no scale to freeze.`,
    },
    {
      kind: 'ask',
      id: 'frozen',
      title: 'What goes now',
      at: 'attribution',
      says: [
        'The maps of the panel “Why” are of the edited models. Point at a head to read its numbers, or open “Heads as a table”.',
      ],
      question: (state) => {
        const label = pinnedLabel(state);
        const at = frozenAt(state);
        const head = dlaOf(state, 'edited:dla:head', WITH)?.terms.find((term) => term.label === label);
        if (!head || at === null) return null;
        return {
          kind: 'number',
          asks: `With the scale of Original held at ${number(at, 2)}: how much would its answer lose if ${head.label} were taken out of the final residual?`,
          right: head.value,
          tolerance: 0.01,
          unit: 'logits',
          hint: `The scale does not move any more, so σ′ = σ. Then direct effect and attribution are one number: the share of ${head.label} in the edited Original.`,
          because: `${signed(head.value, 3)}: its share, and this time that is the truth. With a scale that stays, (σ′/σ − 1) is 0.`,
        };
      },
      waiting: 'It needs the pinned head and the edit of the step before, switched on.',
    },
    {
      kind: 'ask',
      id: 'lnfree',
      title: 'The model that was trained so',
      at: 'exactness',
      show: 'table caption b',
      says: [
        'Your edit is gone again. The [[LN-free]] model learned to do without any scale. Look at the same head in the column of LN-free.',
      ],
      enter: async () => {
        openEditForm(false);
        void clearEdits();
        await openExactness();
      },
      question: (state) => {
        const label = pinnedLabel(state);
        const term = label === null ? null : effectOf(state, WITHOUT, label);
        if (!term || frozenAt(state) !== null) return null;
        return {
          kind: 'number',
          asks: `In LN-free, by how much do the direct effect and the attribution of ${term.label} differ, to three digits after the point?`,
          right: term.difference,
          tolerance: 6e-4,
          unit: 'logits',
          hint: 'Read the row “difference, measured” under LN-free in the table “why they differ”.',
          because: `${number(term.difference, 3)}: what is left, ${magnitude(term.difference)}, is rounding. σ is 1 with the part and without it. Here attribution is not an approximation.`,
        };
      },
      waiting: 'Pin a head in the map of this panel, without edits on.',
    },
  ],
  after:
    'Ask “All positions” at the foot of the panel for the error over the whole prompt, or open “LayerNorm itself” to see what every norm divides by.',
};
