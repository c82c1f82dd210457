/** The demo models have editions; a link of another one is told so, and nobody replaces the files without counting. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DEMO_EDITION, demoOf, otherDemo } from './demo.ts';

/** The weights of every edition: rows are added. */
const EDITIONS: Record<number, Record<string, string>> = {
  1: {
    original: '4db5532c45b3c53edb14239acf7dc4401ae763dd1f3388aed534e7f6e276c66f',
    vanilla: '1ee8e669b10bbc2bfc36ae590be57c51599309d44cb6d8e3a9e98ea9240588ba',
    lnfree: '15a12db83d16d370f94bf36b79c3f9cdfd8bb257731418cd7a2e8ad640e03d27',
  },
};

test('this build’s edition is that of its files', () => {
  const sha256 = (arm: string) =>
    createHash('sha256')
      .update(readFileSync(`public/models/demo/${arm}/model.safetensors`))
      .digest('hex');
  const here = Object.fromEntries(['original', 'vanilla', 'lnfree'].map((arm) => [arm, sha256(arm)]));
  expect(here).toEqual(EDITIONS[DEMO_EDITION]);
});

test('a link of another edition says so', () => {
  expect(otherDemo({}, 2)).toMatch(/an earlier set of demo models \(number 1; here number 2\)/);
  expect(otherDemo({ demo: 3 }, 2)).toMatch(/a later set of demo models \(number 3/);
});

test('one of this edition, or of other models, says nothing', () => {
  expect(otherDemo(demoOf('demo'))).toBeNull();
  expect(otherDemo({ pair: 'gpt2-small' }, 2)).toBeNull();
  expect(demoOf('gpt2-small')).toEqual({});
});
