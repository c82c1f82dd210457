/** Prompts with a question worth asking of the demo models, each as a whole: prompt, target and contrast. */

export interface Example {
  id: string;
  title: string;
  text: string;
  target: string;
  contrast: string | null;
  /** What to expect, said before the person wonders. */
  note: string;
}

export const EXAMPLES: readonly Example[] = [
  {
    id: 'girl',
    title: 'A little girl: she or he',
    text: 'Once upon a time, there was a little girl who liked to play. One day,',
    target: ' she',
    contrast: ' he',
    note: 'All three models solve it. Which part carries “girl” forward to the pronoun?',
  },
  {
    id: 'boy',
    title: 'A little boy: he or she',
    text: 'Once upon a time, there was a little boy who liked to play. One day,',
    target: ' he',
    contrast: ' she',
    note: 'One word changed from the first example; the answer turns over.',
  },
  {
    id: 'ball',
    title: 'A red ball: ball or car',
    text: 'Sam saw a big red ball. He wanted the',
    target: ' ball',
    contrast: ' car',
    note: 'Naming again what was seen. All three models solve it.',
  },
  {
    id: 'car',
    title: 'A red car: car or ball',
    text: 'Sam saw a big red car. He wanted the',
    target: ' car',
    contrast: ' ball',
    note: 'The counterpart of the red ball.',
  },
  {
    id: 'story',
    title: 'A story: was or went',
    text: 'Once upon a time, there was a little girl named Lily. She had a red ball. One day, she',
    target: ' was',
    contrast: ' went',
    note: 'Both continuations are plausible, so the difference is small and many parts pull either way.',
  },
  {
    id: 'give',
    title: 'Tom and Ben: who is given the ball',
    text: 'Tom and Ben went to the park. Tom gave the ball to',
    target: ' Ben',
    contrast: ' Tom',
    note: 'The indirect-object question. The original favours Tom, who gives; both fine-tuned models favour Ben. Other names can turn it over: these models are small.',
  },
  {
    id: 'library',
    title: 'David and Frank: where the models part',
    text: 'When David and Frank went to the library, Frank gave the apple to',
    target: ' David',
    contrast: ' Frank',
    note: 'The original says Frank, who gives, and is fairly sure; both fine-tuned models say David. Which heads changed?',
  },
  {
    id: 'copy',
    title: 'Said before: a red car',
    text: 'Kate had a red car. Jeff had a new drink. Kevin had a little key. Kate had a red',
    target: ' car',
    contrast: ' key',
    note: 'What followed the same words earlier comes again. Heads of the last layer look back at it: see Attention.',
  },
  {
    id: 'quote',
    title: 'A quote that must close',
    text: 'Tim saw Lily in the park. He asked, "Do you want to play with me',
    target: '?"',
    contrast: '?',
    note: 'The question ends and so do the words that are said: one token closes both. Which part remembers that a quote is open?',
  },
  {
    id: 'one',
    title: 'One token explained on its own',
    text: 'Once upon a time, there was a little',
    target: ' girl',
    contrast: null,
    note: 'No contrast: the logit is measured against the mean of the whole vocabulary.',
  },
];
