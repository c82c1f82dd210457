/** Going to the panel that looks closer: at once, and without pulling anybody back who has gone on. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { later } from '../../state/fakeNormless.suite.ts';
import { goToOpenPanel } from './places.ts';

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

beforeEach(() => {
  document.body.innerHTML = `
    <div style="height: 3000px"></div>
    <button aria-controls="closer-panel" aria-expanded="true">a tab</button>
    <div id="closer-panel"></div>
    <textarea></textarea>`;
});
afterEach(() => {
  document.body.innerHTML = '';
});

const part = (selector: string) => document.querySelector<HTMLElement>(selector) as HTMLElement;
const top = () => Math.round(part('button').getBoundingClientRect().top);

test('its button has the focus before the panel is answered, and stands on top once the panel has its room', async () => {
  const answer = later();
  goToOpenPanel(answer.promise);
  await nextFrame();
  expect(document.activeElement).toBe(part('button'));
  expect(top()).toBeGreaterThan(0);
  part('#closer-panel').style.height = '2000px';
  answer.resolve();
  await expect.poll(top).toBe(0);
});

test.each([
  ['typing', () => part('textarea').focus({ preventScroll: true })],
  ['reading further up', () => scrollTo(0, 100)],
])('whoever is %s by then is left there', async (_, goOn) => {
  const answer = later();
  goToOpenPanel(answer.promise);
  await nextFrame();
  goOn();
  const before = [document.activeElement, scrollY];
  part('#closer-panel').style.height = '2000px';
  answer.resolve();
  await nextFrame();
  expect([document.activeElement, scrollY]).toEqual(before);
});
