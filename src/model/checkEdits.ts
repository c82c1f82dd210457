/** Whether something is a list of edits at all, whatever the model: what scripts, links and files give is checked here. */

import { InputError } from '../base/errors.ts';
import type { Edit } from './edits.ts';

/** Beyond it, together, f32 arithmetic could overflow, and the result would say nothing. */
const LARGEST = 1e6;

const FIELDS = ['position', 'head', 'neuron', 'query', 'key'] as const;

const EXAMPLES: Readonly<Record<Edit['kind'], string>> = {
  zero: "{kind: 'zero', site: 'blocks.2.attn.hook_z', head: 1}",
  set: "{kind: 'set', site: 'L0.mlp_post', neuron: 17, value: 2.5}",
  add: "{kind: 'add', site: 'L3.resid_pre', value: [d_model numbers]}",
  scale: "{kind: 'scale', site: 'L1.resid_pre', position: 3, value: 0.5}",
  mean: "{kind: 'mean', site: 'L3.mlp_out', of: 'prompt'}",
  'from-run': "{kind: 'from-run', site: 'L1.z', head: 0, source: {text: 'The dog'}}",
  'knock-out': "{kind: 'knock-out', site: 'L1.pattern', head: 0, query: -1, key: 0}",
  'freeze-norm':
    "{kind: 'freeze-norm', site: 'blocks.0.ln1.hook_scale', path: 'qk', value: a number or 'prompt'}",
};

/** What each kind has beside its site. */
const PARTS: Readonly<Record<Edit['kind'], readonly string[]>> = {
  zero: FIELDS,
  set: [...FIELDS, 'value'],
  add: [...FIELDS, 'value'],
  scale: [...FIELDS, 'value'],
  mean: [...FIELDS, 'of'],
  'from-run': [...FIELDS, 'source'],
  'knock-out': FIELDS,
  'freeze-norm': ['path', 'value'],
};

/** What edits are, checked. @throws InputError naming the first that is none. */
export function checkEdits(edits: unknown): readonly Edit[] {
  if (!Array.isArray(edits)) throw new InputError('edits must be a list of edits.', { edits });
  edits.forEach(checkEdit);
  const checked = edits as readonly Edit[];
  checkSize(checked);
  return checked;
}

/** Something like an edit, field by field unknown. */
type Fields = Readonly<Record<string, unknown>>;

function checkEdit(edit: unknown, index: number): void {
  const refuse = (what: string): never => {
    throw new InputError(`Edit ${index + 1}: ${what}`, { edit });
  };
  const fields: Fields = edit !== null && typeof edit === 'object' ? (edit as Fields) : {};
  const kind = fields.kind as Edit['kind'];
  if (!Object.hasOwn(EXAMPLES, kind))
    refuse(`there is no kind '${String(kind)}'. There are: ${Object.values(EXAMPLES).join(', ')}.`);
  if (typeof fields.site !== 'string') refuse(`it names no site, as in ${EXAMPLES[kind]}.`);
  const known = ['kind', 'site', ...PARTS[kind]];
  const unknown = Object.keys(fields).find((name) => fields[name] !== undefined && !known.includes(name));
  if (unknown) refuse(`'${kind}' has no ${unknown}. It looks like ${EXAMPLES[kind]}.`);
  for (const name of FIELDS) {
    const value = fields[name];
    if (value !== undefined && !Number.isInteger(value))
      refuse(`its ${name} is ${String(value)}, but must be a whole number.`);
  }
  CHECKS[kind]?.(fields, refuse);
}

type Check = (fields: Fields, refuse: (what: string) => never) => void;

const checkValue: Check = ({ kind, value }, refuse) => {
  if (isNumber(value) || (isNumbers(value) && value.length > 0)) return;
  refuse(`its value must be a finite number or a list of them, as in ${EXAMPLES[kind as Edit['kind']]}.`);
};

/** What is particular to a kind. */
const CHECKS: Partial<Record<Edit['kind'], Check>> = {
  set: checkValue,
  add: checkValue,
  scale: checkValue,
  mean: ({ of }, refuse) => {
    if (of === undefined || of === 'prompt' || isNumbers(of)) return;
    refuse("the mean must be of 'prompt', or a list of finite numbers.");
  },
  'from-run': ({ source }, refuse) => {
    const { text, tokens, prependBos } = (source ?? {}) as Fields;
    const one = (typeof text === 'string') !== Array.isArray(tokens);
    if (one && (prependBos === undefined || typeof prependBos === 'boolean')) return;
    refuse('its source must be {text, prependBos?} or {tokens}: the prompt whose activations are copied.');
  },
  'freeze-norm': ({ path, value }, refuse) => {
    if (path !== undefined && path !== 'qk' && path !== 'v')
      refuse(`the path '${String(path)}' is unknown. Use 'qk' or 'v', or leave it out for both.`);
    if (!(isNumber(value) && value > 0) && value !== 'prompt')
      refuse(`a scale of ${String(value)} cannot be divided by. Give a number above 0, or 'prompt'.`);
  },
};

/** InputError where values, all scalings on top of each other, could leave what f32 can hold. */
function checkSize(edits: readonly Edit[]): void {
  const largest = (value: number | readonly number[]) =>
    typeof value === 'number' ? Math.abs(value) : value.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  let [scaling, value] = [1, 1];
  for (const edit of edits) {
    if (edit.kind === 'scale') scaling *= Math.max(1, largest(edit.value));
    if (edit.kind === 'set' || edit.kind === 'add') value = Math.max(value, largest(edit.value));
    if (edit.kind === 'mean' && typeof edit.of === 'object') value = Math.max(value, largest(edit.of));
    // A norm that divides by little scales up, too.
    if (edit.kind === 'freeze-norm' && edit.value !== 'prompt') scaling *= Math.max(1, 1e-3 / edit.value);
  }
  if (scaling * value <= LARGEST) return;
  throw new InputError(
    `These edits could make activations ${(scaling * value).toPrecision(2)} times as large; beyond ${LARGEST} numbers overflow and say nothing. Use smaller values.`,
    { scaling, value },
  );
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isNumber);
}
