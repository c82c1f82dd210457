/** Lesson 5: activations carried from one prompt into another say what a place holds; gradients say it faster, and sometimes wrong. */

import { setView } from '../state/actions.ts';
import { INITIAL_PATCHING } from '../state/closer/patching.ts';
import { patchPatching } from '../state/closer/patchingPrompts.ts';
import { setGranularity, setSite, sweepOf } from '../state/closer/patchingRuns.ts';
import { EXAMPLES, type Example } from '../state/examples.ts';
import { getState } from '../state/store.ts';
import { number, signed } from '../ui/format.ts';
import { glyphs } from '../ui/glyphs.ts';
import { arrival, bestHead, estimated, isChosen, isStream, share, stream } from './patchingRead.ts';
import { largestBy, WITH, WITHOUT } from './read.ts';
import type { Lesson } from './types.ts';

const PROMPTS = 'textarea';
const SITE = 'select[aria-label="What is patched"]';
const SHORTCUT = 'section[aria-label="Is the shortcut any good?"]';

/** A pair of prompts one word apart, with what is patched back at its start. */
function setPrompts(): void {
  const { target, contrast, wordsOf } = INITIAL_PATCHING;
  patchPatching({
    ...{ target, contrast, wordsOf },
    clean: 'There was a girl in the park. One day,',
    corrupted: 'There was a boy in the park. One day,',
    direction: 'denoising',
    normalise: true,
    over: 'these',
    cell: null,
    layer: null,
  });
}

function patchStream(): void {
  setSite('resid_post');
  setGranularity('position');
}

