/** The models dialog in words: storages, fits, phases, sizes. */

import type { ArmBudget, ArmInfo, Budget, PairInfo, Progress, Residency } from '../../engine/api.ts';
import type { LoadJob } from '../../state/models/types.ts';
import { armTitle } from '../../state/selectors.ts';
import type { StorageDType } from '../../tensor/params.ts';
import { bytes, duration, list } from '../../ui/format.ts';
import { storageName } from '../../ui/storageName.ts';

/** Widest first. */
export const STORAGES: readonly { dtype: StorageDType; meaning: string }[] = [
  { dtype: 'f32', meaning: 'Every weight exactly as published.' },
  { dtype: 'f16', meaning: 'Half the memory; each weight keeps three to four digits.' },
  {
    dtype: 'q8',
    meaning: 'About a quarter of the memory; each weight is one of 255 steps shared with its neighbours.',
  },
];

export const FITS: Record<Residency | 'does-not-fit', string> = {
  all: 'all at once',
  'one-at-a-time': 'one at a time',
  'does-not-fit': 'does not fit',
};

/** What follows the name in a title. */
export function titleDetails(title: string): string {
  return title.split(' · ').slice(1).join(' · ');
}

/** How a pair stands, for the list: loaded and how, or not. */
export function standing({ arms, residency }: PairInfo): string {
  const loaded = arms.filter((arm) => arm.loaded);
  if (loaded.length === 0) return '';
  const dtypes = [...new Set(loaded.flatMap((arm) => (arm.dtype ? [storageName(arm.dtype)] : [])))];
  return ['loaded', ...dtypes, ...(residency === 'one-at-a-time' ? [FITS[residency]] : [])].join(' · ');
}

/** What must still come for an arm, or where it is already. */
export function downloadInWords(arm: ArmInfo, budget: ArmBudget | undefined): [string, string] {
  if (!budget) return ['…', ''];
  if (arm.origin === 'files') return [bytes(budget.files), 'from this device'];
  if (arm.origin === 'bundled') return [bytes(budget.files), 'comes with the page'];
  if (budget.download === 0) return [bytes(budget.files), 'kept here already'];
  if (budget.stored > 0) return [bytes(budget.files), `${bytes(budget.stored)} kept here`];
  return [bytes(budget.files), ''];
}

/** Bytes still to come for these arms. */
export function toDownload(budget: Budget): number {
  return budget.arms.reduce((sum, arm) => sum + arm.download, 0);
}

/** The memory a storage takes on the device, as it would be resident. */
export function memoryOf({ all, one, residency }: Budget['plans'][StorageDType]): number {
  return residency === 'one-at-a-time' ? one : all;
}

/** Storages in which the chosen arms would fit, widest first. */
export function thatFit(budget: Budget): StorageDType[] {
  return STORAGES.map(({ dtype }) => dtype).filter(
    (dtype) => budget.plans[dtype].residency !== 'does-not-fit',
  );
}

/** What is counted, where it is not bytes. */
const UNITS = {
  pipelines: 'kernels',
  arms: 'models',
  steps: 'steps',
  windows: 'windows',
  runs: 'runs',
  pairs: 'pairs',
} as const;

/** `312 MB of 996 MB`, or `3 of 14 kernels`. */
export function amount({ done, total, unit }: Pick<Progress, 'done' | 'total' | 'unit'>): string {
  return unit === 'bytes' ? `${bytes(done)} of ${bytes(total)}` : `${done} of ${total} ${UNITS[unit]}`;
}

/** Rate and time left, as far as known. */
export function paceInWords({ pace }: Pick<LoadJob, 'pace'>): string {
  const rate = pace.rate === null ? [] : [`${bytes(pace.rate)}/s`];
  const left = pace.left === null ? [] : [`${duration(pace.left)} left`];
  return [...rate, ...left].join(' · ');
}

export function shareOf(progress: Pick<Progress, 'done' | 'total'> | null | undefined): number | null {
  return progress && progress.total > 0 ? Math.min(1, progress.done / progress.total) : null;
}

export function armsInWords(arms: readonly string[]): string {
  return list(arms.map(armTitle));
}
