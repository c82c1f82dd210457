/** Everything measured as a file: JSON for programs, Markdown for a paper's appendix or an issue, weights hashed where wished. */

import { useState } from 'react';
import { reportMarkdown, reportOf } from '../../claims/report.ts';
import { clearClaims, hashWeights } from '../../state/paper.ts';
import { armTitle, engineIsReady } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { download } from '../../ui/download.ts';
import { toJson } from '../../ui/json.ts';
import styles from './body.module.css';

const FILE = 'normless-claims';

export function Exports() {
  const state = useWorkbench();
  const { results, hashing, hashError, underWay } = state.closer.paper;
  const [copied, setCopied] = useState<string | null>(null);
  const markdown = () => reportMarkdown(results, armTitle);
  const unhashed = results.filter(
    ({ pair, arms }) => pair.id === state.pair && arms.some(({ weights }) => weights.length === 0),
  ).length;
  const copy = async () => {
    const content = markdown();
    try {
      await navigator.clipboard.writeText(content);
      setCopied('Copied');
    } catch {
      download(`${FILE}.md`, content);
      setCopied('Saved as a file');
    }
    setTimeout(() => setCopied(null), 1500);
  };
  return (
    <div className={styles.exports}>
      <Button kind="quiet" onClick={() => void copy()}>
        <span aria-live="polite">{copied ?? 'Copy as Markdown'}</span>
      </Button>
      <Button kind="quiet" onClick={() => download(`${FILE}.md`, markdown())}>
        Download Markdown
      </Button>
      <Button kind="quiet" onClick={() => download(`${FILE}.json`, toJson(reportOf(results)))}>
        Download JSON
      </Button>
      {unhashed > 0 && (
        <Button
          kind="quiet"
          disabled={hashing || underWay !== null || !engineIsReady(state)}
          title="Compares the engines on one token, as Verify does, which hashes every parameter on the way."
          onClick={() => void hashWeights()}
        >
          {hashing ? 'Hashing the weights …' : 'Add the weights’ sha256'}
        </Button>
      )}
      <Button kind="quiet" onClick={clearClaims}>
        Forget all results
      </Button>
      {hashError && <span role="alert">{hashError}</span>}
      <span className={styles.hint}>
        {results.length} {results.length === 1 ? 'result' : 'results'} with published numbers, conventions,
        weights, engine and date.
      </span>
    </div>
  );
}
