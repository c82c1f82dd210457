/** The load of a pair: started by a click, followed to the last byte, cancelled at any point, tried again. */

import { toErrorRecord } from '../../base/errors.ts';
import type { Progress } from '../../engine/api.ts';
import { connectedEngine, updatePairs } from '../session.ts';
import { getState, patchModels } from '../store.ts';
import { lookAt, pairLookedAt } from './dialog.ts';
import { NO_PACE, PaceMeter } from './pace.ts';
import { switchTo } from './switchPair.ts';
import type { LoadJob, LoadPlan } from './types.ts';

export { LOAD_PHASES } from '../../engine/api.ts';

/** How often the page hears of bytes: more would redraw it for nothing. Milliseconds. */
const TICK = 250;

let controller: AbortController | null = null;

/** What the dialog's choice would load, or null while it is not known, does not fit, or is nothing. */
export function plannedLoad(): LoadPlan | null {
  const { choice } = getState().models;
  const pair = pairLookedAt();
  const dtype = choice.dtype ?? choice.budget?.suggested?.dtype;
  const residency = dtype && choice.budget?.plans[dtype].residency;
  if (!pair || !residency || residency === 'does-not-fit' || choice.arms.length === 0) return null;
  return { pair: pair.id, title: pair.title, arms: choice.arms, dtype, residency };
}

/** Loads what was chosen in the dialog. Nothing happens while another load runs. */
export async function startLoad(): Promise<void> {
  const plan = plannedLoad();
  if (plan) await load(plan);
}

/** The same load once more; what arrived is not downloaded again. */
export async function retryLoad(): Promise<void> {
  const { job } = getState().models;
  if (job) await load(job.plan);
}

export function cancelLoad(): void {
  controller?.abort(new DOMException('cancelled by the person', 'AbortError'));
}

/** Takes a load that ended off the page. */
export function dismissLoad(): void {
  if (getState().models.job?.state !== 'running') patchModels({ job: null });
}

async function load(plan: LoadPlan): Promise<void> {
  if (getState().models.job?.state === 'running') return;
  const own = new AbortController();
  controller = own;
  patchModels({ job: { plan, state: 'running', progress: null, pace: NO_PACE, error: null } });
  const follower = followProgress();
  try {
    const { pair, arms, dtype, residency } = plan;
    const request = { pair, arms, dtype, residency, signal: own.signal, onProgress: follower.hear };
    const loaded = await connectedEngine().load(request);
    await switchTo(loaded);
    end({ state: 'done' });
  } catch (error) {
    await updatePairs(); // first: with the end it may be tried again, and that load is no longer this one's to tidy up
    end(own.signal.aborted ? { state: 'cancelled' } : { state: 'failed', error: toErrorRecord(error) });
  } finally {
    follower.stop();
    controller = null;
  }
  const { models } = getState();
  if (models.open && models.choice.pair === plan.pair) await lookAt(plan.pair);
}

function end(change: Partial<LoadJob>): void {
  const { job } = getState().models;
  if (job) patchModels({ job: { ...job, ...change } });
}

/** Takes progress as it comes and tells the page now and then; silence counts too, so that a stall slows the pace. */
function followProgress() {
  const meter = new PaceMeter();
  let unit: Progress['unit'] | null = null;
  let newest: Progress | null = null;
  const tell = () => {
    const { job } = getState().models;
    if (!newest || job?.state !== 'running') return;
    if (newest.unit === 'bytes') meter.observe(newest.done, performance.now() / 1000);
    const pace = newest.unit === 'bytes' ? meter.read(newest.total) : NO_PACE;
    patchModels({ job: { ...job, progress: newest, pace } });
  };
  const timer = setInterval(tell, TICK);
  return {
    hear(progress: Progress): void {
      const turned = progress.phase !== newest?.phase || progress.unit !== unit;
      newest = progress;
      unit = progress.unit;
      if (turned) tell();
    },
    stop: () => clearInterval(timer),
  };
}
