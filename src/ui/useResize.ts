/** Follows an element's width without ever asking for it: asking would lay the whole page out one time more. */

import { type RefObject, useLayoutEffect, useRef } from 'react';

/** A ref to attach; `onWidth` hears the width after each layout that changes it, in time for the same frame. */
export function useResize<E extends HTMLElement>(onWidth: (width: number) => void): RefObject<E | null> {
  const ref = useRef<E>(null);
  const newest = useRef(onWidth);
  newest.current = onWidth;
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) newest.current(entry.contentRect.width);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return ref;
}
