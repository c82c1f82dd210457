/** Confidence neurons in action: the prompt read twice, asked by a button, followed, and what moved when it came again. */

import { setNeuronAblation } from '../../state/closer/neuronAblationAsks.ts';
import { cancelTwice, startTwice, twiceError, twiceStands } from '../../state/closer/neuronAblationTwice.ts';
import { editsOn } from '../../state/edits/viewed.ts';
import { engineIsReady, pairArms } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { CopyButtons } from '../../ui/CopyButtons.tsx';
import { ProgressBar } from '../../ui/ProgressBar.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { phaseInWords } from '../phaseInWords.ts';
import body from './body.module.css';
import styles from './twice.module.css';
import { headsInWords, readInWords, type TwiceOfArm, twiceCsv, twiceInWords } from './twiceFigures.ts';
import { TwiceHeads } from './twiceHeads.tsx';
import { TwiceLines } from './twiceLines.tsx';
import { TwiceNeurons } from './twiceNeurons.tsx';

export function Twice() {
  const state = useWorkbench();
  const { result, working } = state.slots.induction;
  const error = twiceError(state);
  const arms = state.shown.flatMap((arm): TwiceOfArm[] => {
    const twice = result?.arms[arm];
    return twice ? [{ arm, twice }] : [];
  });
  const [first] = arms;
  const neuron = state.neuron !== null && first?.twice.neurons.includes(state.neuron) ? state.neuron : null;
  const { twice: drawn } = state.closer.neuronAblation;
  return (
    <section aria-label="A text read twice" aria-busy={working}>
      <div className={`${body.heading} ${styles.heading}`}>
        <h3>In action: a text read twice</h3>
        {result && <CopyButtons name="read-twice" csv={() => twiceCsv(arms)} json={() => result} />}
      </div>
      <p className={body.note}>
        When a text comes a second time, what comes next could be looked up: a model that does so grows sure,
        and Stolfo et al. (2024) saw confidence neurons move just then. Here the models read this prompt twice
        in a row, and the neurons are kept from moving in two ways. Clipped: in the second reading no further
        than their mean over the first. Held: at that mean throughout. The final norm is computed anew.
        {editsOn(state) && ' Edits are left out here: the models run as they are.'}
      </p>
      <Controls />
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      {first && (
        <>
          <ul className={styles.answers}>
            {arms.map((own) => (
              <li key={own.arm}>
                {twiceInWords(own)} {headsInWords(own)}
              </li>
            ))}
          </ul>
          <p className={body.note}>{readInWords(first.twice)}</p>
          <div className={styles.drawn}>
            <Segmented
              label="What is drawn of the text read twice"
              value={drawn}
              options={[
                { value: 'entropy', label: 'entropy' },
                { value: 'change', label: 'what ablation changes' },
              ]}
              onChange={(choice) => void setNeuronAblation({ twice: choice })}
            />
          </div>
          <TwiceLines arms={arms} neuron={neuron} drawn={drawn} />
          <TwiceNeurons arms={arms} neuron={neuron} />
          <TwiceHeads arms={arms} neuron={neuron ?? first.twice.neurons[0] ?? 0} />
        </>
      )}
    </section>
  );
}

function Controls() {
  const state = useWorkbench();
  const { result, working, progress } = state.slots.induction;
  const stands = twiceStands(state);
  const { state: kernels, note } = state.engine.engines.wgsl;
  if (working)
    return (
      <div className={styles.controls}>
        <span className={styles.progress}>
          <ProgressBar
            label="Reading twice"
            left={progress ? phaseInWords(progress, pairArms(state)) : 'starting'}
            right={progress && progress.unit === 'steps' ? `${progress.done} of ${progress.total}` : null}
            share={progress && progress.done / progress.total}
          />
          <Button onClick={() => void cancelTwice()}>Cancel</Button>
        </span>
      </div>
    );
  return (
    <div className={styles.controls}>
      <Button
        kind={stands ? 'plain' : 'primary'}
        disabled={!engineIsReady(state) || kernels === 'unavailable'}
        onClick={() => void startTwice(state)}
      >
        {stands ? 'Read it again' : 'Read it twice'}
      </Button>
      <span className={body.note}>
        {kernels === 'unavailable'
          ? `Cannot be done here: it needs our WebGPU kernels. ${note ?? ''}`
          : result && !stands
            ? 'What is shown below is of an earlier prompt or choice.'
            : 'Computed by our WebGPU kernels, whichever engine answers the rest.'}
      </span>
    </div>
  );
}
