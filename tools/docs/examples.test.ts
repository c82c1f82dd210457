/** Every JavaScript example of the documents runs as it stands, on the demo models, and says what its comments say. */

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Normless } from '../../src/engine/api.ts';
import { blocksIn, documents, textOf } from './documents.ts';
import { openSession } from './session.ts';

/**
 * What a browser with a graphics card does in seconds takes the CPU twin minutes: these are asked with less. Each must be
 * found in an example.
 */
const SMALLER: readonly [string, string][] = [
  ['maxTokens: 40', 'maxTokens: 4'],
  ["mode: 'forced', leader", "maxTokens: 4, mode: 'forced', leader"],
  [' girl named Lily. She had a red ball.', ''],
  [" who liked to play. One day,' };", "' };"],
  ['count: 16,', 'count: 2,'],
  ["site: 'resid_pre', normalise", "site: 'resid_pre', measured: false, normalise"],
];

/** By e2e/scripting.spec.ts, which has a page. */
const NEEDS_PAGE = 'await page.';

/** A line `expression   // value`, where the comment begins with a value that JSON can say. */
const SAYS = /^([\w.[\]'|]+) +\/\/ (\[\]|\[\d+(?:, \d+)*\]|null|true|false|\d+)(?=$|[:;,])/gm;

const AsyncFunction = (async () => {}).constructor as new (
  ...args: string[]
) => (...values: unknown[]) => Promise<void>;

const examples = documents().flatMap((document) =>
  blocksIn(textOf(document))
    .filter(({ language, code }) => language === 'js' && !code.includes(NEEDS_PAGE))
    .map(({ code }) => {
      const call = code.split('\n').find((line) => /normless\.\w+\(/.test(line)) ?? code;
      return [document, call, code] as const;
    }),
);

let session: Awaited<ReturnType<typeof openSession>>;
let normless: Normless;

beforeAll(async () => {
  vi.stubGlobal('document', { baseURI: 'http://localhost/' });
  session = await openSession();
  normless = session.normless;
}, 60_000);
afterAll(async () => {
  await session.close();
  vi.unstubAllGlobals();
});

describe('an example', () => {
  test.each(examples)(
    'of %s: %s',
    async (_document, _call, code) => {
      const smaller = SMALLER.reduce((text, [from, to]) => text.replace(from, to), code);
      const checked = smaller.replace(
        SAYS,
        (_line, expression, value) => `says(${expression}, ${value}); //`,
      );
      const says = (found: unknown, value: unknown) => expect(found).toEqual(value);
      await normless.setEngine({ engine: 'auto' });
      await normless.load({ pair: 'demo' }); // the current pair, as on a page just opened
      const quiet = { log: () => {}, table: () => {} };
      await new AsyncFunction('normless', 'console', 'says', checked)(normless, quiet, says);
    },
    60_000,
  );

  test('what is asked smaller is there to be asked, and values are said', () => {
    const all = examples.map(([, , code]) => code).join('\n');
    for (const [from] of SMALLER) expect(all).toContain(from);
    expect([...all.matchAll(SAYS)].map(([, expression]) => expression)).toEqual(
      expect.arrayContaining(['unedited', 'differing', 'report.firstDivergence']),
    );
  });
});
