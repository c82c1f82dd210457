/** The answers side by side: what, why, how sure, in columns that can be moved. */

import { useEffect } from 'react';
import { moveColumns, rememberLayout, resetLayout, restoreLayout } from '../state/layout.ts';
import { notifyError } from '../state/notices.ts';
import { Columns } from '../ui/Columns.tsx';
import { ErrorBoundary } from '../ui/ErrorBoundary.tsx';
import { answerPanels } from './index.ts';

/** What each answer is called beside its line, and the CSS pixels it needs at least (src/ui/page.module.css). */
const COLUMNS: Record<string, { name: string; least: number }> = {
  predictions: { name: 'the predictions', least: 200 },
  attribution: { name: 'the attribution', least: 340 },
  'confidence-neurons': { name: 'the confidence neurons', least: 280 },
};

export function Answers({ className }: { className: string | undefined }) {
  useEffect(() => {
    restoreLayout().catch((error: unknown) => notifyError('The layout could not be taken up', error));
  }, []);
  const panes = answerPanels.map(({ id, View }) => ({
    ...{ id, name: id, least: 200, ...COLUMNS[id] },
    content: (
      <ErrorBoundary what={`The panel “${id}”`}>
        <View />
      </ErrorBoundary>
    ),
  }));
  return (
    <Columns
      panes={panes}
      className={className}
      onMove={moveColumns}
      onDone={rememberLayout}
      onReset={resetLayout}
    />
  );
}
