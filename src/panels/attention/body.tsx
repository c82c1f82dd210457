/** Composes the attention panel: what heads are best at, all of them in small, sinks, the pinned one in full, the table. */

import type { AttentionOverview } from '../../analysis/types/index.ts';
import { togglePin } from '../../state/actions.ts';
import { setAttention, typedEpsilon } from '../../state/closer/attentionAsks.ts';
import { armTitle, freshness } from '../../state/selectors.ts';
import { useWorkbench } from '../../state/store.ts';
import { number, percent } from '../../ui/format.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { ArmHeads } from '../armHeads.tsx';
import { Terms } from '../terms.tsx';
import styles from './body.module.css';
import { HeadInFull } from './headInFull.tsx';
import { type ArmOverview, bestHead, SCORES, scoresCsv } from './heads.ts';
import { ScoreTable } from './scoreTable.tsx';
import { Thumbnails } from './thumbnails.tsx';

export function Attention() {
  const state = useWorkbench();
  const { result, working, error } = state.slots.attention;
  const arms = state.shown.flatMap((arm): ArmOverview[] => {
    const overview = result?.arms[arm]?.overview;
    return overview ? [{ arm, overview }] : [];
  });
  const [first] = arms;
  const head = state.slots['attention:head'];
  return (
    <PanelFrame
      id="attention"
      question="Where does each head look?"
      title="attention"
      shows="Each head of each layer spreads an attention of 1 over the tokens so far. Small pictures of all heads, scores for what heads are known for, and any one of them in full."
      details={
        <>
          <p>
            A score is the mean, over the queries that count, of the attention paid to certain keys: the token
            before, the query’s own place, position 0, earlier occurrences of the same token (duplicate), or
            what followed those (induction). Query 0 sees nothing but itself and is left out.
          </p>
          <p>
            Of attention sinks two published rates are given: the share of all (layer, head, query) with more
            than ε there, and the share of heads whose mean over queries is more than ε.
          </p>
          <Terms words={['head', 'attention sink', 'position 0']} />
        </>
      }
      doesNotShow="What a head does with what it looks at: that depends on its values and output weights, which the weighted patterns bring in."
      freshness={working || head.working ? 'working' : freshness(state, 'attention')}
      error={error?.message ?? head.error?.message}
      csv={arms.length ? () => scoresCsv(arms) : undefined}
      json={result ? () => ({ overview: result, head: head.result }) : undefined}
    >
      {!result || !first ? (
        !error && <p className={styles.note}>Asking the engine …</p>
      ) : (
        <>
          <div className={styles.summary}>
            <Best arms={arms} />
            <Sinks arms={arms} />
          </div>
          <Thumbnails arms={arms} bins={first.overview.bins} tokens={result.tokens.length} />
          <HeadInFull />
          <ScoreTable arms={arms} />
        </>
      )}
    </PanelFrame>
  );
}

/** The head that does each thing most, per arm. */
function Best({ arms }: { arms: readonly ArmOverview[] }) {
  const queries = arms[0]?.overview.queries;
  return (
    <table className={styles.table}>
      <caption>The head that looks there most (mean attention)</caption>
      <thead>
        <tr>
          <th scope="col">looks at</th>
          <ArmHeads arms={arms.map(({ arm }) => arm)} />
        </tr>
      </thead>
      <tbody>
        {SCORES.map(({ name, label, about }) => (
          <tr key={name}>
            <th scope="row" title={`Mean ${about}, over ${queries?.[name] ?? 0} queries`}>
              {label}
            </th>
            {arms.map(({ arm, overview }) => (
              <td key={arm}>
                <BestHead overview={overview} name={name} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function BestHead({
  overview,
  name,
}: {
  overview: AttentionOverview;
  name: (typeof SCORES)[number]['name'];
}) {
  const best = bestHead(overview, name);
  if (!best)
    return (
      <span title="No token of this prompt comes twice in a way that this could be measured on.">n/a</span>
    );
  const { layer, head, value } = best;
  return (
    <>
      <button type="button" className={styles.head} onClick={() => void togglePin({ layer, head })}>
        L{layer}H{head}
      </button>{' '}
      {number(value, 2)}
    </>
  );
}

/** Both published sink rates, and the threshold. */
function Sinks({ arms }: { arms: readonly ArmOverview[] }) {
  const settings = useWorkbench((state) => state.closer.attention);
  const share = (value: number | undefined) => (value === undefined ? 'n/a' : percent(value));
  const rows = [
    [
      'of all (layer, head, query)',
      (o: AttentionOverview) => share(o.sink?.queries),
      (o: AttentionOverview) => share(o.sinkWithQuery0.queries),
    ],
    [
      'of heads, by their mean over queries',
      (o: AttentionOverview) => share(o.sink?.heads),
      (o: AttentionOverview) => share(o.sinkWithQuery0.heads),
    ],
  ] as const;
  return (
    <div>
      <table className={styles.table}>
        <caption>Attention sink: more than ε on position 0</caption>
        <thead>
          <tr>
            <th scope="col">share</th>
            <ArmHeads arms={arms.map(({ arm }) => arm)} />
          </tr>
        </thead>
        <tbody>
          {rows.map(([label, without, withQuery0]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {arms.map(({ arm, overview }) => (
                <td key={arm} title={`${withQuery0(overview)} with query 0, as published`}>
                  {without(overview)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.note}>
        <label>
          ε{' '}
          <input
            className={styles.epsilon}
            inputMode="decimal"
            value={settings.epsilon}
            aria-invalid={typedEpsilon(settings) === null}
            onChange={(event) => void setAttention({ epsilon: event.target.value })}
          />
        </label>{' '}
        {typedEpsilon(settings) === null
          ? 'must be a number from 0 to 1.'
          : `Query 0 is left out, since it can look nowhere else. With it, as published, the two shares are: ${arms
              .map(
                ({ arm, overview }) =>
                  `${armTitle(arm)} ${percent(overview.sinkWithQuery0.queries)} and ${percent(overview.sinkWithQuery0.heads)}`,
              )
              .join(', ')}.`}
      </p>
    </div>
  );
}
