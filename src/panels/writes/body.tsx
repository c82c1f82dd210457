/** Composes the panel: which part, the answer in a sentence, the tokens it pushes in every arm, and a head's circuits. */

import { useState } from 'react';
import {
  chosenPart,
  DIRECTION,
  hasOneVector,
  largestTerms,
  parsePart,
  setWrites,
} from '../../state/closer/writesAsks.ts';
import { comparison, freshness } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import styles from './body.module.css';
import { Circuits } from './circuits.tsx';
import { Pushes } from './pushes.tsx';
import { answerInWords, conventionInWords, likenessInWords, type OfArm, writesCsv } from './words.ts';

export function Writes() {
  const state = useWorkbench();
  const { result, error } = state.slots.writes;
  const chosen = chosenPart(state);
  const circuits = state.slots['head-circuits'];
  const isHead = chosen !== null && 'head' in chosen.part;
  const arms = state.shown.flatMap((arm): OfArm[] => {
    const written = result?.arms[arm];
    return written ? [{ arm, written }] : [];
  });
  const compared = comparison(state);
  const between = compared && result?.between?.[compared.join('|')];
  return (
    <PanelFrame
      id="writes"
      question="What it writes"
      title="the tokens that a part pushes"
      shows="Which tokens one head, MLP, neuron or direction makes likelier and less likely. Pin a head or term elsewhere on the page, or name one here."
      details={
        <>
          <p>
            What a part adds to the residual stream goes through the final norm’s centring and gain and is
            read by every token’s row of the unembedding: so many logits up or down. At a position the run’s
            own final scale σ divides it, as in direct logit attribution.
          </p>
          <p>
            A head’s weights are two maps. OV: if it attended to this token alone, which tokens would it push.
            QK: how much a query token would attend to a key token, before the softmax. Both take the
            embedding alone, without a position and without what earlier layers add, so they say more of early
            heads than of late ones.
          </p>
        </>
      }
      doesNotShow="What later layers make of it: only the direct path to the logits."
      freshness={freshness(state, 'writes')}
      error={error?.message ?? (isHead ? circuits.error?.message : null)}
      csv={arms.length > 0 ? () => writesCsv(arms) : undefined}
      json={() => ({ writes: result, circuits: isHead ? circuits.result : null })}
      controls={<Choice />}
    >
      {arms.length > 0 && (
        <>
          <p className={styles.answer}>{answerInWords(arms)}</p>
          <p className={styles.note}>
            {conventionInWords(arms)} {between && compared && likenessInWords(between, compared)}
          </p>
          <Pushes arms={arms} />
          {isHead && <Circuits />}
        </>
      )}
    </PanelFrame>
  );
}

/** Which part: typed, one of the largest terms, or what is pinned. */
function Choice() {
  const state = useWorkbench();
  const { part, at } = state.closer.writes;
  const [draft, setDraft] = useState({ of: part, text: part });
  const typed = draft.of === part ? draft.text : part; // a link or a step back has chosen another since
  const chosen = chosenPart(state);
  const wrong = typed !== '' && parsePart(typed, state) === null;
  const options = [...largestTerms(state, 5), ...(state.contrast.length > 0 ? [DIRECTION] : [])];
  const choose = (label: string, text = label) => {
    setDraft({ of: label, text });
    void setWrites({ part: label });
  };
  return (
    <>
      <label>
        part{' '}
        <input
          type="text"
          className={styles.part}
          aria-invalid={wrong}
          placeholder={chosen ? `${chosen.label}` : 'L3H2'}
          size={14}
          spellCheck={false}
          autoComplete="off"
          value={typed}
          onChange={({ target: { value } }) => {
            if (value === '' || parsePart(value, state)) choose(value.trim(), value);
            else setDraft({ of: part, text: value });
          }}
        />
      </label>
      <span className={wrong ? styles.wrong : styles.note}>
        {wrong
          ? 'No such part here: write a head as L3H2, a neuron as L3N17, an MLP as L3.mlp.'
          : 'largest here:'}
      </span>
      {!wrong &&
        options.map((label) => (
          <Button
            key={label}
            kind="quiet"
            aria-pressed={chosen?.label === label}
            onClick={() => choose(label)}
          >
            {label}
          </Button>
        ))}
      {part !== '' && !wrong && (
        <Button kind="quiet" onClick={() => choose('')}>
          follow the pins
        </Button>
      )}
      {chosen && hasOneVector(chosen) && (
        <Segmented
          label="At the position or weights alone"
          value={at}
          options={[
            { value: 'position', label: 'at this position' },
            { value: 'weights', label: 'weights alone' },
          ]}
          onChange={(value) => void setWrites({ at: value })}
        />
      )}
    </>
  );
}
