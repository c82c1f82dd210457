/** Serves the suite's page with Vite, apart from the app: nothing of it gets into dist/. */

import { createServer, defaultClientConditions } from 'vite';

export interface BenchServer {
  /** Of a page in bench/page/. */
  url(page: string): string;
  close(): Promise<void>;
}

/** On any free port. Its pages are cross-origin isolated, which makes clocks precise. */
export async function serveBench(): Promise<BenchServer> {
  const server = await createServer({
    configFile: false,
    root: '.',
    cacheDir: 'node_modules/.vite-bench',
    logLevel: 'warn',
    resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
    optimizeDeps: { noDiscovery: true, include: ['ml-matrix'], exclude: ['onnxruntime-web'] },
    server: {
      port: 0,
      hmr: false, // an edit during a run must not reload the page
      watch: null,
      headers: {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      },
    },
  });
  await server.listen();
  const [url] = server.resolvedUrls?.local ?? [];
  if (!url) throw new Error('The server of the benchmark page found no address. Run it again.');
  return { url: (page) => `${url}bench/page/${page}`, close: () => server.close() };
}
