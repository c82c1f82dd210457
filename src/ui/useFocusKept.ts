/** Keeps the keyboard's place: where what was pressed goes away, or rests while it works, the focus does not go with it. */

import { useEffect } from 'react';

const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex]';

/** What has or had the focus by the keyboard, and what was around it. */
interface Place {
  element: HTMLElement;
  /** From the nearest on. */
  ancestors: readonly Element[];
  /** What could have the focus before it, from the nearest on. */
  before: readonly HTMLElement[];
  /** It has been switched off since. */
  rested: boolean;
}

/**
 * For the page, once. A browser lets the focus fall to the document when its element is removed or disabled, and a
 * screen reader with it. Where it was brought by a key, it goes to what stands in the place of what was removed, or is beside it;
 * and back to what was disabled, once that is enabled.
 */
export function useFocusKept(): void {
  useEffect(() => {
    let place: Place | null = null;
    let byKeys = false;
    const remember = () => {
      const { activeElement } = document;
      if (activeElement instanceof HTMLElement && activeElement !== document.body)
        place = placeOf(activeElement);
    };
    const onKey = () => {
      byKeys = true;
      remember();
    };
    const onFocus = () => {
      if (byKeys) remember();
    };
    const onPointer = () => {
      byKeys = false;
      place = null;
    };
    const look = () => {
      if (!place) return;
      const { element } = place;
      const off = element.isConnected && element.matches(':disabled');
      if (off) place.rested = true;
      if (off || document.activeElement !== document.body) return;
      if (!element.isConnected) nearest(place)?.focus();
      else if (place.rested) element.focus();
    };
    const watching = new MutationObserver(look);
    watching.observe(document.body, { childList: true, subtree: true, attributeFilter: ['disabled'] });
    document.addEventListener('keydown', onKey, { capture: true });
    document.addEventListener('focusin', onFocus);
    document.addEventListener('pointerdown', onPointer, { capture: true });
    return () => {
      watching.disconnect();
      document.removeEventListener('keydown', onKey, { capture: true });
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('pointerdown', onPointer, { capture: true });
    };
  }, []);
}

function placeOf(element: HTMLElement): Place {
  const all = [...document.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const ancestors: Element[] = [];
  for (let at = element.parentElement; at; at = at.parentElement) ancestors.push(at);
  return { element, ancestors, before: all.slice(0, all.indexOf(element)).reverse(), rested: false };
}

/** What is now where it was; else what was before it: in the smallest part of the page that is still there and has either. */
function nearest({ ancestors, before }: Place): HTMLElement | null {
  const now = [...document.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const last = before.find((each) => each.isConnected);
  const after = now.slice(last ? now.indexOf(last) + 1 : 0);
  for (const part of ancestors) {
    if (!part.isConnected) continue;
    const within = (each: HTMLElement) => part.contains(each) && isStop(each);
    const found = after.find(within) ?? before.find(within);
    if (found) return found;
  }
  return null;
}

/** Whether Tab would stop at it. */
function isStop(element: HTMLElement): boolean {
  const unchosen = element instanceof HTMLInputElement && element.type === 'radio' && !element.checked;
  return element.tabIndex >= 0 && !unchosen && !element.matches(':disabled') && element.checkVisibility();
}
