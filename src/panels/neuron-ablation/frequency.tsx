/** Token-frequency neurons beside: those that write along the log-frequency, once somebody gives token counts. */

import { type DragEvent, useRef, useState } from 'react';
import { meaningOf } from '../../lessons/glossary.ts';
import { setNeuronAblation } from '../../state/closer/neuronAblationAsks.ts';
import { armTitle, currentPair, vocabularyOf } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { number } from '../../ui/format.ts';
import styles from './body.module.css';
import { countsIn } from './counts.ts';
import { meanFrom, type OfArm } from './figures.ts';

/** So many are listed. */
const LISTED = 5;

export function Frequency({ arms }: { arms: readonly OfArm[] }) {
  const state = useWorkbench();
  const { counts } = state.closer.neuronAblation;
  return (
    <>
      <h3 className={styles.heading}>Token-frequency neurons</h3>
      <p className={styles.note}>
        They move the prediction towards plain word counts and back. The score is |cosine| between what a
        neuron adds to the logits and the log-counts, both less their mean; KL is from the counts (smoothed by
        +1) to the prediction.
      </p>
      <Source vocabulary={vocabularyOf(currentPair(state))} name={counts?.name ?? null} />
      {counts && arms.some(({ ablation }) => ablation.tokenFrequency) && <Found arms={arms} />}
    </>
  );
}

function Source({ vocabulary, name }: { vocabulary: number | null; name: string | null }) {
  const [why, setWhy] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File | undefined) => {
    if (!file) return;
    const found = countsIn(await file.text(), vocabulary);
    setWhy('why' in found ? found.why : null);
    if ('values' in found) await setNeuronAblation({ counts: { name: file.name, values: found.values } });
  };
  const onDragOver = (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation(); // elsewhere on the page a drop is refused (useStrayDrops)
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    void take(event.dataTransfer.files[0]);
  };
  return (
    <fieldset className={styles.source} aria-label="Token counts" onDragOver={onDragOver} onDrop={onDrop}>
      <span>
        {name
          ? `Counts from ${name}.`
          : `What is lacking: how often each token occurs, as a JSON list of ${vocabulary ?? 'as many'} numbers by token id.`}
      </span>
      <Button kind="quiet" onClick={() => input.current?.click()}>
        Pick a file…
      </Button>
      <span className={styles.hint}>or drop it here</span>
      {name && (
        <Button kind="quiet" onClick={() => void setNeuronAblation({ counts: null })}>
          Forget them
        </Button>
      )}
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        aria-label="Token counts file"
        onChange={(event) => {
          void take(event.target.files?.[0]);
          event.target.value = ''; // the same file again is a change again
        }}
      />
      {why && (
        <p className={styles.error} role="alert">
          {why}
        </p>
      )}
    </fieldset>
  );
}

/** The layer's best by score, and what the ablated ones do to the divergence from the counts. */
function Found({ arms }: { arms: readonly OfArm[] }) {
  return (
    <div className={styles.pictures}>
      {arms.map(({ arm, ablation }) => {
        const scores = [...(ablation.tokenFrequency?.data ?? [])].map((score, neuron) => ({ neuron, score }));
        const best = scores.sort((a, b) => b.score - a.score).slice(0, LISTED);
        const kl = ablation.klUnigram;
        const T = ablation.entropy.data.length;
        return (
          <div key={arm}>
            <p className={styles.caption}>{armTitle(arm)}</p>
            <p className={styles.small}>
              Highest scores: {best.map(({ neuron, score }) => `${neuron} (${number(score, 3)})`).join(', ')}.
            </p>
            {kl && (
              <table className={styles.table}>
                <thead>
                  <tr>
                    <th scope="col">ablated</th>
                    <th scope="col">score</th>
                    <th scope="col">mean KL, norm anew</th>
                    <th scope="col" title={meaningOf('σ')}>
                      σ as it was
                    </th>
                  </tr>
                </thead>
                <tbody>
                  <tr>
                    <th scope="row">none</th>
                    <td />
                    <td>{number(meanFrom(ablation, kl.before.data), 4)}</td>
                    <td />
                  </tr>
                  {ablation.neurons.map((neuron, i) => (
                    <tr key={neuron}>
                      <th scope="row">{neuron}</th>
                      <td>{number(ablation.tokenFrequency?.data[neuron] ?? Number.NaN, 3)}</td>
                      <td>{number(meanFrom(ablation, kl.total.data.subarray(i * T, (i + 1) * T)), 4)}</td>
                      <td>{number(meanFrom(ablation, kl.direct.data.subarray(i * T, (i + 1) * T)), 4)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </div>
        );
      })}
    </div>
  );
}
