/** A pair of one's own, put together in the form: files or a repository per arm, checked, added, removed again. */

import { toErrorRecord } from '../../base/errors.ts';
import type { AddRequest, ArmId, PairId, Progress, RepoRef } from '../../engine/api.ts';
import { notifyError } from '../notices.ts';
import { connectedEngine, updatePairs } from '../session.ts';
import { getState, patchModels } from '../store.ts';
import { lookAt } from './dialog.ts';
import { emptyArm, emptyDraft } from './initial.ts';
import { choosePair } from './switchPair.ts';
import type { Draft, DraftArm } from './types.ts';

const USUAL: readonly ArmId[] = ['original', 'lnfree', 'vanilla'];

export function setDraftTitle(title: string): void {
  patchDraft({ title, errors: without('title') });
}

/** Adds an arm with the first usual name not yet taken. */
export function addDraftArm(): void {
  const { arms } = getState().models.draft;
  const key = Math.max(0, ...arms.map((arm) => arm.key)) + 1;
  const id = USUAL.find((name) => arms.every((arm) => arm.id !== name)) ?? '';
  patchDraft({ arms: [...arms, emptyArm(key, id)] });
}

export function removeDraftArm(key: number): void {
  const { arms } = getState().models.draft;
  patchDraft({ arms: arms.filter((arm) => arm.key !== key), errors: without(fieldOf(key)) });
}

/** Changes one arm; what was said against it is taken back. */
export function setDraftArm(key: number, change: Partial<DraftArm>): void {
  const { arms } = getState().models.draft;
  patchDraft({
    arms: arms.map((arm) => (arm.key === key ? { ...arm, ...change } : arm)),
    errors: without(fieldOf(key)),
  });
}

/** Says something against an arm, beside its field. */
export function refuseDraftArm(key: number, message: string): void {
  patchDraft({ errors: { ...getState().models.draft.errors, [fieldOf(key)]: message } });
}

export function fieldOf(key: number): string {
  return `arm:${key}`;
}

/** Adds the pair and shows it with its budget; nothing is downloaded but lists, configurations and headers. */
export async function submitDraft(): Promise<void> {
  const { draft } = getState().models;
  const errors = mistakes(draft);
  if (draft.working || Object.keys(errors).length > 0) return patchDraft({ errors });
  patchDraft({ working: true, errors: {} });
  let at: ArmId | undefined;
  try {
    const onProgress = ({ arm }: Progress) => {
      at = arm ?? at;
    };
    const { id } = await connectedEngine().add({ ...requestOf(draft), onProgress });
    patchModels({ draft: emptyDraft(), view: 'pairs' });
    await updatePairs();
    await lookAt(id);
  } catch (error) {
    patchDraft({ working: false, errors: placeError(draft, error, at) });
  }
}

/** Forgets an added pair; a page that asks it goes to another that is loaded first. */
export async function removePair(id: PairId): Promise<void> {
  try {
    await leave(id);
    await connectedEngine().remove({ pair: id });
  } catch (error) {
    notifyError('The pair could not be removed', error);
  }
  await updatePairs();
  const { pairs, pair, models } = getState();
  const { pair: looked } = models.choice; // another one by now, where somebody has gone on
  await lookAt(pairs.some((each) => each.id === looked) ? looked : pair);
}

/** Frees a pair's memory on the device; its files stay where they are kept. */
export async function unloadPair(id: PairId): Promise<void> {
  try {
    await leave(id);
    await connectedEngine().unload({ pair: id });
  } catch (error) {
    notifyError('The pair could not be unloaded', error);
  }
  await updatePairs();
  await lookAt(getState().models.choice.pair); // another one by now, where somebody has gone on
}

async function leave(id: PairId): Promise<void> {
  const { pair, pairs } = getState();
  const other = pairs.find(
    (each) => each.id !== id && each.arms.some((arm) => arm.loaded || arm.origin === 'bundled'),
  );
  if (pair === id && other) await choosePair(other.id);
}

function mistakes({ title, arms }: Draft): Record<string, string> {
  const errors: Record<string, string> = {};
  if (title.trim() === '') errors.title = 'Give the pair a title, to find it by in the list of models.';
  if (arms.length === 0) errors.form = 'Add at least one model.';
  arms.forEach((arm, i) => {
    const message = mistakeOf(arm, arms.slice(0, i));
    if (message) errors[fieldOf(arm.key)] = message;
  });
  return errors;
}

function mistakeOf({ id, from, files, repo }: DraftArm, before: readonly DraftArm[]): string | null {
  if (!/^[a-z0-9][\w.-]{0,31}$/i.test(id)) {
    return 'Give this model a short name of letters and digits, without spaces: it stands above its columns.';
  }
  if (before.some((other) => other.id === id))
    return `There is another model called ${id}. Choose another name.`;
  if (from === 'hub' && !/^[\w.-]+\/[\w.-]+$/.test(repo.trim())) {
    return 'Give the repository as owner/name, for example openai-community/gpt2.';
  }
  if (from === 'files' && files.length === 0) {
    return 'Pick or drop this model’s config.json and its .safetensors; tokenizer.json too, if there is one.';
  }
  return null;
}

function requestOf({ title, arms }: Draft): AddRequest {
  return {
    id: freeId(title),
    title: title.trim(),
    arms: Object.fromEntries(arms.map((arm) => [arm.id, sourceOf(arm)])),
  };
}

function sourceOf({ from, files, repo, revision }: DraftArm): RepoRef | File[] {
  if (from === 'files') return files;
  return { repo: repo.trim(), ...(revision.trim() && { revision: revision.trim() }) };
}

/** `My pair` is `my-pair`, or `my-pair-2` where that is taken. */
function freeId(title: string): PairId {
  const stem =
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'pair';
  const taken = new Set(getState().pairs.map(({ id }) => id));
  let id = stem;
  for (let n = 2; taken.has(id); n++) id = `${stem}-${n}`;
  return id;
}

/** An error stands beside the arm it names, else the one that was being read; before any was, under the form. */
function placeError({ arms }: Draft, error: unknown, at: ArmId | undefined): Record<string, string> {
  const { message, data } = toErrorRecord(error);
  const arm = arms.find(({ id }) => id === (data.arm ?? at));
  return { [arm ? fieldOf(arm.key) : 'form']: message };
}

function without(field: string): Record<string, string> {
  const { [field]: _taken, form: _form, ...others } = getState().models.draft.errors;
  return others;
}

function patchDraft(change: Partial<Draft>): void {
  patchModels({ draft: { ...getState().models.draft, ...change } });
}
