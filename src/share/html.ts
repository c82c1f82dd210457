/** The analysis as one HTML file that stands alone: frozen numbers as tables, no script, nothing fetched, opens from a disk. */

import type { ArmId } from '../engine/api.ts';
import { bibtex, PAPER_URL } from './bibtex.ts';
import { digits, html, type Markup, table } from './htmlText.ts';
import { predictedTokens, type Snapshot, type SnapshotArm, type SnapshotRun } from './snapshot.ts';

/** How a token's text is drawn, so that nothing in it is invisible. */
type Draw = (piece: string) => string;

const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
.wide{margin:1rem 0;overflow-x:auto}table{border-collapse:collapse}caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{padding:.15rem .6rem;border-bottom:1px solid #8884;text-align:left;font-weight:400;white-space:nowrap}thead th{font-weight:600}
.n{text-align:right;font-variant-numeric:tabular-nums}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.85em}
img{max-width:100%}a{overflow-wrap:anywhere}.t{border:1px solid #8886;border-radius:3px;padding:0 .15em;margin:0 .1em;overflow-wrap:anywhere}mark{background:#fd08;color:inherit}`;

/** The panel that was open beside the answers, as it stood. */
export interface FrozenPanel {
  title: string;
  /** A header and rows; null where it has no table. */
  table: readonly (readonly string[])[] | null;
  /** An SVG file's text. */
  picture: string;
}

/** The whole file. `draw` shows a token's text. */
export function analysisHtml(snapshot: Snapshot, draw: Draw, panel: FrozenPanel | null = null): string {
  const { version, link, pair, runs, arms } = snapshot;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width">
<title>${pair.title}: an analysis in Normless</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${pair.title}</h1>
<p>An analysis of GPT-2 with and without LayerNorm, as Normless ${version} showed it. The numbers are frozen.
<b>To recompute them</b> open <a href="${link}">the analysis in Normless</a>: it runs the models on your own device and says how closely it agrees.</p>
${question(snapshot, draw)}
<h2>Models</h2>
${table(
  'One column of numbers each',
  ['arm', 'where from', 'matrices kept in', 'norms'],
  arms.map((arm) => [arm.title, arm.source, arm.storage, normInWords(arm)]),
)}
<h2>Convention</h2>
<p>Positions count from 0. Logits are as the model gives them; losses and entropies are in nats. ${conventionInWords(snapshot)}</p>
${runs.map((run) => section(run, snapshot, draw))}
${panel ? frozen(panel) : []}
<h2>To cite</h2>
<p>The paper: <a href="${PAPER_URL}">${PAPER_URL}</a></p>
<pre>${bibtex(version, link.split('#')[0] ?? link)}</pre>
<h2>The link in full</h2>
<pre>${link}</pre>
</main>
</body>
</html>
`;
  return page.text;
}

function question({ tokens, pieces, position, target, contrast }: Snapshot, draw: Draw): Markup {
  const side = (of: Snapshot['target']) => of.map(({ id, piece }) => `${draw(piece)} (${id})`).join(', ');
  const prompt = pieces.map((piece, i) =>
    i === position
      ? html`<mark class="t">${draw(piece)}</mark>`
      : html`<span class="t">${draw(piece)}</span>`,
  );
  const explained = contrast.length > 0 ? `${side(target)} over ${side(contrast)}` : side(target);
  return html`<h2>Question</h2>
<p>${prompt}</p>
<p>What comes after position ${position}, marked, of ${tokens.length} tokens?${
    target.length > 0 ? ` Explained: ${explained}.` : ''
  }</p>
<p>Token ids: ${tokens.join(', ')}</p>`;
}

function normInWords({ norm }: SnapshotArm): string {
  if (norm === null) return '';
  return norm === 'layer' ? 'LayerNorm' : 'none: centring, a gain and a bias';
}

/** As the attribution says it of itself. */
function conventionInWords({ runs, contrast, target }: Snapshot): string {
  if (target.length === 0) return '';
  const centred = contrast.length > 0 ? '' : ' The logit is measured against the mean over the vocabulary.';
  const scales = Object.values(runs[0]?.attribution?.component ?? {}).map(
    ({ convention }) => convention.finalScale,
  );
  const frozen = scales.includes('frozen')
    ? ' With LayerNorm the final scale is frozen at this run’s own.'
    : '';
  const none = scales.includes('none') ? ' Without LayerNorm there is no scale.' : '';
  return `The attribution is direct: each part’s share of the logit through the final norm and the unembedding.${frozen}${none}${centred}`;
}

function section(run: SnapshotRun, snapshot: Snapshot, draw: Draw): Markup {
  const arms = snapshot.arms.filter(({ id }) => id in run.predictions);
  const { component, head } = run.attribution ?? {};
  return html`<h2>${run.name === 'edited' ? 'With the edits' : 'Without edits'}</h2>
<p>Computed by ${run.engine === 'wgsl' ? 'our own WebGPU kernels' : 'ONNX Runtime'}.</p>
${run.edits.length > 0 ? editsTable(run, snapshot) : []}
${predictionsTable(run, arms, draw)}
${component ? ledger(`What each component adds to the logit${of(run)}`, component, arms) : []}
${head ? ledger(`What each head adds to the logit${of(run)}`, head, arms) : []}
${lossTable(run, arms, snapshot, draw)}`;
}

/** Tables of two runs have two names. */
function of({ name }: SnapshotRun): string {
  return name === 'edited' ? ', with the edits' : '';
}

function editsTable({ edits }: SnapshotRun, { about }: Snapshot): Markup {
  return table(
    'Edits, in the order in which they apply',
    ['#', 'edit', 'its numbers are'],
    edits.map((edit, i) => [i + 1, JSON.stringify(edit), about[i] ?? '']),
  );
}

function predictionsTable(run: SnapshotRun, arms: readonly SnapshotArm[], draw: Draw): Markup {
  const columns = arms.flatMap(({ title }) => [`${title} prob`, `${title} logit`, `${title} rank`]);
  const rows = predictedTokens(run).map(({ id, piece, scores }) => [
    draw(piece),
    id,
    ...arms.flatMap((arm) => {
      const score = scores[arm.id];
      return [score?.prob ?? null, score?.logit ?? null, score ? score.rank + 1 : null];
    }),
  ]);
  const entropy = arms.flatMap(({ id }) => [run.predictions[id]?.entropy ?? null, null, null]);
  return table(
    `Predictions${of(run)}`,
    ['token', 'id', ...columns],
    [...rows, ['entropy, nats', null, ...entropy]],
  );
}

/** The terms, their sum, what the model says, and how far the two are apart. */
function ledger(
  caption: string,
  dla: NonNullable<SnapshotRun['attribution']>['head'],
  arms: readonly SnapshotArm[],
) {
  const here = arms.flatMap(({ id, title }) => (dla[id] ? [{ title, own: dla[id] }] : []));
  const labels = new Set(here.flatMap(({ own }) => own.terms.map(({ label }) => label)));
  const byArm = here.map(({ own }) => new Map(own.terms.map(({ label, value }) => [label, value])));
  const total = (name: string, field: 'sum' | 'actual' | 'error') => [
    name,
    ...here.map(({ own }) => own[field]),
  ];
  return table(
    caption,
    ['term', ...here.map(({ title }) => title)],
    [
      ...[...labels].map((label) => [label, ...byArm.map((terms) => terms.get(label) ?? null)]),
      total('sum of the terms', 'sum'),
      total('what the model says', 'actual'),
      total('they differ by', 'error'),
    ],
  );
}

/** What every token of the prompt cost to foresee; nothing foresees the first. */
function lossTable(
  run: SnapshotRun,
  arms: readonly SnapshotArm[],
  { pieces, tokens }: Snapshot,
  draw: Draw,
): Markup {
  const loss = (arm: ArmId, position: number) => run.tokenStats[arm]?.loss.data[position - 1] ?? null;
  return table(
    `Loss of every token, nats${of(run)}`,
    ['token', 'position', 'id', ...arms.map(({ title }) => title)],
    pieces.map((piece, i) => [draw(piece), i, tokens[i] ?? null, ...arms.map(({ id }) => loss(id, i))]),
  );
}

/** An image cannot run or fetch anything, whatever its file says. */
function frozen({ title, table: rows, picture }: FrozenPanel): Markup {
  const [head = [], ...body] = rows ?? [];
  return html`<h2>${title}</h2>
<p>This panel was open. The link above opens with it and recomputes it.</p>
<p><img src="data:image/svg+xml,${encodeURIComponent(picture)}" alt="${title}: ${rows ? 'the numbers are in the table below' : 'its numbers stand in the picture alone'}"></p>
${
  rows
    ? table(
        title,
        head,
        body.map((row) => row.map(numberOr)),
      )
    : []
}`;
}

/** Cells of a table's text; only what reads as a number and back is one. */
function numberOr(cell: string): string | number {
  return cell !== '' && digits(Number(cell)) === cell ? Number(cell) : cell;
}
