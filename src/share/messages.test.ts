/** Messages of a framing page: what is understood, what is refused with a reason, and what is nobody's business here. */

import { expect, test } from 'vitest';
import { readMessage } from './messages.ts';

test.each([
  [{ type: 'normless:set-prompt', text: 'The <b>dog</b>' }],
  [{ type: 'normless:set-prompt', text: '', prependBos: false }],
  [{ type: 'normless:set-selection', position: 3, place: { layer: 2, head: 1 }, neuron: null }],
  [{ type: 'normless:set-selection', position: null, place: null }],
  [{ type: 'normless:set-theme', theme: 'dark' }],
  [{ type: 'normless:get-state' }],
])('understood: %o', (message) => {
  expect(readMessage(message)).toEqual({ message, fault: null });
});

test.each([
  [{ type: 'normless:set-prompt' }, /text/],
  [{ type: 'normless:set-prompt', text: 7 }, /text/],
  [{ type: 'normless:set-prompt', text: 'x'.repeat(100_001) }, /text/],
  [{ type: 'normless:set-prompt', text: 'a', pair: 'gpt2-xl' }, /pair/],
  [{ type: 'normless:set-selection', position: -1 }, /position/],
  [{ type: 'normless:set-selection', position: Number.NaN }, /position/],
  [{ type: 'normless:set-selection', place: { layer: 1.5 } }, /place\.layer/],
  [{ type: 'normless:set-selection', place: { term: { toString: 'alert(1)' } } }, /place\.term/],
  [{ type: 'normless:set-theme', theme: 'url(javascript:alert(1))' }, /theme/],
  [{ type: 'normless:load', pair: 'gpt2-xl' }, /type/],
])('refused: %o', (message, says) => {
  expect(readMessage(message)).toMatchObject({ message: null, fault: expect.stringMatching(says) });
});

test.each([[null], ['normless:get-state'], [7], [{}], [{ type: 'webpackOk' }], [{ type: { evil: true } }]])(
  'not ours: %o',
  (data) => {
    expect(readMessage(data)).toBeNull();
  },
);
