/** Draws the confidence neurons: a token × neuron grid per arm on one scale, and the ranking. */

import { setHover, setView, toggleNeuron } from '../../state/actions.ts';
import { viewed, viewedJson } from '../../state/edits/viewed.ts';
import { armTitle, pairArms } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { toCsv } from '../../ui/csv.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { Terms } from '../terms.tsx';
import { ViewBadge } from '../viewBadge.tsx';
import { ActivationGrids } from './grids.tsx';
import { Ranking } from './ranking.tsx';
import styles from './view.module.css';
import { nullSpaceInWords } from './words.ts';

const COUNTS = [8, 16, 32];

export function ConfidenceNeuronsView() {
  const state = useWorkbench();
  const both = viewed(state, 'confidence-neurons');
  const { result } = both;
  const arms = state.shown.filter((arm) => result && arm in result.arms);
  const by = Object.values(result?.arms ?? {})[0]?.by ?? 'original';
  const own = result?.arms[by];

  const csv = () =>
    toCsv(
      ['rank', 'neuron', 'norm', 'logit_var', 'score', 'null_share', ...arms.map((arm) => `rank ${arm}`)],
      (own?.stats ?? []).map((s, i) => [
        i + 1,
        s.neuron,
        s.norm,
        s.logitVar,
        s.score,
        s.nullShare,
        ...arms.map((arm) => (result?.arms[arm]?.stats[i]?.rank ?? Number.NaN) + 1),
      ]),
    );

  return (
    <PanelFrame
      id="confidence-neurons"
      question="How sure"
      title="confidence neurons"
      shows="Last-layer neurons that write strongly yet favour no token in particular; with LayerNorm they can only turn confidence up or down."
      details={
        <>
          <p>
            Ranked by ‖w_out‖ ÷ LogitVar: how strongly a neuron writes, over how unevenly its writing points
            at the vocabulary. <b>Null</b> is the squared share of its writing in the weakest{' '}
            {own?.nullDimension ?? ''} directions of the unembedding, the exact zero that centring makes not
            counted.
          </p>
          <p>
            Ranked on one arm’s weights; the grids show the same neuron indices on every arm. Activations are
            after GELU.
          </p>
          <Terms words={['neuron', 'LogitVar', 'null space', 'unembedding']} />
        </>
      }
      doesNotShow="What happens to the prediction when such a neuron is switched off: a high rank is a place to look, not an effect."
      freshness={both.freshness}
      error={state.slots['confidence-neurons'].error?.message}
      badge={<ViewBadge view={both.view} failed={both.failed} />}
      csv={csv}
      json={() => viewedJson(both)}
      controls={
        <>
          <label className={styles.choice}>
            ranked by{' '}
            <select value={by} onChange={(event) => void setView({ neuronsBy: event.target.value })}>
              {pairArms(state).map((arm) => (
                <option key={arm} value={arm}>
                  {armTitle(arm)}
                </option>
              ))}
            </select>
          </label>
          <label className={styles.choice}>
            top{' '}
            <select
              value={state.neuronCount}
              onChange={(event) => void setView({ neuronCount: Number(event.target.value) })}
            >
              {COUNTS.map((count) => (
                <option key={count}>{count}</option>
              ))}
            </select>
          </label>
          {own && <span className={styles.choice}>layer {own.layer}</span>}
        </>
      }
    >
      {own && <p className={styles.caveat}>{nullSpaceInWords(armTitle(by), own)}</p>}
      {result && own && (
        <div className={styles.halves}>
          <ActivationGrids
            result={result}
            arms={arms}
            neuron={state.neuron}
            hover={state.hover}
            position={state.position}
            onHover={setHover}
            onPick={toggleNeuron}
          />
          <Ranking
            stats={own.stats}
            others={arms
              .filter((arm) => arm !== by)
              .map((arm) => ({ arm, stats: result.arms[arm]?.stats ?? [] }))}
            neuron={state.neuron}
            hovered={state.hover?.neuron ?? null}
            onHover={(neuron) => setHover(neuron === null ? null : { neuron })}
            onPick={toggleNeuron}
          />
        </div>
      )}
    </PanelFrame>
  );
}
