/** An edit in plain words: where, and what becomes of it. */

import type { Edit } from '../../engine/api.ts';
import { number } from '../../ui/format.ts';
import { glyphs } from '../../ui/glyphs.ts';

/** `blocks.3.attn.hook_z` or `L3.z` as layer 3 and `z`; null for the final norm. */
export function siteInWords(site: string): { layer: number | null; name: string } {
  const [, layer, hook] = /^(?:blocks\.|L)(\d+)\.(.+)$/.exec(site) ?? [];
  const name = (hook ?? site)
    .replace(/\.hook_scale$/, '')
    .replace(/^attn\./, '')
    .replace(/^mlp\.(hook_)?/, 'mlp_')
    .replace(/^hook_/, '');
  return { layer: layer === undefined ? null : Number(layer), name };
}

/** What is said of a whole site, where its own name would be jargon. */
const NAMES: Readonly<Record<string, string>> = {
  attn_out: 'attention',
  mlp_out: 'MLP',
  attn_scores: 'scores',
};

/** The edit in words, e.g. `L2H1 z → 0`. `about`: what its numbers are. `pieces`: the tokens of the prompt. */
export function editInWords(edit: Edit, about: string | null, pieces: readonly string[]): string {
  if (edit.kind === 'freeze-norm') {
    const { layer, name } = siteInWords(edit.site);
    const norm = layer === null ? 'final norm' : `L${layer} ${name}`;
    const path = edit.path ? ` (${edit.path === 'v' ? 'values' : 'queries and keys'})` : '';
    const scale = edit.value === 'prompt' ? 'its mean over the prompt' : number(edit.value);
    return `${norm}${path}: σ → ${scale}`;
  }
  const at = (position: number) => {
    const piece = pieces.at(position);
    const place = number(position, 0);
    return piece === undefined ? place : `${place} ${glyphs(piece)}`;
  };
  if (edit.kind === 'knock-out') {
    const query = edit.query ?? edit.position;
    const from = query === undefined ? 'no token' : at(query);
    const sees = edit.key === undefined ? 'any token' : at(edit.key);
    return `${placeInWords(edit)}: ${from} ${query === undefined ? 'sees' : 'does not see'} ${sees}`;
  }
  const query = edit.query === undefined ? '' : ` from ${at(edit.query)}`;
  const key = edit.key === undefined ? '' : ` to ${at(edit.key)}`;
  const position = edit.position === undefined ? '' : ` at ${at(edit.position)}`;
  return `${placeInWords(edit)}${query}${key}${position} ${changeInWords(edit, about)}`;
}

/** `L2H1 z`, `L2 z of all heads`, `L5N17`, `L3 MLP`, `L3 resid_pre`. */
function placeInWords({ site, head, neuron }: Exclude<Edit, { kind: 'freeze-norm' }>): string {
  const { layer, name } = siteInWords(site);
  if (neuron !== undefined) return `L${layer}N${neuron}${name === 'mlp_pre' ? ' before GELU' : ''}`;
  if (head !== undefined) return `L${layer}H${head} ${NAMES[name] ?? name}`;
  const ofHeads = ['q', 'k', 'v', 'z', 'pattern', 'attn_scores'].includes(name) ? ' of all heads' : '';
  return `L${layer} ${NAMES[name] ?? name}${ofHeads}`;
}

function changeInWords(
  edit: Exclude<Edit, { kind: 'freeze-norm' | 'knock-out' }>,
  about: string | null,
): string {
  switch (edit.kind) {
    case 'zero':
      return '→ 0';
    case 'mean':
      return edit.of === undefined || edit.of === 'prompt'
        ? '→ its mean over the prompt'
        : `→ ${about ?? 'a mean given as numbers'}`;
    case 'set':
      return `→ ${about ?? valueInWords(edit.value)}`;
    case 'scale':
      return `× ${about ?? valueInWords(edit.value)}`;
    case 'add':
      return `+ ${about ?? valueInWords(edit.value)}`;
    case 'from-run':
      return 'text' in edit.source
        ? `→ as in “${edit.source.text}”`
        : `→ as in tokens ${edit.source.tokens.join(', ')}`;
    default:
      return edit satisfies never;
  }
}

function valueInWords(value: number | readonly number[]): string {
  return typeof value === 'number' ? String(value).replace('-', '−') : `${value.length} numbers`;
}
