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
    title: 'Tom and Ben: whose turn',
    text: 'Tom and Ben went to the park. Tom gave the ball to',
    target: ' Ben',
    contrast: ' Tom',
    note: 'The classic indirect-object question. The demo models do NOT solve it: they are too small.',
  },
  {
    id: 'lily',
    title: 'One token explained on its own',
    text: 'Once upon a time, there was a little girl named',
    target: ' Lily',
    contrast: null,
    note: 'No contrast: the logit is measured against the mean of the whole vocabulary.',
  },
];
