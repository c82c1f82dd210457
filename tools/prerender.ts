/** At build time, draws the page with the committed result into index.html: it is read before any script has run. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import react from '@vitejs/plugin-react';
import { createElement, type FunctionComponent, StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { build, type Plugin } from 'vite';

const ENTRY = 'src/panels/page.tsx';
const EMPTY = '<div id="root"></div>';
/** Inside node_modules, so that the built page finds its packages and nobody else finds the built page. */
const OUT = 'node_modules/.prerender';

export function prerender(): Plugin {
  return {
    name: 'prerender',
    apply: 'build',
    async transformIndexHtml(html) {
      if (!html.includes(EMPTY))
        throw new Error(`index.html must contain ${EMPTY} for the page to be drawn into.`);
      const markup = await drawPage();
      return html.replace(EMPTY, () => EMPTY.replace('><', `>${markup}<`));
    },
  };
}

async function drawPage(): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    build: { ssr: ENTRY, outDir: OUT, emptyOutDir: true, copyPublicDir: false },
  });
  const built = pathToFileURL(resolve(OUT, 'page.js')).href;
  const { Page } = (await import(built)) as { Page: FunctionComponent };
  return renderToString(createElement(StrictMode, null, createElement(Page)));
}