export const patchingLesson: Lesson = {
  id: 'patching',
  title: 'Patching, and why gradients mislead',
  about:
    'Carry activations from one prompt into another to see what they hold, and hold the shortcut against it.',
  minutes: 12,
  needsKernels: true,
  example: EXAMPLES[0] as Example,
  begin: setPrompts,
  steps: [
    {
      kind: 'act',
      id: 'measure',
      title: 'Two prompts, one word apart',
      at: 'patching',
      show: PROMPTS,
      says: [
        'The [[clean and the corrupted prompt|patching]] differ in one word, and so do the answers. [[Patching|patching]] runs the corrupted prompt with one activation taken from the clean run, and asks how much of the clean answer comes back: 0 % nothing, 100 % all.',
        'Here it is done for the [[residual stream]] after every layer, at every position: a run each.',
      ],
      task: 'Press “Patch every part of …”.',
      enter: async () => {
        patchStream();
        await setView({ open: 'patching' });
      },
      done: (state) => stream(state) !== null,
      found: (state) => {
        const first = largestBy(
          (stream(state) ?? []).filter(({ layer }) => layer === 0),
          ({ value }) => value,
        );
        const pieces = sweepOf(state)?.pieces ?? [];
        return first
          ? `After layer 0 position ${first.second}, “${glyphs(pieces[first.second] ?? '')}”, brings back ${share(first.value)}: there the difference is, and nowhere else.`
          : '';
      },
    },
    {
      kind: 'act',
      id: 'arrival',
      title: 'Where it arrives',
      at: 'patching',
      show: '[role="grid"]',
      says: [
        'The answer is read at the last position. Somewhere on the way what the word said must have been carried there. Find the layer.',
      ],
      task: 'In the map of Original click the first layer, from above, whose last position brings back half or more.',
      enter: () => {
        if (!isStream(getState().closer.patching.site)) patchStream();
        patchPatching({ cell: null });
      },
      done: (state) => isChosen(state, arrival(state), 'position'),
      found: (state) => {
        const at = arrival(state);
        return at
          ? `After layer ${at.layer} the last position holds ${share(at.value)} of it; one layer earlier it did not. So something within layer ${at.layer} carried it there: only attention can move between positions.`
          : '';
      },
    },
    {
      kind: 'act',
      id: 'head',
      title: 'Which head carries it',
      at: 'patching',
      show: SITE,
      says: ['Patch what single [[heads|head]] read out, z, in place of the whole stream.'],
      task: 'Beside “patch” choose “heads (z)”, press “Patch every part of …” again, and click the head of Original that brings back most.',
      enter: () => patchPatching({ cell: null }),
      done: (state) => isChosen(state, bestHead(state), 'head'),
      found: (state) => {
        const best = bestHead(state);
        return best ? `L${best.layer}H${best.second} alone brings back ${share(best.value)}.` : '';
      },
    },
    {
      kind: 'act',
      id: 'shortcut',
      title: 'A shortcut by gradients',
      at: 'patching',
      show: SHORTCUT,
      says: [
        'A run for every cell is dear. [[Attribution patching]] estimates all cells at once: the [[gradient]] of the answer times the change of the activation. For small changes, such as one head’s, that should do.',
      ],
      task: 'Further down press “Compare estimate and measurement”.',
      done: (state) => estimated(state, WITH, (site) => site === 'z') !== null,
      found: (state) => {
        const own = estimated(state, WITH, (site) => site === 'z');
        const worst = largestBy(own?.pairs ?? [], ({ value, truth }) => Math.abs(value - truth));
        return worst && own
          ? `For heads it is good: correlation ${number(own.agreement.correlation ?? Number.NaN, 3)}, and at its worst it says ${share(worst.value)} in place of ${share(worst.truth)}.`
          : '';
      },
    },
    {
      kind: 'act',
      id: 'misled',
      title: 'A large step',
      at: 'patching',
      show: SITE,
      says: [
        'A gradient is a slope at one point. Replacing the whole stream at a position is a long way from that point, and softmax, GELU and LayerNorm bend the road.',
      ],
      task: 'Beside “patch” choose “residual after a layer”, and press “Compare estimate and measurement” again.',
      done: (state) => estimated(state, WITH, (site) => site === 'resid_post') !== null,
      found: (state) => {
        const own = estimated(state, WITH, isStream);
        const worst = largestBy(own?.pairs ?? [], ({ value, truth }) => Math.abs(value - truth));
        return worst
          ? `Now it is misled: after layer ${worst.layer} at position ${worst.second} it says ${share(worst.value)} where patching brings back ${share(worst.truth)}, off by ${signed(100 * (worst.value - worst.truth), 0)} points.`
          : '';
      },
    },
    {
      kind: 'ask',
      id: 'straight',
      title: 'Where the road is straight',
      at: 'patching',
      show: SHORTCUT,
      says: [
        'The error of the estimate is given by layer, for each model. One model has a layer after which there is no softmax, no GELU and no norm before the logits: only sums.',
      ],
      question: (state) => {
        const own = estimated(state, WITHOUT, (site) => site === 'resid_post');
        if (!own) return null;
        const errors = own.layers.map((layer, i) => ({
          layer,
          error: own.agreement.meanAbsError[i] ?? Number.NaN,
        }));
        const exact = largestBy(errors, ({ error }) => -error);
        if (!exact) return null;
        const worst = largestBy(errors, ({ error }) => error);
        return {
          kind: 'choice',
          asks: 'After which layer of LN-free is the estimate exact?',
          options: own.layers.map((layer) => ({ value: String(layer), label: `layer ${layer}` })),
          right: String(exact.layer),
          hint: 'Look at the plot of the error by layer, along the line of LN-free: at one layer it is 0. What lies between that layer and the logits?',
          because: `After layer ${exact.layer} its mean error is ${number(exact.error, 4)}; after layer ${worst?.layer} it is ${number(worst?.error ?? Number.NaN, 4)}. From the last layer on LN-free is linear, and there a slope is the whole truth. Before it removing LayerNorm does not make it straight: softmax and GELU still bend.`,
        };
      },
      waiting: 'It needs the comparison of the step before.',
    },
  ],
  after:
    'Swap the prompts, type your own, or keep a cell as an edit of the page and look at it in every panel.',
};
