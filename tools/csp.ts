/** At build time, a Content-Security-Policy for the built page: code from its own files only, requests to itself and the Hub only. */

import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

/** Where the Hub redirects downloads to. */
const HUB_SERVERS = ['https://*.huggingface.co', 'https://*.hf.co'];

const HUB = /<meta name="normless-hub" content="([^"]+)"/;
const INLINE_SCRIPT = /<script>([\s\S]*?)<\/script>/g;

/**
 * The policy of a built index.html. `wasm-unsafe-eval` is for ONNX Runtime and SHA-256, which are WebAssembly. Pictures are
 * drawn from blobs when they are exported. Style attributes are allowed for positions and colours; style elements are not.
 */
export function policyOf(html: string): string {
  const hub = HUB.exec(html)?.[1];
  if (!hub) throw new Error('index.html must say where the Hub is: <meta name="normless-hub" content="…">.');
  const hashes = [...html.matchAll(INLINE_SCRIPT)].map(
    ([, code = '']) => `'sha256-${createHash('sha256').update(code).digest('base64')}'`,
  );
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${hashes.join(' ')}`,
    "worker-src 'self' blob:",
    "style-src 'self'",
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    "manifest-src 'self'",
    `connect-src 'self' ${[hub, ...HUB_SERVERS].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
  ].join('; ');
}

export function csp(): Plugin {
  return {
    name: 'csp',
    apply: 'build',
    transformIndexHtml: {
      order: 'post', // after everything else has put its scripts in
      handler: (html) => ({
        html,
        tags: [
          {
            tag: 'meta',
            attrs: { 'http-equiv': 'Content-Security-Policy', content: policyOf(html) },
            injectTo: 'head-prepend',
          },
        ],
      }),
    },
  };
}
