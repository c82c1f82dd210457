/** The page's composition root: paints the committed result at once, then starts the engine and hands it the questions. */

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { Normless } from './engine/api.ts';
import { createNormless } from './engine/client.ts';
import { Header } from './panels/header/view.tsx';
import { answerPanels, panels, stripPanels } from './panels/index.ts';
import { Notices } from './panels/notices/view.tsx';
import type { Panel } from './panels/panel.ts';
import { PromptBar } from './panels/prompt/view.tsx';
import { Question } from './panels/question/view.tsx';
import { clearSelection } from './state/actions.ts';
import { committedAnalyses } from './state/firstResult.ts';
import { connect } from './state/session.ts';
import { restoreTheme } from './state/theme.ts';
import { ErrorBoundary } from './ui/ErrorBoundary.tsx';
import styles from './ui/page.module.css';
import './ui/theme.css';
import { TooltipProvider } from './ui/Tooltip.tsx';

declare global {
  interface Window {
    /** The scripting contract: docs/scripting.md. */
    normless: Normless;
  }
}

function Page() {
  return (
    <TooltipProvider>
      <div className={styles.page}>
        <Header />
        <main className={styles.main}>
          <Notices />
          <PromptBar />
          <Panels of={stripPanels} />
          <Question />
          <div className={styles.answers}>
            <Panels of={answerPanels} />
          </div>
        </main>
      </div>
    </TooltipProvider>
  );
}

function Panels({ of }: { of: readonly Panel[] }) {
  return of.map(({ id, View }) => (
    <ErrorBoundary key={id} what={`The panel “${id}”`}>
      <View />
    </ErrorBoundary>
  ));
}

restoreTheme();
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') void clearSelection();
});
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root.');
createRoot(root).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);

// The worker learns by its name where the page lies: the models are beside it, under whatever path.
const here = new URL('.', document.baseURI).href;
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: here });
const normless = createNormless({ committed: committedAnalyses, version: __APP_VERSION__, worker });
window.normless = normless;
void connect(
  normless,
  panels.map((panel) => panel.asks),
);
