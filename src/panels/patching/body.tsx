/** Composes the panel: two prompts, what is patched, the answer, the maps, one cell closer by, and how good the shortcut is. */

import type { Kept, SweepResult } from '../../state/closer/patching.ts';
import { questionOf, startSweep, sweepFailure, sweepOf } from '../../state/closer/patchingRuns.ts';
import { newestOf, stopWork } from '../../state/closer/patchingWork.ts';
import { armTitle, engineIsReady, pairArms } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { list } from '../../ui/format.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { Terms } from '../terms.tsx';
import { answerInWords } from './answer.ts';
import styles from './body.module.css';
import { Choices } from './choices.tsx';
import { Detail } from './detail.tsx';
import { EffectMaps } from './effectMaps.tsx';
import { armsOf, type OfArm, sweepCsv } from './maps.ts';
import { Prompts } from './prompts.tsx';
import { Shortcut } from './shortcut.tsx';
import { EffectTable } from './tables.tsx';
import { directionInWords, metricInWords, phaseInWords, siteInWords } from './words.ts';

export function Patching() {
  const state = useWorkbench();
  const { sweep, normalise, cell } = state.closer.patching;
  const current = sweepOf(state);
  const kept = current ?? newestOf(sweep, state.pair);
  const arms = kept ? armsOf(kept.result, state.shown, normalise) : [];
  return (
    <PanelFrame
      id="patching"
      question="Where is it carried?"
      title="activation patching"
      shows="Copies one part’s activation from a run on one prompt into the run on another, a part at a time, and measures how far the answer follows."
      details={
        <>
          <p>
            Denoising puts clean activations into the corrupted run: a large effect says that this part
            suffices to bring the answer back. Noising puts corrupted activations into the clean run: a large
            effect says that the answer needs this part. All later layers run again on what was replaced.
          </p>
          <p>
            The metric is the mean logit of the target less that of the contrast, after the last token. A
            share divides its change by metric(clean) − metric(corrupted), sign and all: before layer 0 the
            only token that differs carries all of it, 1.00.
          </p>
          <Terms words={['patching', 'attribution patching', 'gradient', 'contrast']} />
        </>
      }
      doesNotShow="How a part’s effect reaches the answer, and what two parts do together: effects of single parts do not add up."
      freshness={kept && !current && sweep.asked === null ? 'earlier' : 'live'}
      error={sweepFailure(state)}
      badge={
        kept &&
        !kept.whole && (
          <Badge tone="note" title="Some cells have not been measured; they have no colour.">
            part of the map
          </Badge>
        )
      }
      csv={kept ? () => sweepCsv(arms, kept.pieces) : undefined}
      json={
        kept
          ? () => ({ ...kept.result, arms: Object.fromEntries(arms.map(({ arm, map }) => [arm, map])) })
          : undefined
      }
      controls={<Choices />}
    >
      <Prompts />
      <Start stands={current?.whole ?? false} />
      {kept && arms.length > 0 && (
        <div className={current ? undefined : styles.stale}>
          <Answer arms={arms} kept={kept} />
          <EffectMaps arms={arms} pieces={kept.pieces} whole={kept.whole} />
          <EffectTable arms={arms} pieces={kept.pieces} />
          {cell && <Detail arms={arms} pieces={kept.pieces} cell={cell} current={current !== null} />}
        </div>
      )}
      <Shortcut />
    </PanelFrame>
  );
}

function Start({ stands }: { stands: boolean }) {
  const state = useWorkbench();
  const { asked, progress } = state.closer.patching.sweep;
  if (asked) {
    return (
      <div className={styles.progress}>
        <ProgressBar
          label="Patching"
          left={progress ? phaseInWords(progress, pairArms(state)) : 'starting'}
          right={progress && `${progress.done} of ${progress.total}`}
          share={progress && progress.done / progress.total}
        />
        <Button onClick={() => stopWork('sweep')}>Cancel</Button>
      </div>
    );
  }
  return (
    <div className={styles.ask}>
      <Button
        kind={stands ? 'plain' : 'primary'}
        disabled={!engineIsReady(state) || questionOf(state) === null}
        onClick={() => void startSweep()}
      >
        {stands ? 'Measure again' : `Patch every part of ${list(state.shown.map(armTitle))}`}
      </Button>
      {!stands && <span className={styles.note}>The map comes in from the last layer back.</span>}
    </div>
  );
}

function Answer({ arms, kept }: { arms: readonly OfArm[]; kept: Kept<SweepResult> }) {
  const { target, contrast, normalise } = useWorkbench((state) => state.closer.patching);
  const { site, direction } = (arms[0] as OfArm).map.convention;
  const warnings = arms.flatMap(({ arm, map }) => (map.warning ? [`${armTitle(arm)}: ${map.warning}`] : []));
  return (
    <>
      {answerInWords(arms, kept.pieces).map((sentence) => (
        <p key={sentence} className={styles.answer}>
          {sentence}
        </p>
      ))}
      <p className={styles.note}>
        Patched: {siteInWords(site)}; {directionInWords(direction)}; change of{' '}
        {metricInWords(target, contrast)}
        {normalise ? ', as a share of clean − corrupted' : ', in logits'}.
      </p>
      {warnings.map((warning) => (
        <p key={warning} className={styles.error} role="alert">
          {warning}
        </p>
      ))}
    </>
  );
}
