/** How fast bytes arrive while the engine starts, from the progress reports themselves. */

import { useRef } from 'react';
import type { Progress } from '../../engine/api.ts';
import { PaceMeter } from '../../state/models/pace.ts';
import { bytes } from '../../ui/format.ts';

/** `3.2 MB/s`, as the meter of loads has it; null before it is known and for what is not bytes. */
export function useRate(progress: Progress | null): string | null {
  const meter = useRef(new PaceMeter());
  if (progress?.unit !== 'bytes') return null;
  meter.current.observe(progress.done, performance.now() / 1000);
  const { rate } = meter.current.read(progress.total);
  return rate === null ? null : `${bytes(rate)}/s`;
}
