/** Composes the panel: the answer in a sentence, attribution against direct effect, where it is off, why, and all positions. */

import { useState } from 'react';
import { setExactness } from '../../state/closer/exactnessAsks.ts';
import { freshness } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import type { WorkbenchState } from '../../state/types.ts';
import { Badge } from '../../ui/Badge.tsx';
import { magnitude } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Terms } from '../terms.tsx';
import { AllPositions } from './allPositions.tsx';
import styles from './body.module.css';
import { ErrorMaps } from './errorMaps.tsx';
import { Identity } from './identity.tsx';
import { Plot } from './plot.tsx';
import { answerInWords, effectsCsv, furthestOff, type OfArm, proofOf, whyExact } from './terms.ts';

export function Exactness() {
  const state = useWorkbench();
  const [pointed, setPointed] = useState<string | null>(null);
  const { unit } = state.closer.exactness;
  const slot = unit === 'head' ? 'direct-effect' : 'direct-effect:neuron';
  const { result, error } = state.slots[slot];
  const arms = armsOf(state, slot);
  const spoken = pointed ?? headLabel(state) ?? furthestOff(arms);
  const proof = arms.length > 0 ? proofOf(arms) : null;
  return (
    <PanelFrame
      id="exactness"
      question="How exact?"
      title="attribution against the measured direct effect"
      shows={
        state.target.length
          ? `What each part is said to add to ${question(state)}, and what really goes when it is taken out of the final residual.`
          : 'Choose a target token above to see how exact its attribution is. All positions can be asked without one.'
      }
      details={
        <>
          <p>
            Attribution (DLA) divides what a part wrote by the scale σ that the final LayerNorm had in this
            run. The direct effect takes the part out of the final residual, computes the final norm anew on
            what is left, and reads the same logit: then σ becomes σ′. Earlier layers are left as they were.
          </p>
          <p>
            The two differ by L₋c·(σ′/σ − 1), L₋c being the target’s value without the part. The error (NMAE)
            is mean |attribution − direct effect| ÷ mean |direct effect|: pooled over all heads, as the
            paper’s code prints it, or per head and then averaged, as its equations 9 and 10 say.
          </p>
          <Terms words={['direct effect', 'direct logit attribution', 'final scale', 'σ′']} />
        </>
      }
      doesNotShow="What a part does by way of later layers, whose inputs would change too."
      freshness={freshness(state, slot)}
      error={error?.message}
      badge={
        proof && (
          <Badge tone={proof.ok ? 'good' : 'bad'} title={proof.title}>
            {proof.text}
          </Badge>
        )
      }
      csv={arms.length > 0 ? () => effectsCsv(arms) : undefined}
      json={() => ({ position: result, all: state.slots['direct-effect:all'].result })}
      controls={
        state.target.length > 0 && (
          <Segmented
            label="Parts shown"
            value={unit}
            options={[
              { value: 'head', label: 'heads' },
              { value: 'neuron', label: 'last layer’s neurons' },
            ]}
            onChange={(choice) => void setExactness({ unit: choice })}
          />
        )
      }
    >
      {state.target.length > 0 && arms.length > 0 && (
        <>
          <p className={styles.answer}>{answerInWords(arms)}</p>
          <p className={styles.note}>
            {noteOn(arms)} {whyExact(arms)}
          </p>
          <div className={styles.pictures}>
            <Plot arms={arms} spoken={spoken} onPoint={setPointed} />
            <div>
              {unit === 'head' && (
                <ErrorMaps
                  arms={arms}
                  caption="direct effect − attribution, in logits"
                  value={(term) => term.difference}
                />
              )}
              <Identity arms={arms} label={spoken} />
            </div>
          </div>
        </>
      )}
      <AllPositions />
    </PanelFrame>
  );
}

function armsOf(state: WorkbenchState, slot: 'direct-effect' | 'direct-effect:neuron'): OfArm[] {
  const { result } = state.slots[slot];
  return state.shown.flatMap((arm) => {
    const effects = result?.arms[arm];
    return effects ? [{ arm, effects }] : [];
  });
}

/** The head that is hovered or pinned anywhere on the page, by the label it has among the terms. */
function headLabel({ hover, pinned, closer }: WorkbenchState): string | null {
  if (closer.exactness.unit === 'neuron') return null;
  const head = [hover?.place, pinned].find((place) => place?.head !== undefined);
  return head ? `L${head.layer}H${head.head}` : null;
}

function question({ target, contrast }: WorkbenchState): string {
  const side = (tokens: typeof target) => tokens.map(({ piece }) => glyphs(piece)).join(' and ');
  const sides = contrast.length ? `${side(target)} over ${side(contrast)}` : side(target);
  return target.length + contrast.length > 2 || target.length > 1 ? `the mean of ${sides}` : sides;
}

/** Over what, and how it was found. */
function noteOn(arms: readonly OfArm[]): string {
  const { unit, nmae, checked } = (arms[0] as OfArm).effects;
  const centred = arms[0]?.effects.contrast.length ? '' : ' Logits are less their mean over the vocabulary.';
  if (unit === 'head') {
    return `Sum of |attribution − direct effect| ÷ sum of |direct effect| over ${nmae.terms} heads at this one position; every head was taken out and measured.${centred}`;
  }
  const off = Math.max(...arms.map(({ effects }) => effects.checked?.worst ?? 0));
  return `Over ${nmae.terms} neurons at this one position, by the identity below; ${checked?.neurons} of them were taken out in earnest, and agree within ${magnitude(off)}.${centred}`;
}
