/** Where on the page a step speaks about: marked, and brought into view above the card once it is there. */

import { useEffect } from 'react';
import type { Step } from '../../lessons/types.ts';
import { focusPlace } from '../../ui/focusPlace.ts';

const MARK = 'data-lesson-here';
/** Room above what is brought into view, CSS pixels. */
const ABOVE = 56;

/** The panel a step is about; null while it is not there. */
function panelOf({ at }: Step): Element | null {
  if (at === 'question') return document.querySelector('[aria-label="What is explained"]');
  return document.getElementById(`${at}-title`)?.closest('section') ?? null;
}

/** Within it what is to be seen; the panel itself where nothing is named. */
function placeOf(step: Step): Element | null {
  const panel = panelOf(step);
  return step.show ? (panel?.querySelector(step.show) ?? null) : panel;
}

/** Scrolls to the place, or to the panel while it is not complete. */
function showPlace(step: Step): void {
  const place = placeOf(step) ?? panelOf(step);
  if (place) scrollTo({ top: scrollY + place.getBoundingClientRect().top - ABOVE });
}

/** Scrolls there and gives it the focus, so that the keyboard goes on from there. */
export function goToPlace(step: Step): void {
  showPlace(step);
  const place = placeOf(step) ?? panelOf(step);
  if (place instanceof HTMLElement) focusPlace(place, { preventScroll: true });
}

/** Marks the panel while the step is on, and brings its place into view when the step begins. */
export function usePlace(step: Step | undefined, entering: boolean): void {
  useEffect(() => {
    if (!step || entering) return;
    let shown = false;
    let marked: Element | null = null;
    const look = () => {
      const panel = panelOf(step);
      if (panel !== marked) {
        marked?.removeAttribute(MARK);
        panel?.setAttribute(MARK, '');
        marked = panel;
      }
      const place = placeOf(step);
      if (!place || shown) return;
      shown = true;
      if (!isSeen(place)) showPlace(step);
    };
    look();
    const watching = new MutationObserver(look);
    watching.observe(document.body, { childList: true, subtree: true });
    return () => {
      watching.disconnect();
      marked?.removeAttribute(MARK);
    };
  }, [step, entering]);
}

/** In the upper half of the window, which the card leaves free. */
function isSeen(place: Element): boolean {
  const { top } = place.getBoundingClientRect();
  return top >= 0 && top < innerHeight / 2;
}
