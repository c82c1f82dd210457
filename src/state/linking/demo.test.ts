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
  2: {
    original: '3b76d3b85fd9c177f79665d36b0b77f606128cf8a22c256afd5cd5d904ef6b33',
    vanilla: 'e3a1a1b55b940e430690d80c29817c9e041a480a8e77956201e68e0806e074c6',
    lnfree: 'e982c9ca9fa88bcb3f31b5118860cbda0f1bfc3385393949308c25aec4a38341',
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
