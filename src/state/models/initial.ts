/** The models dialog before anybody has opened it. */

import type { PairId } from '../../engine/api.ts';
import type { Choice, Draft, DraftArm, ModelsSlice } from './types.ts';

/** Nothing known yet of a pair just looked at. */
export function emptyChoice(pair: PairId): Choice {
  return { pair, arms: [], dtype: null, everyArm: null, budget: null, working: false, error: null };
}

export function emptyArm(key: number, id: string): DraftArm {
  return { key, id, from: 'files', files: [], repo: '', revision: '' };
}

/** A comparison needs two models, so the form opens with the usual two. */
export function emptyDraft(): Draft {
  return {
    title: '',
    arms: [emptyArm(1, 'original'), emptyArm(2, 'lnfree')],
    working: false,
    errors: {},
  };
}

export function initialModels(pair: PairId): ModelsSlice {
  return {
    open: false,
    view: 'pairs',
    choice: emptyChoice(pair),
    job: null,
    draft: emptyDraft(),
    kept: { info: null, working: false, error: null },
  };
}
