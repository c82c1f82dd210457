/** What came of a comparison, fetched for it: the verdict in words, who was compared, the chart, the table, and the file of all of it. */

import { engineName } from '../../state/engineNames.ts';
import { armTitle } from '../../state/selectors.ts';
import type { ResultOf } from '../../state/types.ts';
import { Button } from '../../ui/Button.tsx';
import { download } from '../../ui/download.ts';
import { magnitude } from '../../ui/format.ts';
import { toJson } from '../../ui/json.ts';
import { RowTable } from './rowTable.tsx';
import { Tracks } from './tracks.tsx';
import styles from './view.module.css';
import { leftOutOf, nonFiniteInWords, verdictOf } from './words.ts';

export function Report({ result }: { result: ResultOf<'verify'> }) {
  return (
    <>
      <Compared result={result} />
      <Tracks result={result} />
      <RowTable result={result} />
      <File result={result} />
    </>
  );
}

/** Said aloud when it comes. */
export function Verdict({ result }: { result: ResultOf<'verify'> }) {
  const { ok, before, hook, after } = verdictOf(result);
  const nonFinite = nonFiniteInWords(result);
  return (
    <>
      <p className={ok ? styles.verdict : `${styles.verdict} ${styles.differ}`}>
        <span className={ok ? styles.tick : undefined}>{ok ? '✓' : '✗'}</span> {before}
        <code>{hook}</code>
        {after}
      </p>
      {nonFinite && <p className={styles.hint}>{nonFinite}</p>}
    </>
  );
}

/** Who was compared, on what, and who was not and why. */
function Compared({ result }: { result: ResultOf<'verify'> }) {
  return (
    <dl className={styles.engines}>
      {result.engines.map(({ engine, device }) => (
        <div key={engine}>
          <dt>{engineName(engine)}</dt>
          <dd>{device}</dd>
        </div>
      ))}
      {leftOutOf(result).map(({ name, reason }) => (
        <div key={name}>
          <dt>{name}, left out</dt>
          <dd>{reason}</dd>
        </div>
      ))}
    </dl>
  );
}

/** One file for a bug report: everything shown, and what it was found on. */
function File({ result }: { result: ResultOf<'verify'> }) {
  const { environment, arms, tolerance } = result;
  const file = `normless-verify-${environment.date.slice(0, 10)}.json`;
  return (
    <div className={styles.report}>
      <Button kind="quiet" onClick={() => download(file, toJson(result))}>
        Download report
      </Button>
      <p className={styles.hint}>
        Attach it to a bug report; it holds the prompt, as text and as token ids. Weights:{' '}
        {Object.entries(arms).map(([arm, { dtype, weights }], i) => (
          <span key={arm} title={`sha256 ${weights}`}>
            {i > 0 && ', '}
            {armTitle(arm)} {dtype} <code>{weights.slice(0, 8)}</code>
          </span>
        ))}
        . Allowed {magnitude(tolerance)}. Normless {environment.normless}, {environment.date.slice(0, 16)}.
      </p>
    </div>
  );
}
