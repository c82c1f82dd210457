/** The whole page, in its order of thought; drawn once when the page is built, and brought to life in the browser. */

import { openLinkFile } from '../state/linking/later.ts';
import { ErrorBoundary } from '../ui/ErrorBoundary.tsx';
import { MayMaximise } from '../ui/Maximise.tsx';
import styles from '../ui/page.module.css';
import { TooltipProvider } from '../ui/Tooltip.tsx';
import { useStrayDrops } from '../ui/useStrayDrops.ts';
import { Answers } from './answers.tsx';
import { Closer } from './closer/view.tsx';
import { Header } from './header/view.tsx';
import { HelpSheet } from './help/view.tsx';
import { closerPanels, stripPanels, widePanels } from './index.ts';
import { LessonDock } from './lesson/view.tsx';
import { ModelsDialog } from './models/view.tsx';
import { Notices } from './notices/view.tsx';
import { Palette } from './palette/view.tsx';
import type { Panel } from './panel.ts';
import { PromptBar } from './prompt/view.tsx';
import { Question } from './question/view.tsx';

export function Page() {
  useStrayDrops(openDropped);
  return (
    <TooltipProvider>
      <div className={styles.page}>
        <Header />
        <MayMaximise value={true}>
          <main className={styles.main}>
            <Notices />
            <PromptBar />
            <Panels of={stripPanels} />
            <Question />
            <Answers className={styles.answers} />
            {closerPanels.length > 0 && <Closer />}
            <div className={styles.wide}>
              <Panels of={widePanels} />
            </div>
          </main>
        </MayMaximise>
        <ErrorBoundary what="The lesson">
          <LessonDock />
        </ErrorBoundary>
        <ErrorBoundary what="The models dialog">
          <ModelsDialog />
        </ErrorBoundary>
        <ErrorBoundary what="The help">
          <HelpSheet />
        </ErrorBoundary>
        <ErrorBoundary what="The list of commands">
          <Palette />
        </ErrorBoundary>
      </div>
    </TooltipProvider>
  );
}

function openDropped(file: File): void {
  void openLinkFile(file);
}

function Panels({ of }: { of: readonly Panel[] }) {
  return of.map(({ id, View }) => (
    <ErrorBoundary key={id} what={`The panel “${id}”`}>
      <View />
    </ErrorBoundary>
  ));
}
