/** The page's composition root: brings the painted first result to life, then starts the engine and hands it the questions. */

import { StrictMode } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import type { Normless } from './engine/api.ts';
import { createNormless } from './engine/client.ts';
import { keepForOffline } from './offline/register.ts';
import { askersOf } from './panels/embed/panels.ts';
import { panels } from './panels/index.ts';
import { Notices } from './panels/notices/view.tsx';
import { Page } from './panels/page.tsx';
import { clearSelection, setText } from './state/actions.ts';
import { rememberedEngine } from './state/engineChoice.ts';
import { committedAnalyses } from './state/firstResult.ts';
import { helpKeyIsOn } from './state/helpKey.ts';
import { followLinks, redo, undo } from './state/linking/later.ts';
import { connect } from './state/session.ts';
import { openSheet, type Sheet } from './state/sheets.ts';
import { getState } from './state/store.ts';
import { restoreTheme } from './state/theme.ts';
import './ui/theme.css';

declare global {
  interface Window {
    /** The scripting contract: docs/scripting.md. */
    normless: Normless;
  }
}

/** Takes over the markup that the build left (tools/prerender.ts); the development server leaves none. */
function drawPage(): void {
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no #root.');
  const page = (
    <StrictMode>
      <Page />
    </StrictMode>
  );
  const typed = root.querySelector<HTMLTextAreaElement>('#prompt')?.value;
  if (typed !== undefined && typed !== getState().text) setText(typed); // by somebody quicker than this script
  if (root.hasChildNodes()) hydrateRoot(root, page);
  else createRoot(root).render(page);
}

/** The panel that another page frames, as `?embed=<panel>` says; null on a page of its own. */
const embedded = new URLSearchParams(location.search).get('embed');

/** Draws one panel in place of the page: docs/embedding.md. Its engine is started by a click. */
async function drawPanel(id: string): Promise<void> {
  const { Embed } = await import('./panels/embed/view.tsx'); // no page of its own needs it
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no #root.');
  root.replaceChildren();
  document.documentElement.dataset.drawn = '';
  createRoot(root).render(
    <StrictMode>
      <Embed id={id} startEngine={engine} notices={<Notices />} />
    </StrictMode>,
  );
}

/** Starts the engine and binds the page to it. */
function startEngine(): Normless {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'normless' });
  const normless = createNormless({
    committed: committedAnalyses,
    version: __APP_VERSION__,
    worker,
    hubEndpoint: hubEndpoint(),
    engine: rememberedEngine(),
  });
  void connect(normless, embedded === null ? panels.map((panel) => panel.asks) : askersOf(embedded));
  return normless;
}

/** Where repositories are: index.html says so, so that a deployment can name a mirror (docs/deploying.md). */
function hubEndpoint(): string {
  const named = document.querySelector<HTMLMetaElement>('meta[name="normless-hub"]')?.content;
  return (named || 'https://huggingface.co').replace(/\/+$/, '');
}

let started: Normless | undefined;
/** The engine, started by whoever asks first: the page after its first paint, or a script before that. */
function engine(): Normless {
  started ??= startEngine();
  return started;
}

restoreTheme();
Object.defineProperty(window, 'normless', { get: engine, configurable: true });
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') void clearSelection();
  const sheet = embedded === null ? sheetOf(event) : null;
  if (!sheet) return;
  event.preventDefault();
  openSheet(sheet);
});
// Not before the first paint, which would have to wait. A page in the background paints nothing, so after a moment
// it goes on without; so does a page that has nothing to paint yet.
const painted = new Promise<void>((resolve) => {
  new PerformanceObserver(() => resolve()).observe({ type: 'paint', buffered: true });
  setTimeout(resolve, import.meta.env.PROD ? 1000 : 0);
});
if (embedded !== null) void drawPanel(embedded);
else {
  void painted.then(drawPage).then(engine).then(startLinks);
  if (import.meta.env.PROD) void painted.then(() => keepForOffline(engine().ready));
}

/** The address and the page follow each other, and keys go back and forth. */
function startLinks(): void {
  void followLinks();
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z' || isTyping(event)) return;
    event.preventDefault();
    void (event.shiftKey ? redo() : undo());
  });
}

/** What a key opens over the page, if anything. */
function sheetOf(event: KeyboardEvent): Sheet | null {
  const { key, ctrlKey, metaKey, shiftKey, altKey } = event;
  if (ctrlKey || metaKey) return key.toLowerCase() === 'k' && !shiftKey && !altKey ? 'palette' : null;
  return key === '?' && helpKeyIsOn() && !isTyping(event) ? 'help' : null;
}

/** In a field that undoes by itself. */
function isTyping({ target }: KeyboardEvent): boolean {
  const text =
    'input:not([type=radio], [type=checkbox], [type=range], [type=file]), textarea, [contenteditable]';
  return target instanceof HTMLElement && target.matches(text);
}
