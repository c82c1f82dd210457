/** Row 11: a first load of one arm from a Hub on this machine, against the plain ways with the same bytes one after the other. */

import type { CaseInfo } from '../contract.ts';
import { type App, type AppWindow, ARMS, type Visit } from './app.ts';
import { forgetPair, loadPair } from './pair.ts';
import { measurePlain } from './plain.ts';

const DTYPE = 'f32';
/** One file: what a second arm would add is more of the same. */
export const ONE_ARM = { original: ARMS.original };

export const loadCase: CaseInfo = {
  row: 'load',
  name: 'load 16 MB',
  model: '2 layers of d_model 256, random',
  T: 0,
  dtype: DTYPE,
  kind: 'timed',
  peer: 'drain + SHA-256 + OPFS write',
  mostRounds: 2,
  byClock: true,
};

/** Both sides in milliseconds; what is loaded is forgotten after the clock has stopped. */
export async function prepareLoad({ weights }: App, { page }: Visit) {
  await loadPair(page, ONE_ARM, DTYPE);
  // The gate of this row: every byte that was kept has the checksum that the Hub tells.
  const verified = await page.evaluate(async () => {
    const { files } = await (window as unknown as AppWindow).normless.storage();
    return files.length > 0 && files.every((file) => file.verified);
  });
  await forgetPair(page);
  return {
    difference: verified ? 0 : Number.POSITIVE_INFINITY,
    ours: async () => {
      const { ms } = await loadPair(page, ONE_ARM, DTYPE);
      await forgetPair(page);
      return ms;
    },
    peer: async () => {
      const { drain, hash, write } = await measurePlain(page, weights.url);
      return drain + hash + write;
    },
  };
}
