/** Composes the attribution panel: head maps above, terms as bars below, convention and exactness in words. */

import type { DlaArm } from '../../analysis/types/index.ts';
import { setView } from '../../state/actions.ts';
import { viewed, viewedJson, viewSuffix, worst } from '../../state/edits/viewed.ts';
import { comparison } from '../../state/selectors.ts';
import type { MainSlot } from '../../state/slots.ts';
import { useWorkbench } from '../../state/store.ts';
import type { AttributionView as Choice } from '../../state/types.ts';
import { Badge } from '../../ui/Badge.tsx';
import { toCsv } from '../../ui/csv.ts';
import { PanelFrame } from '../../ui/PanelFrame.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { Terms } from '../terms.tsx';
import { ViewBadge } from '../viewBadge.tsx';
import { HeadMaps } from './headMaps.tsx';
import { TermBars } from './termBars.tsx';
import { sourceRows, type TermRow, termRows, topNeurons } from './terms.ts';
import styles from './view.module.css';
import { conventionsInWords, exactness, questionInWords } from './words.ts';

const VIEWS: readonly { value: Choice; label: string; title: string }[] = [
  {
    value: 'component',
    label: 'components',
    title: 'Embeddings, attention and MLP of each layer, and the bias',
  },
  { value: 'neuron', label: 'neurons', title: 'The ten MLP neurons that push most each way' },
  {
    value: 'head-source',
    label: 'a head’s sources',
    title: 'What the pinned head adds by way of each token',
  },
];

const ROW_NAMES: Record<Choice, string> = {
  component: 'component',
  neuron: 'neuron',
  'head-source': 'source',
};

const SLOTS: Record<Choice, MainSlot & `dla:${string}`> = {
  component: 'dla:component',
  neuron: 'dla:neuron',
  'head-source': 'dla:head-source',
};

export function AttributionView() {
  const state = useWorkbench();
  const { target, contrast, attributionView, slots, pinned } = state;
  const components = viewed(state, 'dla:component');
  const heads = viewed(state, 'dla:head');
  const lower = viewed(state, SLOTS[attributionView]);
  const { view } = components;
  const compared = comparison(state);
  const arms = state.shown.filter((arm) => components.result && arm in components.result.arms);
  const armsOfLower = arms.filter((arm) => lower.result && arm in lower.result.arms);
  const dlas = arms.flatMap((arm) => {
    const dla: DlaArm | undefined = components.result?.arms[arm];
    return dla ? [{ arm, dla }] : [];
  });
  const head = headOf(pinned);
  const rows = rowsOf();
  const question = questionInWords(target, contrast);
  const verdict = dlas.length ? exactness(dlas) : null;
  const error =
    slots['dla:component'].error ?? slots['dla:head'].error ?? slots[SLOTS[attributionView]].error;

  function rowsOf(): TermRow[] {
    if (!lower.result) return [];
    if (attributionView === 'component') return termRows(lower.result, armsOfLower, compared);
    if (attributionView === 'neuron') return topNeurons(lower.result, armsOfLower, compared);
    return head ? sourceRows(lower.result, armsOfLower, compared, head) : [];
  }
  const csv = () =>
    toCsv(
      [
        'term',
        ...[...armsOfLower, ...(compared ? [`${compared[1]} - ${compared[0]}`] : [])].map(
          (name) => name + viewSuffix(lower.view),
        ),
      ],
      rows.map((row) => [row.place.term ?? row.label, ...row.values, ...(compared ? [row.difference] : [])]),
    );

  return (
    <PanelFrame
      id="attribution"
      question="Why"
      title="direct logit attribution"
      shows={
        target.length && view === 'difference'
          ? `What the edits changed in each part’s logits for ${question}: blue or to the right, more for it; red or to the left, less.`
          : target.length
            ? `How many logits each part of the model adds for ${question}: blue or to the right speaks for it, red or to the left against.`
            : 'Choose a target token above to see which parts of the model push it.'
      }
      details={
        <>
          <p>
            The final residual stream is a plain sum of what every part wrote. Each part’s share, passed
            through the final norm and the unembedding, is its direct effect on the logit
            {contrast.length ? ' difference' : ', measured against the mean logit of the vocabulary'}.
          </p>
          <p>
            LayerNorm divides by a scale that depends on everything, so with LayerNorm the scale is frozen at
            the value this run had. Without LayerNorm there is no scale and the sum is exact by construction.
          </p>
          <Terms words={['direct logit attribution', 'logit', 'residual stream', 'head', 'neuron']} />
        </>
      }
      doesNotShow="Effects through later layers, and how the scale would have moved if the part were missing."
      freshness={worst([components.freshness, heads.freshness])}
      error={error?.message}
      badge={
        <>
          <ViewBadge view={view} failed={components.failed} />
          {verdict && (
            <Badge tone={verdict.ok ? 'good' : 'bad'} title={verdict.title}>
              {verdict.text}
            </Badge>
          )}
        </>
      }
      csv={csv}
      json={() => ({ terms: viewedJson(lower), heads: viewedJson(heads) })}
    >
      <p className={styles.convention}>
        {conventionsInWords(dlas)}
        {view === 'difference' &&
          ' The unedited run’s terms are taken off, each at the scale of its own run.'}
      </p>
      <HeadMaps />
      <div className={styles.lower}>
        <Segmented
          label="Terms shown"
          value={attributionView}
          options={VIEWS}
          onChange={(choice) => void setView({ attributionView: choice })}
        />
        {attributionView === 'head-source' && (
          <span className={styles.about}>
            {head
              ? `L${head.layer}H${head.head}: what each token it reads from adds`
              : 'Click a head in a map above.'}
          </span>
        )}
        {attributionView === 'neuron' && (
          <span className={styles.about}>
            {rows.length ? 'the ten strongest each way' : 'Asking the engine …'}
          </span>
        )}
      </div>
      <TermBars
        rowName={ROW_NAMES[attributionView]}
        rows={rows}
        arms={armsOfLower}
        ledger={attributionView === 'component' ? dlas : []}
      />
    </PanelFrame>
  );
}

function headOf(place: { layer?: number; head?: number } | null): { layer: number; head: number } | null {
  if (place?.layer === undefined || place.head === undefined) return null;
  return { layer: place.layer, head: place.head };
}
