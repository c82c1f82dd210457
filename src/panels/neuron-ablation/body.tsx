/** Composes the panel: the answer, each neuron's effect and its way, the weights, token frequencies, and the mechanism itself. */

import { setPosition } from '../../state/actions.ts';
import { setNeuronAblation } from '../../state/closer/neuronAblationAsks.ts';
import { freshness, positionOf } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Terms } from '../terms.tsx';
import styles from './body.module.css';
import { Direction } from './direction.tsx';
import { Effects } from './effects.tsx';
import { ablationCsv, answerInWords, directionInWords, type OfArm } from './figures.ts';
import { Frequency } from './frequency.tsx';
import { useHoveredNeuron } from './hovered.ts';
import { Twice } from './twice.tsx';
import { Weights } from './weights.tsx';

const COUNTS = [1, 5, 10, 16];

export function NeuronAblation() {
  const state = useWorkbench();
  const [hovered, onHover] = useHoveredNeuron();
  const { count, effect, amount } = state.closer.neuronAblation;
  const slot = state.slots['neuron-ablation'];
  const weights = state.slots['neuron-weights'];
  const direction = state.slots['null-direction'];
  const { result } = slot;
  const arms = state.shown.flatMap((arm): OfArm[] => {
    const ablation = result?.arms[arm];
    return ablation ? [{ arm, ablation }] : [];
  });
  const moved = state.shown.flatMap((arm) => {
    const own = direction.result?.arms[arm];
    return own ? [{ arm, direction: own }] : [];
  });
  const neurons = arms[0]?.ablation.neurons ?? [];
  const neuron = state.neuron !== null && neurons.includes(state.neuron) ? state.neuron : (neurons[0] ?? 0);
  return (
    <PanelFrame
      id="neuron-ablation"
      question="How sure?"
      title="confidence neurons, switched off"
      shows="Holds the best-ranked last-layer neurons at their mean over this prompt, and shows what entropy and loss become with the final norm computed anew and with σ frozen."
      details={
        <>
          <p>
            Mean ablation a → ā of last-layer neurons, ā being the mean over all positions of this prompt,
            position 0 included. Only the final residual changes, so that entropy and loss are exact: logits′
            = b_U + (σ/σ′)(logits − b_U) + (ā − a)/σ′ · W_U·w_out. Frozen: σ′ = σ. The same neuron indices on
            every arm.
          </p>
          <p>
            Averages leave position 0 out. Through LayerNorm: 1 − mean |direct change| ÷ mean |total change|
            (Stolfo et al. 2024).
          </p>
          <Terms words={['neuron', 'LogitVar', 'entropy', 'σ', 'null space']} />
        </>
      }
      doesNotShow="What these neurons do on other texts: means over one prompt are not means over a corpus."
      freshness={freshness(state, 'neuron-ablation')}
      error={slot.error?.message ?? direction.error?.message ?? weights.error?.message}
      csv={arms.length > 0 ? () => ablationCsv(arms) : undefined}
      json={() => ({ ablation: result, direction: direction.result })}
      controls={
        <>
          <label className={styles.choice}>
            the first{' '}
            <select
              value={count}
              onChange={(event) => void setNeuronAblation({ count: Number(event.target.value) })}
            >
              {COUNTS.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </select>{' '}
            of the ranking above
          </label>
          <Segmented
            label="What changes"
            value={effect}
            options={[
              { value: 'entropy', label: 'entropy' },
              { value: 'loss', label: 'loss' },
            ]}
            onChange={(choice) => void setNeuronAblation({ effect: choice })}
          />
        </>
      }
    >
      {result && arms.length > 0 && (
        <>
          <p className={styles.answer}>{answerInWords(arms, effect)}</p>
          <p className={styles.note}>{directionInWords(arms)}.</p>
          <Effects
            arms={arms}
            effect={effect}
            pieces={result.pieces}
            neuron={neuron}
            hovered={hovered}
            position={positionOf(state)}
            onHover={onHover}
            onPosition={(position) => void setPosition(position)}
          />
        </>
      )}
      {weights.result && (
        <Weights
          result={weights.result}
          arms={state.shown.filter((arm) => weights.result && arm in weights.result.arms)}
          chosen={neurons}
          neuron={neuron}
          hovered={hovered}
          onHover={onHover}
        />
      )}
      <Twice />
      {moved.length > 0 && <Direction arms={moved} amount={amount} />}
      {arms.length > 0 && <Frequency arms={arms} />}
    </PanelFrame>
  );
}
