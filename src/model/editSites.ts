/** The hooks that edits can write, their short names, and the box of a tensor that an edit's place comes to. */

import { InputError } from '../base/errors.ts';
import type { Box } from '../tensor/ops.ts';
import type { ModelConfig } from '../tensor/params.ts';
import type { Place } from './edits.ts';
import type { HookName } from './hooks.ts';

/** By short name: the hook, and which axes an edit may narrow. */
const SITES = {
  resid_pre: { hook: 'hook_resid_pre', axes: 'stream' },
  resid_mid: { hook: 'hook_resid_mid', axes: 'stream' },
  resid_post: { hook: 'hook_resid_post', axes: 'stream' },
  attn_out: { hook: 'hook_attn_out', axes: 'stream' },
  mlp_out: { hook: 'hook_mlp_out', axes: 'stream' },
  q: { hook: 'attn.hook_q', axes: 'heads' },
  k: { hook: 'attn.hook_k', axes: 'heads' },
  v: { hook: 'attn.hook_v', axes: 'heads' },
  z: { hook: 'attn.hook_z', axes: 'heads' },
  attn_scores: { hook: 'attn.hook_attn_scores', axes: 'attention' },
  pattern: { hook: 'attn.hook_pattern', axes: 'attention' },
  mlp_pre: { hook: 'mlp.hook_pre', axes: 'neurons' },
  mlp_post: { hook: 'mlp.hook_post', axes: 'neurons' },
} as const;

export type SiteName = keyof typeof SITES;
type Axes = (typeof SITES)[SiteName]['axes'];

/** The fields of a place that each kind of hook has. */
const FIELDS: Readonly<Record<Axes, readonly (keyof Place)[]>> = {
  stream: ['position'],
  heads: ['position', 'head'],
  neurons: ['position', 'neuron'],
  attention: ['position', 'query', 'key', 'head'],
};

/** A place in a run of `pos` tokens of one model. */
export interface Located {
  readonly hook: HookName;
  readonly layer: number;
  readonly site: SiteName;
  /** Of [batch, 1, pos, width], or [batch, head, query, key]. */
  readonly box: Box;
  /** Whether keys beyond their query are to be left alone. */
  readonly causal: boolean;
  /** How many numbers a list of values has, the first of them for the box's first column; null where only one number fits. */
  readonly width: number | null;
}

/** The hook of a site by its full or short name; null where no model has such a hook that can be written. */
export function siteOf(name: string): { layer: number; site: SiteName; hook: HookName } | null {
  const [, digits, rest = ''] = /^(?:blocks\.|L)(0|[1-9]\d{0,3})\.(.+)$/.exec(name) ?? [];
  if (digits === undefined) return null;
  const layer = Number(digits);
  const short = rest
    .replace(/^(attn\.)?hook_/, '')
    .replace(/^attn\./, '')
    .replace(/^mlp\.(hook_)?/, 'mlp_');
  const site = (short === 'scores' ? 'attn_scores' : short) as SiteName;
  if (!Object.hasOwn(SITES, site)) return null;
  return { layer, site, hook: `blocks.${layer}.${SITES[site].hook}` };
}

/**
 * Where an edit applies. @throws InputError on an unknown site, a field that the site lacks, and one outside its range; `at`
 * names the edit in messages.
 */
export function locate(
  config: ModelConfig,
  { site: name, ...place }: Place,
  pos: number,
  at: string,
): Located {
  const found = siteOf(name);
  if (!found || found.layer >= config.nLayers)
    throw new InputError(
      `${at}: there is no site '${name}' that can be edited in a model of ${config.nLayers} layers. Sites are ${Object.keys(SITES).join(', ')}, each with its layer, e.g. 'L0.z' or 'blocks.0.attn.hook_z'; a norm's scale takes 'freeze-norm'.`,
      { site: name, nLayers: config.nLayers },
    );
  const { axes } = SITES[found.site];
  const asked = (['position', 'head', 'neuron', 'query', 'key'] as const).filter(
    (field) => place[field] !== undefined,
  );
  const lacking = asked.find((field) => !FIELDS[axes].includes(field));
  if (lacking)
    throw new InputError(
      `${at}: ${found.hook} has no ${lacking}. It can be narrowed by ${FIELDS[axes].join(', ')}.`,
      { site: name, field: lacking },
    );
  if (place.position !== undefined && place.query !== undefined)
    throw new InputError(`${at}: on ${found.hook} position is the query. Give one of the two.`, {
      site: name,
    });
  const range = (field: 'position' | 'head' | 'neuron' | 'query' | 'key', n: number) =>
    rangeOf(place[field], n, field, at);
  const { nHeads, dHead, dModel, dMlp } = config;
  const located = { ...found, causal: axes === 'attention' };
  if (axes === 'attention') {
    const queries = range(place.query === undefined ? 'position' : 'query', pos);
    const keys = range('key', pos);
    const box: Box = [...range('head', nHeads), ...queries, ...keys];
    return { ...located, box, width: place.key === undefined ? pos : null };
  }
  const [from, to] = range('position', pos);
  if (axes === 'heads') {
    const [first, last] = range('head', nHeads);
    return {
      ...located,
      box: [0, 1, from, to, first * dHead, last * dHead],
      width: (last - first) * dHead,
    };
  }
  if (axes === 'stream') return { ...located, box: [0, 1, from, to, 0, dModel], width: dModel };
  const columns = range('neuron', dMlp);
  return {
    ...located,
    box: [0, 1, from, to, ...columns],
    width: place.neuron === undefined ? dMlp : null,
  };
}

/** [from, to) of one index, or of all of them. Positions, queries and keys may count from the end. */
function rangeOf(value: number | undefined, n: number, field: string, at: string): readonly [number, number] {
  if (value === undefined) return [0, n];
  const fromEnd = field !== 'head' && field !== 'neuron';
  const index = fromEnd && value < 0 ? n + value : value;
  if (Number.isInteger(value) && index >= 0 && index < n) return [index, index + 1];
  throw new InputError(
    `${at}: there is no ${field} ${value}: there are ${n}, counted from 0${fromEnd ? `, or from −1 to −${n} from the end` : ''}.`,
    { [field]: value, there: n },
  );
}
