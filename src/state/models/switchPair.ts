/** Makes a pair the one the page asks: the same prompt, the same target in its vocabulary, the arms that are loaded. */

import type { ArmId, PairId, PairInfo } from '../../engine/api.ts';
import { empty } from '../initial.ts';
import { notifyError } from '../notices.ts';
import { isAtHand } from '../selectors.ts';
import { connectedEngine, refresh, updatePairs } from '../session.ts';
import { getState, patchSlot, setState } from '../store.ts';
import { wordsFor } from '../vocabulary.ts';
import { openModels } from './dialog.ts';

/** Of pairs chosen one after another the last counts. */
let choices = 0;

/** Switches to a pair that is at hand; one that is not is opened in the models dialog, where its size stands. */
export async function choosePair(id: PairId): Promise<void> {
  const pair = getState().pairs.find((each) => each.id === id);
  const arms = pair?.arms.filter(isAtHand).map((arm) => arm.id) ?? [];
  if (arms.length === 0) return openModels(id);
  const mine = ++choices;
  try {
    await switchTo(await connectedEngine().load({ pair: id, arms }), () => mine === choices);
  } catch (error) {
    notifyError('The models could not be switched', error);
  }
}

/** Puts the question to a pair that is loaded, all at once, so that no half-set question is ever asked. */
export async function switchTo(pair: PairInfo, isWanted = () => true): Promise<void> {
  const from = getState().pair;
  await updatePairs();
  const shown = pair.arms.filter((arm) => arm.loaded).map((arm) => arm.id);
  const words = await wordsFor(pair);
  const { pair: now } = getState();
  // A link that waited for this pair has made it current, with words and a view of its own.
  if (!isWanted() || (now !== from && now === pair.id)) return;
  setState({
    pair: pair.id,
    ...words,
    shown: shown.filter((arm) => arm !== 'vanilla' || !isUsual(shown)),
    compare: usualTwo(shown),
    neuronsBy: null,
    neuron: null,
    pinned: null,
  });
  if (words.target?.length === 0) forgetAttribution();
  await refresh();
}

/** Without a target nothing is asked, and what the last pair answered must not stand under the name of this one. */
function forgetAttribution(): void {
  for (const slot of ['dla:component', 'dla:head', 'dla:neuron', 'dla:head-source'] as const) {
    patchSlot(slot, empty<typeof slot>());
  }
}

/** The two arms that are compared unless somebody says otherwise. */
function usualTwo(arms: readonly ArmId[]): readonly [ArmId, ArmId] {
  return isUsual(arms) ? ['original', 'lnfree'] : [arms[0] ?? 'original', arms.at(-1) ?? 'lnfree'];
}

function isUsual(arms: readonly ArmId[]): boolean {
  return arms.includes('original') && arms.includes('lnfree');
}
