/** Values that others published for OpenAI's GPT-2, as data: what a real checkpoint must reproduce (SCIENCE §10, claims 15–21). */

import { HEAD_TERMS, HELLO_LOSS, MILK_ANSWERS, XL_PLACES } from '../../src/claims/publishedNumbers.ts';

/** One published number and how closely it must be met: its own rounding plus that of f32. */
export interface Published {
  readonly value: number;
  readonly tolerance: number;
}

export const GREEDY = [
  {
    claim: 15,
    what: 'greedy from ids [464, 3290]',
    tokens: [464, 3290],
    text: null,
    expected: ' was found in a field near the intersection of West and West Streets.\n\nThe dog',
  },
  {
    claim: 15,
    what: 'greedy from “The flying machine”',
    tokens: null,
    text: 'The flying machine',
    expected: ' is a small, lightweight, and lightweight aircraft that can be used for any type of',
  },
] as const;

export const HELLO = { claim: 16, text: 'Hello world!', loss: { value: HELLO_LOSS, tolerance: 1e-4 } };

/** BOS in front; probabilities in per cent, logits centred over the vocabulary. */
export const BOTTLE = {
  claim: 17,
  text: 'After John and Mary went to the store, John gave a bottle of milk to',
  top: MILK_ANSWERS,
} as const;

/** Eight indirect-object prompts in pairs that differ in the second subject only; BOS in front (claims 18 and 19). */
export const IOI = [
  ['When John and Mary went to the shops, John gave the bag to', ' Mary', ' John'],
  ['When John and Mary went to the shops, Mary gave the bag to', ' John', ' Mary'],
  ['When Tom and James went to the park, James gave the ball to', ' Tom', ' James'],
  ['When Tom and James went to the park, Tom gave the ball to', ' James', ' Tom'],
  ['When Dan and Sid went to the shops, Sid gave an apple to', ' Dan', ' Sid'],
  ['When Dan and Sid went to the shops, Dan gave an apple to', ' Sid', ' Dan'],
  ['After Martin and Amy went to the park, Amy gave a drink to', ' Martin', ' Amy'],
  ['After Martin and Amy went to the park, Martin gave a drink to', ' Amy', ' Martin'],
] as const;

/** On the first of these prompts, ' Mary' − ' John', value biases folded, final scale frozen. */
export const HEADS = { claim: 20, terms: HEAD_TERMS } as const;

/** On the same prompt, single targets centred over the vocabulary. */
export const NEURONS = [
  [' Mary', 'L11N611', 0.3188],
  [' John', 'L11N621', -0.4359],
  [' the', 'L10N2214', 0.4369],
] as const;

/** GPT-2 XL, BOS in front. */
export const XL = {
  claim: 21,
  aboutEiffel: 'The Eiffel Tower is located in the city of',
  aboutColosseum: 'The Colosseum is located in the city of',
  ...XL_PLACES,
} as const;
