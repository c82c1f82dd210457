/** Telling a page's own build from the one that is kept, by what a service worker says. */

import { expect, test } from 'vitest';
import { isOlder, keptPaths } from './builds.ts';

test('a page is of the build that is kept where that has every script and style of it', () => {
  const kept = keptPaths({ kept: ['', 'assets/a.js', 'assets/a.css', 'assets/lazy.js'] }) ?? [];
  expect(isOlder(['assets/a.js', 'assets/a.css'], kept)).toBe(false);
  expect(isOlder(['assets/a.js', 'assets/before.css'], kept)).toBe(true);
});

test.each([null, 'kept', {}, { kept: 'assets/a.js' }, { kept: [1] }])(
  '%j says nothing of a build',
  (message) => {
    expect(keptPaths(message)).toBeNull();
  },
);
