/** Keeps a place of what a box scrolls in sight: where it lies outside, it comes to the middle. */

import { type RefObject, useEffect, useRef } from 'react';

/** `x` and `y` in CSS pixels of the content, null for a direction that does not matter. Give the ref to the box. */
export function useRevealed<E extends HTMLElement>(x: number | null, y: number | null): RefObject<E | null> {
  const box = useRef<E>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const { scrollLeft, clientWidth, scrollTop, clientHeight } = element;
    if (x !== null && isOutside(x, scrollLeft, clientWidth)) element.scrollLeft = x - clientWidth / 2;
    if (y !== null && isOutside(y, scrollTop, clientHeight)) element.scrollTop = y - clientHeight / 2;
  }, [x, y]);
  return box;
}

function isOutside(place: number, start: number, size: number): boolean {
  return place < start || place > start + size;
}
