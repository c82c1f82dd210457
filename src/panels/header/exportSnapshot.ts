/** What is on show, as the snapshot that exports are made from; refused while some of it is still being computed. */

import { InputError } from '../../base/errors.ts';
import type { ArmId, ArmInfo } from '../../engine/api.ts';
import type { Snapshot, SnapshotArm, SnapshotRun } from '../../share/snapshot.ts';
import { active } from '../../state/edits/list.ts';
import { viewedBoth, worst } from '../../state/edits/viewed.ts';
import { armTitle, currentPair, positionOf } from '../../state/selectors.ts';
import type { ResultOf, WorkbenchState } from '../../state/types.ts';

/** The results that one run of the models gave. */
interface Results {
  predictions: ResultOf<'predictions'>;
  tokenStats: ResultOf<'token-stats'>;
  component: ResultOf<'dla:component'> | null;
  head: ResultOf<'dla:head'> | null;
}

/**
 * The prompt, the question and every number of the arms on show, and of the edited models where they are looked at. `page` is
 * the address without a fragment, `link` the whole one.
 * @throws InputError while an answer is on its way.
 */
export function snapshotOf(state: WorkbenchState, page: string, link: string): Snapshot {
  const main = {
    predictions: viewedBoth(state, 'predictions'),
    tokenStats: viewedBoth(state, 'token-stats'),
  };
  const explained =
    state.target.length > 0
      ? { component: viewedBoth(state, 'dla:component'), head: viewedBoth(state, 'dla:head') }
      : null;
  const all = { ...main, ...explained };
  const freshness = worst(Object.values(all).map((viewed) => viewed.freshness));
  const stats = main.tokenStats.base;
  const base = resultsOf('base');
  const edited = resultsOf('edited');
  const half = !edited && Object.values(all).some((viewed) => viewed.edited);
  if (!stats || !base || half || freshness === 'working' || freshness === 'earlier')
    throw new InputError(
      'Some numbers on show are not those of the question as it stands. Export when they are: the panels say so themselves.',
      { freshness },
    );
  const arms = state.shown.filter((arm) => arm in base.predictions.arms);
  const made = edited?.predictions.edits ?? [];
  return {
    version: state.version,
    link,
    pair: { id: state.pair, title: currentPair(state)?.title ?? state.pair },
    arms: arms.map((arm) => armOf(state, arm, page)),
    tokens: stats.tokens,
    pieces: stats.pieces,
    position: positionOf(state),
    target: state.target,
    contrast: state.contrast,
    about: edited ? aboutEdits(state, made.length) : [],
    runs: [
      runOf('unedited', base, arms),
      ...(edited ? [{ ...runOf('edited', edited, arms), edits: made }] : []),
    ],
  };

  /** All four of one kind, or null where one is missing. */
  function resultsOf(which: 'base' | 'edited'): Results | null {
    const { predictions, tokenStats } = main;
    if (!predictions[which] || !tokenStats[which]) return null;
    if (explained && (!explained.component[which] || !explained.head[which])) return null;
    return {
      predictions: predictions[which],
      tokenStats: tokenStats[which],
      component: explained?.component[which] ?? null,
      head: explained?.head[which] ?? null,
    };
  }
}

function runOf(name: SnapshotRun['name'], results: Results, arms: readonly ArmId[]): SnapshotRun {
  const { predictions, tokenStats, component, head } = results;
  const both = (pair: string) => pair.split('|').every((arm) => arms.includes(arm));
  return {
    name,
    edits: [],
    engine: predictions.engine,
    predictions: only(predictions.arms, arms),
    between: Object.fromEntries(Object.entries(predictions.between ?? {}).filter(([pair]) => both(pair))),
    tokenStats: only(tokenStats.arms, arms),
    attribution: component && head && { component: only(component.arms, arms), head: only(head.arms, arms) },
  };
}

/** Of the arms on show: others may be loaded, and were computed along. */
function only<T>(results: Record<ArmId, T>, arms: readonly ArmId[]): Record<ArmId, T> {
  return Object.fromEntries(Object.entries(results).filter(([arm]) => arms.includes(arm)));
}

function armOf(state: WorkbenchState, id: ArmId, page: string): SnapshotArm {
  const info = currentPair(state)?.arms.find((arm) => arm.id === id);
  const { repo = null, config = null, dtype } = info ?? {};
  return {
    id,
    title: armTitle(id),
    source: sourceOf(info, state.pair, id, page),
    repo: repo && { name: repo.name, revision: repo.revision },
    storage: dtype ?? 'f32', // what comes with the build was computed so
    norm: config?.norm.kind ?? null,
  };
}

/** An address that files can be fetched from, or words where they are a person's own. */
function sourceOf(info: ArmInfo | undefined, pair: string, arm: ArmId, page: string): string {
  if (info?.repo) return `${new URL(info.repo.url).origin}/${info.repo.name}/resolve/${info.repo.revision}`;
  if (info?.origin === 'files') return info.source;
  return new URL(`models/${pair}/${arm}`, page).href;
}

/** What the numbers of the edits are, one for each that was made. */
function aboutEdits({ edits }: WorkbenchState, made: number): (string | null)[] {
  const on = edits.filter((entry) => entry.on);
  return active(edits).length === made ? on.map(({ about }) => about) : [];
}
