/** Composes the logit lens: the answer in words, the tokens asked about through the layers, and the grid of every layer and position. */

import type { LensScale } from '../../analysis/types/index.ts';
import type { LensColour } from '../../state/closer/logitLens.ts';
import {
  cancelLogitLens,
  lensIsLight,
  logitLensError,
  logitLensStands,
  setLogitLens,
  startLogitLens,
} from '../../state/closer/logitLensAsks.ts';
import {
  armTitle,
  comparison,
  engineIsReady,
  freshness,
  pairArms,
  positionOf,
} from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { ResultOf } from '../../state/types.ts';
import { Button } from '../../ui/Button.tsx';
import { glyphs } from '../../ui/glyphs.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { TokenText } from '../../ui/TokenText.tsx';
import { Terms } from '../terms.tsx';
import styles from './body.module.css';
import { lensCsv } from './csv.ts';
import { Grids } from './grids.tsx';
import { Lines } from './lines.tsx';
import { type ArmLens, answerInWords, colourInWords, conventionInWords } from './words.ts';

const SCALES: readonly { value: LensScale; label: string; title: string }[] = [
  {
    value: 'recomputed',
    label: 'own scale',
    title: 'Each layer divided by its own σ, as if it were the last',
  },
  {
    value: 'frozen',
    label: 'final scale',
    title: 'Each layer divided by the σ that the final residual has there',
  },
];

export function LogitLens() {
  const state = useWorkbench();
  const { result, working, progress } = state.slots['logit-lens'];
  const light = lensIsLight(state);
  const lenses = lensesOf(result, state.shown);
  const fresh = freshness(state, 'logit-lens');
  return (
    <PanelFrame
      id="logit-lens"
      question="When does it know?"
      title="logit lens"
      shows="Reads every layer’s residual stream as if it were the last: which token would come next if the model stopped there."
      details={
        <>
          <p>
            Each layer’s residual stream goes through the final norm and the unembedding, which only the last
            layer’s does in the model itself; the bottom row is therefore the model’s own prediction.
          </p>
          <p>
            With LayerNorm an early residual is much shorter than the final one, so its scale is a choice: its
            own σ (recomputed), or the σ of the final residual at that position (frozen), which adds up with
            direct logit attribution. Without LayerNorm nothing is divided and there is nothing to choose.
          </p>
          <Terms words={['logit', 'unembedding', 'entropy']} />
        </>
      }
      doesNotShow="What later layers will make of it: a layer may hold an answer in a form that the unembedding cannot read yet."
      freshness={working ? 'working' : fresh === 'working' && !light ? 'earlier' : fresh}
      error={logitLensError(state)}
      csv={result ? () => lensCsv(result, lenses) : undefined}
      json={result ? () => result : undefined}
      controls={<Controls lenses={lenses} />}
    >
      {!light && !working && !logitLensStands(state) && (
        <p className={styles.note}>
          Every layer at every position is read through the whole vocabulary, which takes some time for a
          prompt or a model of this size.{' '}
          <Button kind="primary" disabled={!engineIsReady(state)} onClick={() => void startLogitLens(state)}>
            Read the layers
          </Button>
        </p>
      )}
      {working && progress && (
        <div className={styles.progress}>
          <ProgressBar
            label="Reading the layers"
            left={phaseInWords(progress.phase, pairArms(state))}
            right={`${progress.done} of ${progress.total}`}
            share={progress.done / progress.total}
          />
          {!light && <Button onClick={() => void cancelLogitLens()}>Cancel</Button>}
        </div>
      )}
      {result && lenses.length > 0 ? (
        <Answer result={result} lenses={lenses} />
      ) : (
        !working && light && <p className={styles.note}>Asking the engine …</p>
      )}
    </PanelFrame>
  );
}

function Answer({ result, lenses }: { result: ResultOf<'logit-lens'>; lenses: readonly ArmLens[] }) {
  const state = useWorkbench();
  const position = Math.min(positionOf(state), result.tokens.length - 1);
  const target = state.target[0];
  const { colour } = state.closer.logitLens;
  return (
    <>
      <div className={styles.answer} aria-live="polite">
        <p>
          After <TokenText piece={result.pieces[position] ?? ''} /> at position {position}:
        </p>
        <ul>
          {lenses.map((own) => (
            <li key={own.arm}>{answerInWords(own, position)}</li>
          ))}
        </ul>
      </div>
      <p className={styles.convention}>{conventionInWords(lenses)}</p>
      <Lines lenses={lenses} position={position} />
      <p className={styles.convention}>
        Layer ↓ (the last at the bottom), position →. Colour:{' '}
        {colourInWords(colour, target ? glyphs(target.piece) : null)}. Click a cell to pin its position.
      </p>
      <Grids
        result={result}
        lenses={lenses}
        compared={comparison(state)}
        colour={colour}
        position={position}
      />
    </>
  );
}

function Controls({ lenses }: { lenses: readonly ArmLens[] }) {
  const { closer, target } = useWorkbench();
  const { scale, colour } = closer.logitLens;
  const hasScale = lenses.length === 0 || lenses.some(({ lens }) => lens.convention.finalScale !== 'none');
  const [first] = target;
  const colours: { value: LensColour; label: string; disabled?: boolean }[] = [
    { value: 'top', label: 'likeliest token' },
    { value: 'next', label: 'next token' },
    { value: 'rank', label: 'its rank' },
    { value: 'target', label: first ? glyphs(first.piece) : 'target', disabled: !first },
    { value: 'entropy', label: 'entropy' },
  ];
  return (
    <>
      {hasScale && (
        <span className={styles.choice}>
          <span>divide by</span>
          <Segmented
            label="Scale each layer is divided by"
            value={scale}
            options={SCALES}
            onChange={(value) => void setLogitLens({ scale: value })}
          />
        </span>
      )}
      <span className={styles.choice}>
        <span>colour the grid by</span>
        <Segmented
          label="Colour of the grid"
          value={colour}
          options={colours}
          onChange={(value) => void setLogitLens({ colour: value })}
        />
      </span>
    </>
  );
}

function lensesOf(result: ResultOf<'logit-lens'> | null, shown: readonly string[]): ArmLens[] {
  return shown.flatMap((arm) => {
    const lens = result?.arms[arm];
    return lens ? [{ arm, lens }] : [];
  });
}

/** The engine knows arms by their ids. */
function phaseInWords(phase: string, arms: readonly string[]): string {
  return phase
    .split(' ')
    .map((word) => (arms.includes(word) ? armTitle(word) : word))
    .join(' ');
}
