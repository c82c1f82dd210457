/** The analysis as a Jupyter notebook (nbformat 4.5) that repeats it in PyTorch, TransformerLens and nnsight, our numbers beside. */

import { bibtex } from './bibtex.ts';
import comparePy from './notebook/compare.py?raw';
import editsPy from './notebook/edits.py?raw';
import forwardPy from './notebook/forward.py?raw';
import nnsightPy from './notebook/nnsight.py?raw';
import transformerLensPy from './notebook/transformerLens.py?raw';
import weightsPy from './notebook/weights.py?raw';
import { notebookAnalysis } from './notebookAnalysis.ts';
import { python } from './notebookPython.ts';
import { predictedTokens, type Snapshot, type SnapshotToken } from './snapshot.ts';

interface Cell {
  cell_type: 'markdown' | 'code';
  /** 1 to 64 of a–z, A–Z, 0–9, - and _, each once. */
  id: string;
  metadata: Record<string, never>;
  source: string;
  execution_count?: null;
  outputs?: [];
}

/** A whole notebook, nothing of it run yet. */
export interface Notebook {
  nbformat: 4;
  nbformat_minor: 5;
  metadata: Record<string, Record<string, string>>;
  cells: Cell[];
}

/** Cells that need other packages than PyTorch. */
export const OPTIONAL_CELLS: readonly string[] = ['transformer-lens', 'nnsight'];
/** Predictions told in the introduction; all are compared. */
const TOLD = 5;

/** The notebook of an analysis. The text of the file is its JSON. */
export function notebook(snapshot: Snapshot): Notebook {
  const data = `# What was asked of Normless, and its answers. A source may be a folder of yours with config.json and *.safetensors.\nANALYSIS = ${python(notebookAnalysis(snapshot))}`;
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: { display_name: 'Python 3', language: 'python', name: 'python3' },
      language_info: { name: 'python', file_extension: '.py', mimetype: 'text/x-python' },
    },
    cells: [
      markdown('introduction', introduction(snapshot)),
      code('analysis', data),
      markdown('about-pytorch', ABOUT_PYTORCH),
      code('weights', weightsPy),
      code('edits', editsPy),
      code('forward', forwardPy),
      code('compare', comparePy),
      markdown('about-transformer-lens', ABOUT_TRANSFORMER_LENS),
      code('transformer-lens', transformerLensPy),
      markdown('about-nnsight', ABOUT_NNSIGHT),
      code('nnsight', nnsightPy),
      markdown(
        'cite',
        `## To cite\n\n\`\`\`bibtex\n${bibtex(snapshot.version, pageOf(snapshot.link))}\`\`\``,
      ),
    ],
  };
}

const ABOUT_PYTORCH = `## The same in PyTorch alone

Reads the checkpoints, runs GPT-2 written out (without LayerNorm: centring, a gain and a bias, and no variance), attributes the logit, and asserts every number of Normless within a named tolerance.`;

const ABOUT_TRANSFORMER_LENS = `## The same in TransformerLens

**Not run where this notebook was made.** Uses the weights read above. Of an LN-free model every norm is linear, so all of it is folded into the matrices that read it and the model has no norm left.`;

const ABOUT_NNSIGHT = `## The same through nnsight, here or on NDIF

**Not run where this notebook was made.** With \`REMOTE = True\` the model runs on [NDIF](https://ndif.us), for what outgrows this machine. Repeats the unedited run only.`;

function introduction(snapshot: Snapshot): string {
  const { pair, arms, pieces, position, target, contrast, runs, version } = snapshot;
  const models = arms.map(
    ({ title, source, storage }) => `- ${plain(title)}: ${plain(source)}, kept in ${storage}`,
  );
  const last = pieces[position] ?? '';
  return [
    `# ${plain(pair.title)} in Normless`,
    `Made by Normless ${plain(version)}. [Open the analysis](<${snapshot.link.replace(/[<>\s]/g, encodeURIComponent)}>) to see it recomputed.`,
    `The prompt has ${pieces.length} tokens; what is explained is the token after ${quoted(last)}, at position ${position} (counted from 0)${target.length ? `: the logit of ${side(target)} less ${contrast.length ? `that of ${side(contrast)}` : 'the mean over the vocabulary'}` : ''}.`,
    models.join('\n'),
    ...runs.map((run) => tableOf(run, snapshot)),
    'Run the cells in order. They need Python 3.9 and PyTorch 1.13 or later; the last two need a package more each.',
  ].join('\n\n');
}

/** The likeliest tokens by arm, and what is explained. */
function tableOf(run: Snapshot['runs'][number], { arms, target }: Snapshot): string {
  const here = arms.filter(({ id }) => id in run.predictions);
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const tokens = predictedTokens(run).slice(0, target.length + TOLD);
  const explained = run.attribution?.component;
  return [
    `**${run.name === 'edited' ? 'With the edits' : 'Without edits'}**, probability of the next token:\n`,
    row(['token', ...here.map(({ title }) => plain(title))]),
    row(['---', ...here.map(() => '---:')]),
    ...tokens.map(({ piece, scores }) =>
      row([quoted(piece), ...here.map(({ id }) => scores[id]?.prob.toPrecision(4) ?? '')]),
    ),
    ...(explained
      ? [row(['*explained, logits*', ...here.map(({ id }) => explained[id]?.actual.toPrecision(5) ?? '')])]
      : []),
  ].join('\n');
}

function side(tokens: readonly SnapshotToken[]): string {
  const words = tokens.map(({ piece }) => quoted(piece)).join(', ');
  return tokens.length > 1 ? `the mean of ${words}` : words;
}

/** A token as Python would print it. */
function quoted(piece: string): string {
  return plain(JSON.stringify(piece));
}

/** A text that Markdown takes for nothing but itself. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, '\\$&');
}

function pageOf(link: string): string {
  return link.split('#')[0] ?? link;
}

function markdown(id: string, source: string): Cell {
  return { cell_type: 'markdown', id, metadata: {}, source };
}

function code(id: string, source: string): Cell {
  return {
    cell_type: 'code',
    id,
    metadata: {},
    source: source.trimEnd(),
    execution_count: null,
    outputs: [],
  };
}
