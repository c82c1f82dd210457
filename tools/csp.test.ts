/** The policy names what the page needs and nothing else. */

import { expect, test } from 'vitest';
import { policyOf } from './csp.ts';

const PAGE =
  '<head><meta name="normless-hub" content="https://hub.test" /><script>let a = 1;</script></head><script type="module" src="a.js"></script>';

test('inline scripts are allowed by their hash, the Hub by its address, and nothing is by default', () => {
  const policy = policyOf(PAGE);
  // printf 'let a = 1;' | openssl dgst -sha256 -binary | base64
  expect(policy).toContain(
    "script-src 'self' 'wasm-unsafe-eval' 'sha256-xY6QKfH9PRsQnLz56nj6MBwiK5oHg+im1Jkpdp1x/Ck='",
  );
  expect(policy).toContain("connect-src 'self' https://hub.test https://*.huggingface.co https://*.hf.co");
  expect(policy).toMatch(/^default-src 'none'/);
  expect(policy).not.toMatch(/unsafe-eval'(?<!wasm-unsafe-eval')|script-src[^;]*unsafe-inline/);
});

test('a page that does not say where the Hub is stops the build', () => {
  expect(() => policyOf('<head></head>')).toThrow(/must say where the Hub is/);
});
