/** Composes the panel on a text: which text, how it is read, the answer in words, the table, the curves, and the places. */

import { questionOf, startReading, stopReading, textStands } from '../../state/closer/textReading.ts';
import { armTitle, comparison, engineIsReady, pairArms } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { list } from '../../ui/format.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { Terms } from '../terms.tsx';
import styles from './body.module.css';
import { readingCsv } from './csv.ts';
import { Curves } from './curves.tsx';
import { HeadsOnAverage } from './headsOnAverage.tsx';
import { Disagreements, Outliers } from './places.tsx';
import { Reading } from './reading.tsx';
import { Source } from './source.tsx';
import { Table } from './table.tsx';
import { answerInWords, coverageInWords, phaseInWords } from './words.ts';

export function OnAText() {
  const state = useWorkbench();
  const { result, reading, error } = state.closer.text;
  const partial = result !== null && !result.coverage.complete;
  return (
    <PanelFrame
      id="text"
      question="How do they do on a whole text?"
      title="loss, calibration, disagreement"
      shows="Reads a text window by window with every model on show and scores how well each foresaw every token."
      details={
        <>
          <p>
            Loss is −ln of the probability given to the token that came; perplexity is exp of its mean. ECE is
            the expected calibration error: the tokens are put into ten bins by the probability of the
            likeliest one, and of each bin’s mean probability and its share of hits the differences are
            averaged. JSD is the Jensen–Shannon divergence between two models’ predictions at the same place.
          </p>
          <p>
            Intervals hold 95 % of what 1000 resamples of the windows give (bootstrap, seed 0). No logarithm
            is clamped; the paper’s code caps a loss at 23.03. The paper reads 1024 tokens at a time without
            BOS, its documents joined by &lt;|endoftext|&gt;.
          </p>
          <p>
            A position whose loss is not finite, or with a logit beyond ±10,000, is an outlier: it is listed
            and counted, not averaged in. The largest LN-free model really does explode on tabs and control
            characters.
          </p>
          <Terms words={['entropy']} />
        </>
      }
      doesNotShow="Whether the text is like what the models were trained on: a difference on this text need not be one on another."
      freshness={reading ? 'live' : result && !textStands(state) ? 'earlier' : 'live'}
      error={error}
      badge={
        partial && (
          <Badge tone="note" title={coverageInWords(result.coverage)}>
            part of the text
          </Badge>
        )
      }
      csv={result ? () => readingCsv(result) : undefined}
      json={result ? () => result : undefined}
    >
      <div className={styles.ask}>
        <Source />
        <Reading />
      </div>
      <Controls />
      {result && Object.keys(result.arms).length > 0 && <Answer />}
    </PanelFrame>
  );
}

function Controls() {
  const state = useWorkbench();
  const { reading, progress, result } = state.closer.text;
  const { source, typed, file } = questionOf(state);
  if (reading) {
    return (
      <div className={styles.progress}>
        <ProgressBar
          label="Reading the text"
          left={progress ? phaseInWords(progress.phase, pairArms(state)) : 'starting'}
          right={progress && `${progress.done} of ${progress.total} windows`}
          share={progress && progress.done / progress.total}
        />
        <Button onClick={stopReading}>Cancel</Button>
      </div>
    );
  }
  const missing = (source === 'typed' && typed.trim() === '') || (source === 'file' && !file);
  const stands = result !== null && textStands(state);
  return (
    <div className={styles.start}>
      <Button
        kind={stands ? 'plain' : 'primary'}
        disabled={!engineIsReady(state) || missing}
        onClick={() => void startReading()}
      >
        {stands ? 'Read it again' : `Read it with ${list(state.shown.map(armTitle))}`}
      </Button>
      <span className={styles.hint}>
        {missing
          ? 'Give it a text first.'
          : result && !stands
            ? 'The numbers below are of another text, other models or other windows.'
            : 'The numbers come in as it reads; cancelling keeps what there is. You can go on working meanwhile.'}
      </span>
    </div>
  );
}

function Answer() {
  const state = useWorkbench();
  const { result, reading } = state.closer.text;
  if (!result) return null;
  const compared = comparison(state);
  return (
    <>
      <p className={styles.answer} aria-live={reading ? 'off' : 'polite'}>
        {!result.coverage.complete && <b>So far, of {coverageInWords(result.coverage)}: </b>}
        {answerInWords(result, compared)}
      </p>
      <p className={styles.hint}>
        {result.coverage.complete && `${coverageInWords(result.coverage)}. `}
        {result.reading.convention}
      </p>
      <Table result={result} />
      <Curves result={result} />
      <HeadsOnAverage result={result} />
      <Disagreements result={result} compared={compared} />
      <Outliers result={result} />
    </>
  );
}
