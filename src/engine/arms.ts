/** An arm and a pair as the engine keeps them, and what the page and scripts see of them. */

import type { RankedNeurons } from '../analysis/confidenceNeurons.ts';
import { InputError } from '../base/errors.ts';
import type { Model } from '../model/model.ts';
import type { ModelConfig, StorageDType } from '../tensor/params.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import type { Checkpoint } from '../weights/checkpoint.ts';
import type { ArmCheck, ArmId, ArmInfo, EngineId, PairId, PairInfo, Residency } from './api.ts';
import type { ArmSource } from './armSource.ts';
import { RunStore } from './runStore.ts';

/** An arm's weights on one engine, and what was made of them there. */
export interface Instance {
  /** Parked while another arm of a pair that is loaded one at a time has its turn. */
  readonly model: Model;
  readonly runs: RunStore;
  /** Rankings of its neurons by null-space dimension. */
  readonly ranked: Map<number | null, Promise<RankedNeurons>>;
}

/** An arm that analyses can be asked of: the same weights on one engine or on both. */
export interface LoadedArm {
  readonly dtype: StorageDType;
  readonly on: Map<EngineId, Instance>;
  /** What was passed over or decided while reading it. */
  readonly notes: readonly string[];
  readonly check: ArmCheck | null;
}

export interface Arm {
  readonly id: ArmId;
  readonly title: string;
  readonly about: string;
  readonly source: ArmSource;
  /** Known before loading. */
  config: ModelConfig | null;
  /** A checkpoint that is being read ahead of its load, e.g. while kernels compile. */
  ahead: Promise<Checkpoint> | null;
  loaded: LoadedArm | null;
}

export interface Pair {
  readonly id: PairId;
  readonly title: string;
  readonly about: string;
  readonly added: boolean;
  readonly arms: Map<ArmId, Arm>;
  residency: Residency;
  tokenizer: PairTokenizer | null;
}

/** `tokenizer` is null where the arms have none: then prompts are token ids. */
export interface PairTokenizer {
  readonly tokenizer: Tokenizer | null;
  /** Tells one vocabulary from another; null without a tokenizer. */
  readonly key: string | null;
}

/** The arm of a pair; InputError listing the others. */
export function armOf(pair: Pair, id: ArmId): Arm {
  const arm = pair.arms.get(id);
  if (arm) return arm;
  const known = [...pair.arms.keys()];
  throw new InputError(`The pair ${pair.id} has no arm '${id}'. It has: ${known.join(', ')}.`, {
    arm: id,
    known,
  });
}

/** The arms of these ids without repeats, all where none are named. */
export function armsOf(pair: Pair, ids: readonly ArmId[] | undefined): Arm[] {
  if (!ids) return [...pair.arms.values()];
  if (ids.length === 0)
    throw new InputError('No arm was named. Name at least one, or leave arms out.', { pair: pair.id });
  return [...new Set(ids)].map((id) => armOf(pair, id));
}

export function newInstance(model: Model): Instance {
  return { model, runs: new RunStore(model), ranked: new Map() };
}

/** Frees an arm's runs and parameters, on one engine or on all. */
export function unloadArm(arm: Arm, engine?: EngineId): void {
  if (!arm.loaded) return;
  const { on } = arm.loaded;
  for (const [id, { model, runs }] of on) {
    if (engine && id !== engine) continue;
    runs.clear();
    model.park();
    on.delete(id);
  }
  if (on.size === 0) arm.loaded = null;
}

export function pairInfo(pair: Pair): PairInfo {
  const { id, title, about, added, residency, tokenizer, arms } = pair;
  return {
    id,
    title,
    about,
    tokenizer: tokenizer && tokenizer.tokenizer !== null,
    added,
    residency,
    arms: [...arms.values()].map(armInfo),
  };
}

function armInfo({ id, title, about, source, config, loaded }: Arm): ArmInfo {
  return {
    id,
    title,
    about,
    source: source.label,
    origin: source.origin,
    repo: source.repo && { ...source.repo },
    license: source.license,
    loaded: loaded !== null,
    engines: loaded ? [...loaded.on.keys()] : [],
    resident: loaded !== null && [...loaded.on.values()].some(({ model }) => !model.parked),
    dtype: loaded?.dtype ?? null,
    config,
    notes: [...(loaded?.notes ?? [])],
    check: loaded?.check ?? null,
  };
}
