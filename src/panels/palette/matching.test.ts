/** Finding commands by what is typed. */

import { expect, test } from 'vitest';
import { type Command, matching } from './matching.ts';

const command = (group: string, title: string, about?: string): Command => ({
  ...{ id: title, group, title },
  ...(about && { about }),
  run: () => undefined,
});

const COMMANDS = [
  command('Look closer', 'Logit lens', 'When does it know?'),
  command('Look closer', 'On a text', 'Where do the models part?'),
  command('Example', 'A red ball', 'Sam saw a big red ball'),
  command('Models', 'Load models…'),
  command('Page', 'Light theme'),
];

test.each([
  ['', ['Logit lens', 'On a text', 'A red ball', 'Load models…', 'Light theme']],
  ['models', ['Load models…', 'On a text']],
  ['THEME  light', ['Light theme']],
  ['l', ['Logit lens', 'Load models…', 'Light theme', 'On a text', 'A red ball']],
  ['closer know', ['Logit lens']],
  ['ball lens', []],
])('“%s” finds, titles first, in the order given: %j', (typed, titles) => {
  expect(matching(COMMANDS, typed).map(({ title }) => title)).toEqual(titles);
});
