/** What TransformerLens's demos and tests say of OpenAI's GPT-2: claims and `npm run parity` hold models against it. */

/** Mean loss of “Hello world!” after BOS, in nats. */
export const HELLO_LOSS = 5.331855773925781;

/** What GPT-2 small puts after the prompt MILK: ids, probabilities in per cent, logits centred over the vocabulary. */
export const MILK_ANSWERS = [
  { token: ' Mary', id: 5335, percent: 70.07, logit: 18.09 },
  { token: ' the', id: 262, percent: 4.67, logit: 15.38 },
  { token: ' John', id: 1757, percent: 4.54, logit: 15.35 },
  { token: ' them', id: 606, percent: 4.11, logit: 15.25 },
  { token: ' his', id: 465, percent: 2.73, logit: 14.84 },
] as const;

/** Of the eight IOI prompts, in their order: logit of the answer less that of the subject, and the final σ, at the last position. */
export const IOI_DIFFERENCES = [3.337, 3.202, 2.709, 3.797, 1.72, 5.281, 2.601, 5.767] as const;
export const IOI_MEAN = 3.552;
export const IOI_SIGMAS = [19.57, 18.35, 18.29, 18.68, 17.49, 18.87, 16.42, 18.68] as const;

/** With z of L9H9 set to zero at the last position: the mean difference, and by what factor σ falls on average. */
export const WITHOUT_L9H9 = { mean: 2.92, scaleRatio: 1.042 } as const;

/** Attributions of the first of them: final σ frozen, value biases folded. */
export const HEAD_TERMS = {
  L9H9: 1.9583,
  L9H6: 1.6281,
  L10H7: -1.4267,
  L11H1: -0.9117,
  L11H10: -0.9042,
  L10H0: 0.637,
  L10H10: 0.4524,
  L8H10: 0.4264,
} as const;

/** GPT-2 XL on where the Eiffel Tower and the Colosseum are; differences are Paris − Rome. */
export const XL_PLACES = {
  paris: { percent: 95.8, logit: 20.73 },
  second: { token: ' E', percent: 1.39 },
  eiffel: 10.6345,
  colosseum: -8.9884,
} as const;
