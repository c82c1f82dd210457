/** Composes the panel: what the norms divide by, the stream that decides it, and the norms taken out by hand. */

import { freshness } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { Terms } from '../terms.tsx';
import styles from './body.module.css';
import { scalesCsv } from './csv.ts';
import { SigmaMaps } from './sigmaMaps.tsx';
import { Streams } from './streams.tsx';
import { Surgery } from './surgery.tsx';
import { type ArmScales, answerInWords } from './words.ts';

export function Norms() {
  const state = useWorkbench();
  const { result, error } = state.slots['norm-scales'];
  const arms = state.shown.flatMap((arm): ArmScales[] => {
    const scales = result?.arms[arm];
    return scales ? [{ arm, scales }] : [];
  });
  return (
    <PanelFrame
      id="norms"
      question="What does it divide by?"
      title="LayerNorm itself"
      shows="The number σ that each LayerNorm divides by at each token, the residual stream that decides it, and what happens when σ is held fixed."
      details={
        <>
          <p>
            A LayerNorm takes the mean off the residual stream x, divides by its standard deviation σ = √(mean
            (x − mean x)² + ε), and multiplies by a learned gain. Only σ depends on the input; held fixed,
            what is left is linear.
          </p>
          <p>
            Shown is σ as each model used it. An LN-free model divides by nothing; for it the map shows
            √(variance + 1e-5) of the same place. Lengths and cosines are of x − mean x, so length =
            σ·√d_model up to ε. Position 0 is apart everywhere: models park a large vector there, often in one
            dimension.
          </p>
          <p>
            Removal follows the paper’s order: the MLPs’ norms layer by layer, then what queries and keys
            read, then what values read, then the final norm. With this prompt’s mean, each σ is the mean over
            positions from 1 on in the run as it is then, with the norms before it already fixed.
          </p>
          <Terms words={['LayerNorm', 'σ', 'residual stream', 'position 0', 'entropy']} />
        </>
      }
      doesNotShow="What training makes of it: the LN-free model was fine-tuned after each removal, the original here is not."
      freshness={freshness(state, 'norm-scales')}
      error={error?.message}
      csv={result ? () => scalesCsv(result, arms) : undefined}
      json={() => ({ scales: result, surgery: state.slots['norm-surgery'].result })}
    >
      {result && arms.length > 0 ? (
        <>
          <ul className={styles.answers}>
            {arms.map((own) => (
              <li key={own.arm}>{answerInWords(own)}</li>
            ))}
          </ul>
          <SigmaMaps arms={arms} pieces={result.pieces} />
          <Streams arms={arms} />
        </>
      ) : (
        !error && <p className={styles.note}>Asking the engine …</p>
      )}
      <Surgery />
    </PanelFrame>
  );
}
