import { expect, test } from 'vitest';
import { compareResults } from '../src/engine/selfCheck.ts';
import committed from '../src/state/firstResult.json';
import { makeFirstResult } from './firstResult.ts';

/** Tensors as the JSON holds them. */
const plain = (value: unknown) =>
  JSON.parse(JSON.stringify(value, (_key, inner) => (inner instanceof Float32Array ? [...inner] : inner)));

test('the committed first result is what its tool makes of the embedded models today', async () => {
  const { made: _made, ...expected } = committed;
  const { maxAbs, where } = compareResults(expected, plain(await makeFirstResult()));
  expect(maxAbs, `${where}: run node tools/run.mjs tools/firstResult.ts`).toBeLessThan(1e-6);
});
