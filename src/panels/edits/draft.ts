/** The form for an edit as it is typed, and the edit that it comes to. */

import { InputError } from '../../base/errors.ts';
import type { ArmId, Edit } from '../../engine/api.ts';
import type { Token } from '../../state/types.ts';
import { type EditKind, SITES, type SiteName, sitesOf } from './choices.ts';

/** Where the direction that is added comes from. */
export type Direction = 'token' | 'prompts' | 'numbers';

export interface Draft {
  kind: EditKind;
  site: SiteName;
  layer: string;
  /** Empty is everywhere. */
  position: string;
  head: string;
  neuron: string;
  query: string;
  key: string;
  /** A number, or several. Of a mean and a norm's scale empty is the prompt's own. */
  value: string;
  path: '' | 'qk' | 'v';
  direction: Direction;
  token: Token | null;
  /** How often the direction is added. */
  amount: string;
  /** Two prompts, the second's activations taken from the first's; or the one that is copied from. */
  text: string;
  minus: string;
  /** Whose directions and activations. */
  arm: ArmId;
}

export function emptyDraft(arm: ArmId, text: string): Draft {
  return {
    kind: 'zero',
    site: 'z',
    layer: '0',
    position: '',
    head: '',
    neuron: '',
    query: '',
    key: '',
    value: '',
    path: '',
    direction: 'token',
    token: null,
    amount: '4',
    text,
    minus: '',
    arm,
  };
}

/** The draft with another kind, at a site that this kind has. */
export function withKind(draft: Draft, kind: EditKind): Draft {
  const sites = sitesOf(kind);
  const stays = sites.includes(draft.site);
  // Directions are added to the residual stream, unless somebody chooses otherwise.
  const first = kind === 'add' ? 'resid_pre' : (sites[0] as SiteName);
  return { ...draft, kind, site: stays && kind !== 'add' ? draft.site : first };
}

/** The full name of the hook. */
export function hookOf({ site, layer }: Pick<Draft, 'site' | 'layer'>): string {
  return site === 'ln_final' ? 'ln_final.hook_scale' : `blocks.${whole('layer', layer)}.${SITES[site].hook}`;
}

/** Whether a position of the site is a vector of the residual stream. */
export function isStream({ site }: Pick<Draft, 'site'>): boolean {
  return SITES[site].narrow.join() === 'position';
}

/** What was fetched for an edit: the direction that is added, the amount in it, or the prompt that is copied from. */
export interface Fetched {
  vector?: readonly number[];
  source?: Extract<Edit, { kind: 'from-run' }>['source'];
}

/** @throws InputError on what is typed and is no number, or is missing. */
export function editOf(draft: Draft, { vector, source }: Fetched = {}): Edit {
  const { kind } = draft;
  const at = { site: hookOf(draft), ...narrowed(draft) };
  switch (kind) {
    case 'zero':
    case 'knock-out':
      return { kind, ...at };
    case 'mean':
      return draft.value.trim() === '' ? { kind, ...at } : { kind, ...at, of: numbers(draft.value) };
    case 'set':
    case 'scale':
      return { kind, ...at, value: oneOrMore(draft.value) };
    case 'add':
      return { kind, ...at, value: vector ?? oneOrMore(draft.value) };
    case 'from-run':
      if (!source)
        throw new InputError('Type the prompt whose activations are copied.', { text: draft.text });
      return { kind, ...at, source };
    case 'freeze-norm': {
      const value = draft.value.trim() === '' ? 'prompt' : single(draft.value);
      const path = draft.site === 'ln1' && draft.path !== '' ? { path: draft.path } : {};
      return { kind, site: at.site, ...path, value };
    }
    default:
      return kind satisfies never;
  }
}

/** The fields that the site has and that are filled in. */
function narrowed(draft: Draft): {
  position?: number;
  head?: number;
  neuron?: number;
  query?: number;
  key?: number;
} {
  const fields = SITES[draft.site].narrow.filter((field) => draft[field].trim() !== '');
  return Object.fromEntries(fields.map((field) => [field, whole(field, draft[field])]));
}

function whole(name: string, typed: string): number {
  if (/^\s*[-−]?\d{1,9}\s*$/.test(typed)) return Number(typed.replace('−', '-'));
  throw new InputError(`The ${name} must be a whole number, such as 3; “${typed}” is none.`, {
    [name]: typed,
  });
}

/** Numbers separated by commas, spaces or lines; brackets around them are passed over. */
export function numbers(typed: string): number[] {
  const words =
    typed
      .replace(/[[\]]/g, ' ')
      .replaceAll('−', '-')
      .match(/[^\s,;]+/g) ?? [];
  const values = words.map(Number);
  const bad = words.find((_, i) => !Number.isFinite(values[i]));
  if (values.length > 0 && bad === undefined) return values;
  const what = bad === undefined ? 'There is no number' : `“${bad.slice(0, 24)}” is no number`;
  throw new InputError(`${what}. Type one such as 2.5, or a list separated by commas.`, { typed });
}

export function single(typed: string): number {
  const [value, ...more] = numbers(typed);
  if (value !== undefined && more.length === 0) return value;
  throw new InputError('One number is needed here, such as 4.', { typed });
}

function oneOrMore(typed: string): number | number[] {
  const values = numbers(typed);
  return values.length === 1 ? (values[0] as number) : values;
}
