/** Runs that are needed once and kept by nobody: of several models as one job where that can be, else one after the other. */

import type { ActivationCache } from '../model/cache.ts';
import { OpsModel } from '../model/opsModel.ts';
import { type RunJob, runTogether } from '../model/runTogether.ts';

/** Does something with the caches, in the order of the jobs, and frees them. */
export async function withCaches<T>(
  jobs: readonly RunJob[],
  body: (caches: readonly ActivationCache[]) => Promise<T>,
): Promise<T> {
  const caches: ActivationCache[] = [];
  try {
    if (jobs.every(({ model }) => model instanceof OpsModel)) caches.push(...runTogether(jobs));
    else for (const { model, tokens, hooks } of jobs) caches.push(await model.run(tokens, hooks));
    return await body(caches);
  } finally {
    for (const cache of caches) cache.dispose();
  }
}
