/** Where the reference data lies, and the plugin that lets browser tests fetch it. Tests use `readShared` instead. */

import { createReadStream, existsSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { Plugin } from 'vite';

/** `NORMLESS_SHARED`, else `../shared` beside the repository; null where there is none. Node only. */
export function sharedDir(root: string = process.cwd()): string | null {
  const folder = resolve(root, process.env.NORMLESS_SHARED ?? '../shared');
  return existsSync(folder) ? folder : null;
}

/** Serves `sharedDir()` under `/shared/`. What is not there is a 404, never the app's index.html. */
export function serveShared(): Plugin {
  return {
    name: 'normless:shared',
    configureServer(server) {
      server.middlewares.use('/shared/', (request, response) => {
        const folder = sharedDir(server.config.root);
        const path = decodeURIComponent((request.url ?? '').replace(/[?#].*$/, ''));
        const file = folder && resolve(folder, `.${path}`);
        if (!folder || !file?.startsWith(folder + sep) || !existsSync(file) || !statSync(file).isFile()) {
          response.statusCode = 404;
          response.end('not in shared');
          return;
        }
        response.setHeader('Content-Type', 'application/octet-stream');
        createReadStream(file).pipe(response);
      });
    },
  };
}
