/** Messages to the person: shown until dismissed, never twice at once. */

import { toErrorRecord } from '../base/errors.ts';
import { getState, setState } from './store.ts';
import type { Notice } from './types.ts';

let nextId = 1;

/** Adds a notice, unless the same one is already on show. */
export function notify(tone: Notice['tone'], title: string, message: string): void {
  const same = getState().notices.some((notice) => notice.title === title && notice.message === message);
  if (same) return;
  const notice = { id: nextId++, tone, title, message };
  setState(({ notices }) => ({ notices: [...notices, notice] }));
}

/** Adds a failure as a notice; what went wrong is its own sentence. */
export function notifyError(title: string, error: unknown): void {
  notify('error', title, toErrorRecord(error).message);
}

export function dismiss(id: number): void {
  setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}
