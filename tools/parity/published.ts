/** Values that others published for OpenAI's GPT-2, as data: what a real checkpoint must reproduce (SCIENCE §10, claims 15–21). */

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

export const HELLO = { claim: 16, text: 'Hello world!', loss: { value: 5.331855773925781, tolerance: 1e-4 } };

/** BOS in front; probabilities in per cent, logits centred over the vocabulary. */
export const BOTTLE = {
  claim: 17,
  text: 'After John and Mary went to the store, John gave a bottle of milk to',
  top: [
    { token: ' Mary', logit: 18.09, percent: 70.07 },
    { token: ' the', logit: 15.38, percent: 4.67 },
    { token: ' John', logit: 15.35, percent: 4.54 },
    { token: ' them', logit: 15.25, percent: 4.11 },
    { token: ' his', logit: 14.84, percent: 2.73 },
  ],
} as const;

/** Eight indirect-object prompts in pairs that differ in the second subject only; BOS in front (claims 18 and 19). */
export const IOI = [
  ['When John and Mary went to the shops, John gave the bag to', ' Mary', ' John', 3.337, 19.57],
  ['When John and Mary went to the shops, Mary gave the bag to', ' John', ' Mary', 3.202, 18.35],
  ['When Tom and James went to the park, James gave the ball to', ' Tom', ' James', 2.709, 18.29],
  ['When Tom and James went to the park, Tom gave the ball to', ' James', ' Tom', 3.797, 18.68],
  ['When Dan and Sid went to the shops, Sid gave an apple to', ' Dan', ' Sid', 1.72, 17.49],
  ['When Dan and Sid went to the shops, Dan gave an apple to', ' Sid', ' Dan', 5.281, 18.87],
  ['After Martin and Amy went to the park, Amy gave a drink to', ' Martin', ' Amy', 2.601, 16.42],
  ['After Martin and Amy went to the park, Martin gave a drink to', ' Amy', ' Martin', 5.767, 18.68],
] as const;
export const IOI_MEAN = 3.552;

/** On the first of these prompts, ' Mary' − ' John', value biases folded, final scale frozen. */
export const HEADS = {
  claim: 20,
  terms: {
    L9H9: 1.9583,
    L9H6: 1.6281,
    L10H7: -1.4267,
    L11H1: -0.9117,
    L11H10: -0.9042,
    L10H0: 0.637,
    L10H10: 0.4524,
    L8H10: 0.4264,
  },
} as const;

/** On the same prompt, single targets centred over the vocabulary. */
export const NEURONS = [
  [' Mary', 'L11N611', 0.3188],
  [' John', 'L11N621', -0.4359],
  [' the', 'L10N2214', 0.4369],
] as const;

/** GPT-2 XL, BOS in front. */
export const XL = {
  claim: 21,
  eiffel: 'The Eiffel Tower is located in the city of',
  colosseum: 'The Colosseum is located in the city of',
  paris: { percent: 95.8, logit: 20.73, difference: 10.6345 },
  second: { token: ' E', percent: 1.39 },
  rome: -8.9884,
} as const;
