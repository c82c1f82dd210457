/** Opening the models dialog, and looking at a pair in it: which arms, which storage, what that would take. */

import { toErrorRecord } from '../../base/errors.ts';
import { Latest } from '../../base/latest.ts';
import type { ArmId, Budget, PairId, PairInfo } from '../../engine/api.ts';
import type { StorageDType } from '../../tensor/params.ts';
import { connectedEngine, updatePairs } from '../session.ts';
import { getState, patchModels } from '../store.ts';
import { emptyChoice } from './initial.ts';
import { refreshKept } from './keeping.ts';
import type { Choice, ModelsView } from './types.ts';

const inspecting = new Latest();

/** Opens the dialog at a pair; without one, at the pair last looked at. */
export async function openModels(pair?: PairId): Promise<void> {
  patchModels({ open: true, view: 'pairs' });
  if (pair) turnTo(pair); // before anything is waited for: somebody may click on another pair meanwhile
  await updatePairs();
  await inspect();
}

/** A load under way goes on; so does what was typed into the form. */
export function closeModels(): void {
  patchModels({ open: false });
}

export async function showModelsView(view: ModelsView): Promise<void> {
  patchModels({ view });
  if (view === 'storage') await refreshKept();
  if (view === 'pairs') await lookAt(getState().models.choice.pair);
}

/** Asks what a pair would take. What was chosen of it stays while the pair does. */
export async function lookAt(id: PairId): Promise<void> {
  turnTo(id);
  await inspect();
}

function turnTo(id: PairId): void {
  if (getState().models.choice.pair === id) return;
  inspecting.cancel(); // what comes of it is about the other pair
  patchModels({ choice: emptyChoice(id) });
}

/** Chooses or leaves out an arm of the pair looked at. */
export async function toggleChoice(arm: ArmId): Promise<void> {
  const { choice } = getState().models;
  const arms = pairLookedAt()?.arms.map(({ id }) => id) ?? [];
  patchChoice({ arms: arms.filter((id) => (id === arm) !== choice.arms.includes(id)), budget: null });
  await inspect();
}

export function chooseStorage(dtype: StorageDType): void {
  patchChoice({ dtype });
}

/** The pair the dialog shows, once the engine has told its pairs. */
export function pairLookedAt(): PairInfo | undefined {
  const { pairs, models } = getState();
  return pairs.find(({ id }) => id === models.choice.pair);
}

/** Brings the budget of the pair looked at up to date; the newest look counts. */
async function inspect(): Promise<void> {
  const pair = pairLookedAt();
  if (!pair) return;
  patchChoice({ working: true, error: null });
  try {
    const found = await inspecting.run((signal) => measure(pair, signal));
    if (found) patchChoice({ ...found, working: false });
  } catch (error) {
    patchChoice({ working: false, error: toErrorRecord(error), budget: null });
  }
}

async function measure(pair: PairInfo, signal: AbortSignal): Promise<Partial<Choice>> {
  const ask = (arms?: ArmId[]): Promise<Budget> =>
    connectedEngine().budget({ pair: pair.id, signal, ...(arms && { arms }) });
  const everyArm = await ask();
  const { choice } = getState().models;
  if (choice.everyArm !== null) {
    const { arms } = choice;
    return { everyArm, budget: arms.length > 0 ? await ask(arms) : null };
  }
  const loaded = pair.arms.filter((arm) => arm.loaded);
  if (loaded.length > 0) {
    const arms = loaded.map(({ id }) => id);
    return { everyArm, arms, dtype: loaded[0]?.dtype ?? null, budget: await ask(arms) };
  }
  return { everyArm, ...(await preselect(pair, everyArm, ask)) };
}

/** The two that are compared, and the control where it costs neither precision nor residency; else every arm. */
async function preselect(
  pair: PairInfo,
  everyArm: Budget,
  ask: (arms: ArmId[]) => Promise<Budget>,
): Promise<Pick<Choice, 'arms' | 'budget'>> {
  const all: ArmId[] = pair.arms.map(({ id }) => id);
  const two = all.filter((id) => ['original', 'lnfree'].includes(id));
  if (two.length < 2) return { arms: all, budget: everyArm };
  const three = all.filter((id) => two.includes(id) || id === 'vanilla');
  const budget = await ask(two);
  if (three.length === two.length) return { arms: two, budget };
  const withControl = three.length === all.length ? everyArm : await ask(three);
  const [a, b] = [withControl.suggested, budget.suggested];
  const asGood = a !== null && a.dtype === b?.dtype && a.residency === b.residency;
  return asGood ? { arms: three, budget: withControl } : { arms: two, budget };
}

function patchChoice(change: Partial<Choice>): void {
  patchModels({ choice: { ...getState().models.choice, ...change } });
}
