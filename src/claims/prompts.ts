/** The prompts of published numbers, as ids of GPT-2's tokenizer, so that no tokenizer of a pair can change them. */

export const BOS = 50256;

export const IDS = { Mary: 5335, John: 1757, the: 262, Paris: 6342, Rome: 10598 } as const;

/** “The dog”, without BOS, and how GPT-2 small goes on greedily (a test of Hugging Face transformers). */
export const THE_DOG = {
  ids: [464, 3290],
  goesOn: [373, 1043, 287, 257, 2214, 1474, 262, 16246, 286, 2688, 290, 2688, 27262, 13, 198, 198, 464, 3290],
};

/** “The flying machine”, likewise. */
export const FLYING_MACHINE = {
  ids: [464, 7348, 4572],
  goesOn: [318, 257, 1402, 11, 18700, 11, 290, 18700, 6215, 326, 460, 307, 973, 329, 597, 2099, 286],
};

/** BOS + “Hello world!” */
export const HELLO = [BOS, 15496, 995, 0];

/** BOS + “After John and Mary went to the store, John gave a bottle of milk to” */
export const MILK = [
  BOS,
  3260,
  1757,
  290,
  5335,
  1816,
  284,
  262,
  3650,
  11,
  1757,
  2921,
  257,
  9294,
  286,
  7545,
  284,
];

/** BOS + “The Eiffel Tower is located in the city of”, and the same of the Colosseum. */
export const EIFFEL = [BOS, 464, 412, 733, 417, 8765, 318, 5140, 287, 262, 1748, 286];
export const COLOSSEUM = [BOS, 464, 1623, 418, 325, 388, 318, 5140, 287, 262, 1748, 286];

export interface IoiPrompt {
  text: string;
  tokens: readonly number[];
  /** The name that belongs there, and the one that was said twice. */
  answer: number;
  subject: number;
}

/** TransformerLens's eight prompts, BOS included, in its order: of each template, first one name is the answer, then the other. */
export const IOI: readonly IoiPrompt[] = [
  ioi('When John and Mary went to the shops, … gave the bag to', [2215, 1757, 5335, 12437, 262, 6131], 5335),
  ioi('When Tom and James went to the park, … gave the ball to', [2215, 4186, 3700, 3952, 262, 2613], 4186),
  ioi('When Dan and Sid went to the shops, … gave an apple to', [2215, 6035, 15686, 12437, 281, 17180], 6035),
  ioi('After Martin and Amy went to the park, … gave a drink to', [3260, 5780, 14235, 3952, 257, 4144], 5780),
].flat();

/** Both prompts of a template, told by the words that templates differ in; `first` is the name that the first one asks for. */
function ioi(
  text: string,
  [opening, one, other, place, article, thing]: readonly [number, number, number, number, number, number],
  first: number,
): IoiPrompt[] {
  const before = [BOS, opening, one, 290, other, 1816, 284, 262, place, 11]; // … and … went to the … ,
  const after = [2921, article, thing, 284]; // gave … … to
  const prompt = (answer: number, subject: number) => ({
    text,
    tokens: [...before, subject, ...after],
    answer,
    subject,
  });
  const second = first === one ? other : one;
  return [prompt(first, second), prompt(second, first)];
}
