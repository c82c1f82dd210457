/** Who computes, as the person chooses it; remembered in this browser once it has worked. */

import { Latest } from '../base/latest.ts';
import type { EngineChoice } from '../engine/api.ts';
import { notifyError } from './notices.ts';
import { recall, remember } from './remembered.ts';
import { connectedEngine, updatePairs } from './session.ts';
import { setState } from './store.ts';

const KEY = 'normless.engine';
const CHOICES: readonly EngineChoice[] = ['auto', 'wgsl', 'ort'];

const newest = new Latest();

/** What was chosen on an earlier visit, if storage may be read. */
export function rememberedEngine(): EngineChoice {
  const stored = recall(KEY);
  return CHOICES.find((choice) => choice === stored) ?? 'auto';
}

/** Changes who computes. What is on screen is computed anew once the status names another engine; where it fails, nothing changes. */
export async function chooseEngine(choice: EngineChoice): Promise<void> {
  setState({ engineAsked: choice });
  try {
    const route = await newest.run((signal) => connectedEngine().setEngine({ engine: choice, signal }));
    if (!route) return; // chosen otherwise meanwhile
    remember(KEY, choice);
  } catch (error) {
    notifyError('The engine could not be changed', error);
  }
  setState({ engineAsked: null });
  await updatePairs();
}
