/** Composes the panel of the paper: what can be measured, the groups of claims, and everything measured as a file. */

import { CLAIMS, GROUPS } from '../../claims/index.ts';
import { reportOf } from '../../claims/report.ts';
import {
  cancelMeasuring,
  lacks,
  measureClaims,
  resultOf,
  setPaperText,
  takePaperText,
} from '../../state/paper.ts';
import { engineIsReady } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import styles from './body.module.css';
import { ClaimRow } from './claimRow.tsx';
import { Exports } from './exports.tsx';
import { figuresCsv, tally } from './rows.ts';

export function PaperBody() {
  const state = useWorkbench();
  const { closer } = state;
  const { results, text } = closer.paper;
  const measured = results.length > 0;
  return (
    <PanelFrame
      id="paper"
      question="The paper"
      title="claim by claim, measured here"
      shows="What the paper on LayerNorm-free GPT-2 and its sources claim, with the published number, and beside it what this page measures on the models that are loaded."
      details={
        <>
          <p>
            A claim <b>holds</b> where every figure that is held against something is as it must be, and{' '}
            <b>does not hold</b> where one is not. It is only <b>measured</b> where nothing is published for
            these weights: published numbers are about the released checkpoints, which are told by the
            repository they were loaded from.
          </p>
          <p>
            The paper: “Small Transformers Don’t Need LayerNorm at Inference Time” (arXiv 2507.02559) and its
            repository submarat/removing-layer-norm. Values read off figures are given with that uncertainty.
          </p>
        </>
      }
      doesNotShow="The published means over a corpus: a prompt is not a corpus, and where that matters the numbers are measured and held against nothing."
      freshness="live"
      csv={measured ? () => figuresCsv(results) : undefined}
      json={measured ? () => reportOf(results) : undefined}
      controls={<Controls />}
    >
      <p className={styles.tally} aria-live="polite">
        {tally(CLAIMS.map(({ id }) => resultOf(state, id)))}
      </p>
      <div className={styles.text}>
        <label htmlFor="paper-text">
          Text for claims 27 and 28 (loss, entropy and calibration on a text)
        </label>
        <Button kind="quiet" onClick={() => void takePaperText()}>
          {closer.text.source === 'sample' ? 'Take the sample text' : 'Take the text of “On a text”'}
        </Button>
        <textarea
          id="paper-text"
          rows={2}
          value={text}
          placeholder="Paste a page or more of ordinary English."
          onChange={({ target }) => setPaperText(target.value)}
        />
      </div>
      {GROUPS.map(({ id, title, about }) => (
        <section key={id} className={styles.group} aria-label={title}>
          <h3>{title}</h3>
          <p className={styles.about}>{about}</p>
          {CLAIMS.filter(({ group }) => group === id).map((claim) => (
            <ClaimRow key={claim.id} claim={claim} />
          ))}
        </section>
      ))}
      {measured && <Exports />}
    </PanelFrame>
  );
}

function Controls() {
  const state = useWorkbench();
  const { underWay } = state.closer.paper;
  const possible = CLAIMS.filter((claim) => lacks(state, claim) === null);
  if (underWay) {
    const { claim, done, total, progress } = underWay;
    return (
      <div className={styles.progress}>
        <ProgressBar
          label="Measuring claims"
          left={`claim ${claim}${progress ? `: ${progress.phase}` : ''}`}
          right={`${done} of ${total}`}
          share={done / total}
        />
        <Button onClick={cancelMeasuring}>Cancel</Button>
      </div>
    );
  }
  return (
    <>
      <Button
        kind="primary"
        disabled={!engineIsReady(state) || possible.length === 0}
        onClick={() => void measureClaims(possible)}
      >
        Measure all that can be measured here
      </Button>
      <span className={styles.hint}>
        {possible.length} of {CLAIMS.length} claims, on the prompt and the models above. Takes seconds with
        small models, minutes with large ones.
      </span>
    </>
  );
}
