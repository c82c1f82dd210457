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
  command('Example', 'A red ball: ball or car', 'Sam saw a big red ball'),
  command('Example', 'A red car: car or ball', 'Sam saw a big red car'),
  command('Models', 'Load models…'),
  command('Page', 'Light theme'),
];

test.each([
  ['', COMMANDS.map(({ title }) => title)],
  ['models', ['Load models…', 'On a text']],
  ['THEME  light', ['Light theme']],
  ['red car', ['A red car: car or ball', 'A red ball: ball or car']],
  ['li', ['Light theme']],
  ['closer know', ['Logit lens']],
  ['ball lens', []],
])('“%s” finds, the nearest title first: %j', (typed, titles) => {
  expect(matching(COMMANDS, typed).map(({ title }) => title)).toEqual(titles);
});
