/** Places in the text: where two models disagree most, and those whose numbers cannot be averaged; a click goes there. */

import { Fragment } from 'react';
import type { CorpusPlace } from '../../analysis/types/index.ts';
import type { AnalysisResult, ArmId } from '../../engine/api.ts';
import { openPlace } from '../../state/closer/textReading.ts';
import { notifyError } from '../../state/notices.ts';
import { armTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Button } from '../../ui/Button.tsx';
import { compact, number, signed } from '../../ui/format.ts';
import { TokenText } from '../../ui/TokenText.tsx';
import styles from './body.module.css';
import { comparedIn } from './words.ts';

/** Pieces shown before a place; a click opens all of it. */
const BEFORE = 12;

type Result = AnalysisResult<'corpus'>;

export function Disagreements({
  result,
  compared,
}: {
  result: Result;
  compared: readonly [ArmId, ArmId] | null;
}) {
  const two = comparedIn(result, compared);
  if (!two || two.of.places.length === 0) return null;
  const { first, second, of } = two;
  return (
    <>
      <h3 className={styles.heading}>
        Where {armTitle(first)} and {armTitle(second)} disagree most
        {of.by === 'loss' &&
          ' (by loss: they take turns on the device, so that their predictions never meet)'}
      </h3>
      <p className={styles.hint}>Click a place to open it above, with the token that came as the target.</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={styles.scroll} aria-label="Disagreements" tabIndex={0}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">place</th>
              {of.by === 'jsd' && <th scope="col">JSD</th>}
              <th scope="col">{armTitle(first)} loss</th>
              <th scope="col">{armTitle(second)} loss</th>
              <th scope="col">Δ loss</th>
            </tr>
          </thead>
          <tbody>
            {of.places.map((place) => (
              <tr key={place.index}>
                <td className={styles.place}>
                  <Place place={place} pair={result.pair} />
                </td>
                {place.jsd !== null && <td>{number(place.jsd, 3)}</td>}
                <td>{number(place.losses[0], 3)}</td>
                <td>{number(place.losses[1], 3)}</td>
                <td>{signed(place.losses[1] - place.losses[0], 3)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

export function Outliers({ result }: { result: Result }) {
  const found = Object.entries(result.arms).filter(([, { outliers }]) => outliers.count > 0);
  if (found.length === 0) return null;
  return (
    <>
      <h3 className={styles.heading}>Left out of the means</h3>
      {found.map(([arm, { outliers, lossWithOutliers }]) => (
        <div key={arm}>
          <p className={styles.hint}>
            {armTitle(arm)}: {outliers.count} {outliers.count === 1 ? 'position' : 'positions'},{' '}
            {outliers.nonFinite} of them with a loss that is not finite. With the finite ones its mean loss
            would be {compact(lossWithOutliers)}.
          </p>
          <ul className={styles.outliers}>
            {outliers.places.map((place) => (
              <li key={place.index}>
                <Place place={place} pair={result.pair} /> loss {compact(place.loss)}, largest logit{' '}
                {compact(place.logit)}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </>
  );
}

function Place({ place, pair }: { place: CorpusPlace; pair: string }) {
  const here = useWorkbench((state) => state.pair) === pair;
  const before = place.context.pieces.slice(-BEFORE);
  const open = async () => {
    try {
      await openPlace(place);
      const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
      window.scrollTo({ top: 0, behavior: still ? 'auto' : 'smooth' }); // the prompt is up there
    } catch (error) {
      notifyError('The place could not be opened', error);
    }
  };
  return (
    <Button
      kind="quiet"
      className={styles.open}
      disabled={!here}
      title={`Token ${place.index} of the text, at position ${place.position} of window ${place.window}`}
      onClick={() => void open()}
    >
      {place.context.pieces.length > BEFORE && '… '}
      {before.map((piece, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a piece is at its place, and may be there twice
        <Fragment key={i}>
          <TokenText piece={piece} />
          <wbr />
        </Fragment>
      ))}
      <mark className={styles.came}>
        <TokenText piece={place.piece} />
      </mark>
    </Button>
  );
}
