/** What the models dialog knows: the pair looked at, what it would take, the load under way, a pair being put together, what is kept. */

import type { ErrorRecord } from '../../base/errors.ts';
import type { ArmId, Budget, PairId, Progress, Residency, StorageInfo } from '../../engine/api.ts';
import type { StorageDType } from '../../tensor/params.ts';
import type { Pace } from './pace.ts';

export type ModelsView = 'pairs' | 'add' | 'storage';

/** A pair looked at in the dialog, and what was chosen of it. */
export interface Choice {
  pair: PairId;
  /** In the pair's order; empty until it is known what fits. */
  arms: ArmId[];
  /** What the person chose; null follows the suggestion. */
  dtype: StorageDType | null;
  /** What every arm would take; what the chosen ones would take together. Null until known. */
  everyArm: Budget | null;
  budget: Budget | null;
  working: boolean;
  error: ErrorRecord | null;
}

/** What a load was asked to do, so that it can be tried again. */
export interface LoadPlan {
  pair: PairId;
  title: string;
  arms: ArmId[];
  dtype: StorageDType;
  residency: Residency;
}

/** The load under way, or the last one until it is dismissed. There is one at a time. */
export interface LoadJob {
  plan: LoadPlan;
  state: 'running' | 'failed' | 'cancelled' | 'done';
  progress: Progress | null;
  pace: Pace;
  error: ErrorRecord | null;
}

/** One model of a pair being put together. */
export interface DraftArm {
  /** Tells the rows apart. */
  key: number;
  id: ArmId;
  from: 'files' | 'hub';
  files: File[];
  /** `owner/name` */
  repo: string;
  /** Empty is main. */
  revision: string;
}

export interface Draft {
  title: string;
  arms: DraftArm[];
  working: boolean;
  /** By field: `title`, `arm:<key>`, or `form` for what concerns no single one. */
  errors: Record<string, string>;
}

export interface Kept {
  info: StorageInfo | null;
  working: boolean;
  error: ErrorRecord | null;
}

export interface ModelsSlice {
  open: boolean;
  view: ModelsView;
  choice: Choice;
  job: LoadJob | null;
  draft: Draft;
  kept: Kept;
}
