/** A pair of made-up arms in the page's engine: loaded, clocked, and forgotten again. */

import type { Page } from '@playwright/test';
import type { RepoRef } from '../../src/engine/api.ts';
import type { StorageDType } from '../../src/tensor/params.ts';
import type { AppWindow } from './app.ts';

/** Its id, in the page. */
export const PAIR = 'bench';

export interface Loaded {
  /** From the call to the loaded pair, without the self-checks. */
  readonly ms: number;
  /** Before it: lists, configurations and headers are read, for a person to see what a load would take. No weights. */
  readonly lookUp: number;
  /** The self-checks: they run the models, which says nothing of loading. */
  readonly checks: number;
  /** Bytes of weights, and by how many the device's memory grew. */
  readonly weights: number;
  readonly allocated: number;
}

/** Arms of these repositories, under the id PAIR. */
export async function loadPair(
  page: Page,
  arms: Readonly<Record<string, RepoRef>>,
  dtype: StorageDType,
): Promise<Loaded> {
  return page.evaluate(
    async ({ pair, refs, dtype }) => {
      const { normless } = window as unknown as AppWindow;
      const before = (await normless.budget({ pair: 'demo', engine: 'wgsl' })).allocated;
      const asked = performance.now();
      await normless.add({ id: pair, arms: refs });
      const { arms } = await normless.budget({ pair, engine: 'wgsl' });
      const start = performance.now();
      let checks = 0;
      let since: number | null = null;
      const ended = () => {
        if (since !== null) checks += performance.now() - since;
        since = null;
      };
      const onProgress = ({ phase }: { phase: string }) => {
        ended();
        if (phase === 'self-checking') since = performance.now();
      };
      await normless.load({ pair, dtype, residency: 'all', engine: 'wgsl', onProgress });
      ended();
      const ms = performance.now() - start - checks;
      const after = (await normless.budget({ pair: 'demo', engine: 'wgsl' })).allocated;
      return {
        ms,
        lookUp: start - asked,
        checks,
        weights: arms.reduce((sum, arm) => sum + arm.gpu[dtype], 0),
        allocated: after - before,
      };
    },
    { pair: PAIR, refs: arms, dtype },
  );
}

/** So that the next load is a first one again. */
export async function forgetPair(page: Page): Promise<void> {
  await page.evaluate(async (pair) => {
    const { normless } = window as unknown as AppWindow;
    await normless.remove({ pair });
    const { files } = await normless.storage();
    await normless.deleteStored({ ids: files.map(({ id }) => id) });
  }, PAIR);
}
