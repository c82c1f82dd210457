/** Places of the page that one can go to: its headings, as they stand, and the panel that looks closer. */

import { focusPlace } from '../../ui/focusPlace.ts';
import { restorePanel } from '../../ui/Maximise.tsx';
import type { Command } from './matching.ts';

/** A command for every heading of the page. */
export function placeCommands(): Command[] {
  return [...document.querySelectorAll<HTMLElement>('main h2[id]')].map(({ id, textContent }) => ({
    ...{ id: `go:${id}`, group: 'Go to', title: textContent.replace(/\s+/g, ' ').trim() },
    run: () => goTo(id),
  }));
}

/** Brings it into view and puts the focus there, so that Tab goes on from it. */
export function goTo(id: string): void {
  focus(document.getElementById(id));
}

/** Goes to the button of the panel that is open; the panel follows it, and has its room once it is `answered`. */
export function goToOpenPanel(answered: Promise<void> = Promise.resolve()): void {
  // In the next frame, when the panel is drawn.
  requestAnimationFrame(() => {
    const tab = document.querySelector<HTMLElement>('[aria-controls="closer-panel"][aria-expanded="true"]');
    focus(tab);
    const seen = scrollY;
    void answered.finally(() => {
      const stays = document.activeElement === tab && scrollY === seen; // nobody has gone on to something else
      if (stays) tab?.scrollIntoView({ block: 'start' });
    });
  });
}

/** Goes to the step of the lesson that is open, where it was left. */
export function goToLesson(): void {
  focus(document.querySelector<HTMLElement>('[aria-label="Lessons"] h2'));
}

/** Opens the box of that name as its button does, so that Esc leads back to the button. */
export function openBox(name: string): void {
  const box = document.querySelector(`[popover][aria-label="${name}"]`);
  const button = box && document.querySelector<HTMLElement>(`[popovertarget="${box.id}"]`);
  if (!button) return;
  restorePanel(); // it would hide the button
  button.focus();
  button.click();
}

function focus(place: HTMLElement | null): void {
  if (!place) return;
  if (!place.closest('[data-maximised]')) restorePanel(); // it would hide the place
  place.scrollIntoView({ block: 'start' });
  focusPlace(place, { preventScroll: true });
}
