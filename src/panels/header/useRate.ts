/** How fast bytes arrive, from the progress reports themselves. */

import { useRef } from 'react';
import type { Progress } from '../../engine/api.ts';
import { bytes } from '../../ui/format.ts';

/** `3.2 MB/s` since the first report of this phase; null until a quarter of a second has passed. */
export function useRate(progress: Progress | null): string | null {
  const start = useRef<{ phase: string; at: number; done: number } | null>(null);
  if (progress?.unit !== 'bytes') {
    start.current = null;
    return null;
  }
  const now = performance.now();
  if (start.current?.phase !== progress.phase || progress.done < start.current.done) {
    start.current = { phase: progress.phase, at: now, done: progress.done };
  }
  const seconds = (now - start.current.at) / 1000;
  return seconds < 0.25 ? null : `${bytes((progress.done - start.current.done) / seconds)}/s`;
}
