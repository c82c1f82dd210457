/** One claim: in plain words, what was published, and what was measured here or why it cannot be. */

import type { Claim, ClaimResult, Figure, Verdict } from '../../claims/index.ts';
import { armInWords, VERDICT_SIGNS } from '../../claims/report.ts';
import { expectedInWords, intervalInWords, valueInWords } from '../../claims/words.ts';
import { engineName } from '../../state/engineNames.ts';
import { isOfNow, lacks, measureClaims, resultOf } from '../../state/paper.ts';
import { armTitle, engineIsReady, shortTitle } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { list } from '../../ui/format.ts';
import styles from './claimRow.module.css';
import { figureTable } from './rows.ts';

const TONES: Record<Verdict, 'good' | 'bad' | 'note'> = {
  holds: 'good',
  'does not hold': 'bad',
  measured: 'note',
};

export function ClaimRow({ claim }: { claim: Claim }) {
  const state = useWorkbench();
  const { id, kind, title, statement, published, setting, here, notes } = claim;
  const { underWay, failed } = state.closer.paper;
  const result = resultOf(state, id);
  const lack = lacks(state, claim);
  const error = failed[id];
  const start = underWay?.claim === id ? 'measuring …' : result ? 'Measure again' : 'Measure';
  return (
    <article className={styles.claim} aria-labelledby={`claim-${id}`}>
      <header className={styles.head}>
        <h4 id={`claim-${id}`} className={styles.title}>
          <span className={styles.id}>{id}</span> {title}
        </h4>
        {result && (
          <Badge tone={TONES[result.verdict]}>
            {VERDICT_SIGNS[result.verdict]} {result.verdict}
          </Badge>
        )}
        {result && !isOfNow(state, result) && (
          <Badge tone="note" title="It was measured on something else than what the page is at now.">
            measured on {shortTitle(result.pair.title)}
            {result.pair.id === state.pair ? ', another prompt or text' : ''}
          </Badge>
        )}
        {lack === null && (
          <Button
            kind="quiet"
            className={styles.measure}
            disabled={!engineIsReady(state) || underWay !== null}
            aria-label={`${start} claim ${id}`}
            onClick={() => void measureClaims([claim])}
          >
            {start}
          </Button>
        )}
      </header>
      <p>{statement}</p>
      <dl className={styles.facts}>
        <dt>{kind === 'mathematics' ? 'Must be' : 'Published'}</dt>
        <dd>
          {published.map(({ says, source }) => (
            <div key={says}>
              {says} <span className={styles.source}>({source})</span>
            </div>
          ))}
        </dd>
        <dt>Setting</dt>
        <dd>{setting}</dd>
        {lack !== null && (
          <>
            <dt>Not here</dt>
            <dd>{lack}</dd>
          </>
        )}
      </dl>
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      {result && <Measured result={result} />}
      {(here || notes.length > 0) && (
        <details className={styles.how}>
          <summary>How it is measured, and what to mind</summary>
          {here && <p>{here}</p>}
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </details>
      )}
    </article>
  );
}

function Measured({ result }: { result: ClaimResult }) {
  const { figures, title } = result;
  const { arms, rows } = figureTable(figures);
  return (
    <div className={styles.measured}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className={styles.scroll} tabIndex={0} aria-label={`Measured: ${title}`}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Measured here</th>
              {arms.map((arm) => (
                <th key={arm} scope="col">
                  {arm === null ? 'together' : armTitle(arm)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ what, cells }) => (
              <tr key={what}>
                <th scope="row">{what}</th>
                {cells.map((figure, i) => (
                  <td key={arms[i]}>{figure && <Cell figure={figure} />}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <Provenance result={result} />
    </div>
  );
}

function Cell({ figure }: { figure: Figure }) {
  const { unit, at, ok, interval } = figure;
  const expected = expectedInWords(figure);
  return (
    <>
      <b className={ok === false ? styles.bad : undefined}>{valueInWords(figure)}</b>
      {unit && unit !== 'relative' && ` ${unit}`}
      {interval && ` ${intervalInWords(figure)}`}
      {at && <span className={styles.aside}> {at}</span>}
      {expected !== null && (
        <span className={ok ? styles.good : styles.bad}>
          {' '}
          {ok ? '✓' : '✗'} {typeof figure.value === 'string' ? 'as published' : expected}
        </span>
      )}
    </>
  );
}

/** What it was measured on, in a line; the weights' hashes in its title. */
function Provenance({ result }: { result: ClaimResult }) {
  const { pair, on, arms, engines, device, date } = result;
  const dtypes = [...new Set(arms.flatMap(({ dtype }) => dtype ?? []))];
  const prompt = result.prompt?.text;
  return (
    <p
      className={styles.provenance}
      title={arms.map((arm) => `${armTitle(arm.id)}: ${armInWords(arm)}`).join('\n')}
    >
      On {on}
      {prompt !== undefined && ` (“${prompt.length > 60 ? `${prompt.slice(0, 60)}…` : prompt}”)`}.{' '}
      {shortTitle(pair.title)}, {list(dtypes)}, {list(engines.map(engineName))} on {device},{' '}
      {date.slice(0, 10)} {date.slice(11, 16)} UTC.
    </p>
  );
}
