/** One cell of the map: its numbers on every arm, and the patched run it stands for beside both prompts without a patch. */

import type { PatchCell, PatchedRun } from '../../state/closer/patching.ts';
import {
  cellEdit,
  keepAsEdit,
  patchedRunFailure,
  patchedRunOf,
  startPatchedRun,
} from '../../state/closer/patchingCell.ts';
import { type PatchingQuestion, questionOf } from '../../state/closer/patchingRuns.ts';
import { armTitle, engineIsReady } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { CopyButtons } from '../../ui/CopyButtons.tsx';
import { number, signed } from '../../ui/format.ts';
import styles from './body.module.css';
import { cellName, effectOf, type OfArm } from './maps.ts';
import { patchedRunCsv, proofOf } from './patchedMetric.ts';
import { PatchedPredictions } from './predictions.tsx';

interface DetailProps {
  arms: readonly OfArm[];
  pieces: readonly string[];
  cell: PatchCell;
  /** Whether the map answers the prompts and choices as they stand. */
  current: boolean;
}

export function Detail({ arms, pieces, cell, current }: DetailProps) {
  const state = useWorkbench();
  const { asked } = state.closer.patching.patchedRun;
  const failure = patchedRunFailure(state);
  const question = current ? questionOf(state) : null;
  const run = question && patchedRunOf(state)?.result;
  const name = cellName(cell, pieces);
  return (
    <section className={styles.detail} aria-label={`Patch of ${name}`}>
      <div className={styles.ask}>
        <h3 className={styles.heading}>{name}</h3>
        {run && (
          <CopyButtons name="patched-run" csv={() => patchedRunCsv(run, state.shown)} json={() => run} />
        )}
      </div>
      <Numbers arms={arms} cell={cell} />
      {question && (
        <div className={styles.ask}>
          <Button
            kind={run ? 'plain' : 'primary'}
            disabled={!engineIsReady(state) || asked !== null}
            onClick={() => void startPatchedRun()}
          >
            {asked ? 'Running…' : run ? 'Run it again' : 'See the patched run'}
          </Button>
          <Button
            title="Asks the page about the prompt that is patched, with this patch as an edit"
            onClick={() => void keepAsEdit()}
          >
            Keep it as an edit of the page
          </Button>
          <span className={styles.note}>
            as a script: <code>{editInWords(question, cell)}</code>
          </span>
        </div>
      )}
      {failure && (
        <p className={styles.error} role="alert">
          {failure}
        </p>
      )}
      {run && question && (
        <>
          <Proof run={run} arms={arms} cell={cell} question={question} />
          <PatchedPredictions run={run} direction={question.direction} />
        </>
      )}
    </section>
  );
}

function Numbers({ arms, cell }: Pick<DetailProps, 'arms' | 'cell'>) {
  const noising = arms[0]?.map.convention.direction === 'noising';
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
    <section className={styles.scroll} aria-label="Numbers of the place" tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">model</th>
            <th scope="col">clean</th>
            <th scope="col">corrupted</th>
            <th scope="col">{noising ? 'clean, patched' : 'corrupted, patched'}</th>
            <th scope="col">effect (logits)</th>
            <th scope="col">of the difference</th>
          </tr>
        </thead>
        <tbody>
          {arms.map(({ arm, map }) => {
            const value = effectOf(map, map.convention.granularity, cell);
            const effect = value === null ? null : value * map.dividedBy;
            const before = noising ? map.cleanMetric : map.corruptedMetric;
            const gap = map.cleanMetric - map.corruptedMetric;
            return (
              <tr key={arm}>
                <th scope="row">{armTitle(arm)}</th>
                <td>{number(map.cleanMetric, 3)}</td>
                <td>{number(map.corruptedMetric, 3)}</td>
                <td>{effect === null ? 'not measured' : number(before + effect, 3)}</td>
                <td>{effect === null ? '–' : signed(effect, 3)}</td>
                <td>{effect === null ? '–' : `${signed((100 * effect) / gap, 1)} %`}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

interface ProofProps extends Pick<DetailProps, 'arms' | 'cell'> {
  run: PatchedRun;
  question: PatchingQuestion;
}

/** The one patched run says the same as the batched map. */
function Proof({ run, arms, cell, question }: ProofProps) {
  const proof = proofOf(run, arms, cell, question);
  return (
    <p className={styles.note}>
      <Badge tone={proof.ok ? 'good' : 'bad'} title={proof.title}>
        {proof.text}
      </Badge>
    </p>
  );
}

/** The edit without the tokens of its source, which are long. */
function editInWords(question: PatchingQuestion, cell: PatchCell): string {
  const { edit } = cellEdit(question, cell);
  const source = question.direction === 'denoising' ? 'clean' : 'corrupted';
  return JSON.stringify({ ...edit, source: { tokens: `…${source}` } })
    .replaceAll(/"(\w+)":/g, '$1: ')
    .replaceAll(',', ', ')
    .replaceAll(`"…${source}"`, source)
    .replaceAll('"', "'");
}
