/** A lesson outlives a reload, and a teacher's link opens one: what the browser's session and the address say of it. */

import { COVER, openLesson, type Progress, useProgress } from './progress.ts';

const KEY = 'normless.lesson';
const PARAMETER = 'lesson';
const ONLY = 'only';

type Kept = Pick<Progress, 'lesson' | 'step' | 'found' | 'keeps' | 'only'>;

/** Takes up the lesson of before a reload, else the one that the address names; remembers from now on. Returns the way to stop. */
export function resumeLesson(): () => void {
  const search = new URLSearchParams(location.search);
  const named = search.get(PARAMETER);
  const kept = read();
  if (kept && (named === null || named === kept.lesson)) useProgress.setState({ ...kept, showing: 'lesson' });
  else if (named !== null) openLesson(named, { keeps: /^#v\d/.test(location.hash), only: search.has(ONLY) });
  return useProgress.subscribe(({ showing, lesson, step, found, keeps, only }, before) => {
    write(showing === 'lesson' ? { lesson, step, found, keeps, only } : null);
    if (before.showing === 'lesson' && showing !== 'lesson') forgetAddress();
  });
}

/** The address that opens a lesson on the page as it stands: a link's fragment is kept. */
export function lessonAddress(lesson: string, only: boolean): string {
  const { origin, pathname, hash } = location;
  return `${origin}${pathname}?${PARAMETER}=${encodeURIComponent(lesson)}${only ? `&${ONLY}` : ''}${hash}`;
}

/** Else a reload would open again what was closed. */
function forgetAddress(): void {
  const search = new URLSearchParams(location.search);
  if (!search.has(PARAMETER)) return;
  search.delete(PARAMETER);
  search.delete(ONLY);
  const rest = search.size > 0 ? `?${search}` : '';
  history.replaceState(history.state, '', `${location.pathname}${rest}${location.hash}`);
}

function write(kept: Kept | null): void {
  try {
    if (kept) sessionStorage.setItem(KEY, JSON.stringify(kept));
    else sessionStorage.removeItem(KEY);
  } catch {
    // storage is blocked: the lesson lasts until the page is left
  }
}

function read(): Kept | null {
  try {
    return keptIn(JSON.parse(sessionStorage.getItem(KEY) ?? 'null'));
  } catch {
    return null; // storage is blocked, or holds what is no lesson of ours
  }
}

/** What another program may have put there is not believed. */
export function keptIn(value: unknown): Kept | null {
  const { lesson, step, found, keeps, only } = (value ?? {}) as Record<string, unknown>;
  if (typeof lesson !== 'string' || typeof keeps !== 'boolean' || typeof only !== 'boolean') return null;
  if (!Number.isInteger(step) || (step as number) < COVER) return null;
  if (found !== null && typeof found !== 'string') return null;
  return { lesson, step: step as number, found, keeps, only };
}
