/** The panels that look closer: a button each, and the one that is open below them. */

import { togglePanel } from '../../state/actions.ts';
import { viewOf } from '../../state/edits/viewed.ts';
import { useWorkbench } from '../../state/store.ts';
import { ErrorBoundary } from '../../ui/ErrorBoundary.tsx';
import { closerPanels } from '../index.ts';
import styles from './view.module.css';

export function Closer() {
  const open = useWorkbench((state) => state.open);
  const edited = useWorkbench((state) => viewOf(state) !== 'base');
  const panel = closerPanels.find(({ id }) => id === open);
  return (
    <section className={styles.closer} aria-labelledby="closer-title">
      <h2 id="closer-title" className={styles.title}>
        Look closer
      </h2>
      <div className={styles.tabs}>
        {closerPanels.map(({ id, tab, question }) => (
          <button
            key={id}
            type="button"
            className={styles.tab}
            aria-expanded={id === open}
            aria-controls="closer-panel"
            onClick={() => void togglePanel(id)}
          >
            <b>{tab}</b>
            <span>{question}</span>
          </button>
        ))}
      </div>
      <div id="closer-panel">
        {panel && (
          <>
            {edited && (
              <p className={styles.edited}>
                {panel.edited ?? 'This panel runs the models as they are, without the edits above.'}
              </p>
            )}
            <ErrorBoundary key={panel.id} what={`The panel “${panel.tab}”`}>
              <panel.View />
            </ErrorBoundary>
          </>
        )}
      </div>
    </section>
  );
}
