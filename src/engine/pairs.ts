/** Which pairs and arms there are, where their bytes come from, and what of them is on the device. */

import type { RankedNeurons } from '../analysis/confidenceNeurons.ts';
import { must } from '../base/assert.ts';
import { InputError, LoadError } from '../base/errors.ts';
import { Model } from '../model/model.ts';
import type { Backend } from '../tensor/ops.ts';
import { assembleParams, type StorageDType } from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts';
import type { CheckpointFiles } from '../weights/byteSource.ts';
import { type Checkpoint, openCheckpoint } from '../weights/checkpoint.ts';
import { convertCheckpoint } from '../weights/convert.ts';
import type { ArmId, ArmInfo, PairId, PairInfo, Progress } from './api.ts';
import { RunStore } from './runStore.ts';

export interface LoadedArm {
  readonly model: Model;
  readonly dtype: StorageDType;
  readonly runs: RunStore;
  /** Rankings of its neurons by null-space dimension. */
  readonly ranked: Map<number, Promise<RankedNeurons>>;
  /** What the person should know about the file: what was passed over, values that are not finite. */
  readonly notes: readonly string[];
}

export interface Arm {
  readonly id: ArmId;
  readonly title: string;
  readonly source: string;
  /** Bundled arms load on demand; picked files only when asked to. */
  readonly onDemand: boolean;
  open(): CheckpointFiles;
  /** A checkpoint that is being read ahead of its load, e.g. while kernels compile. */
  ahead: Promise<Checkpoint> | null;
  loaded: LoadedArm | null;
}

export interface Pair {
  readonly id: PairId;
  readonly title: string;
  readonly arms: Map<ArmId, Arm>;
  tokenizer: Tokenizer | null;
}

export interface LoadOptions {
  backend: Backend;
  dtype: StorageDType;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** Reads an arm's checkpoint tensor by tensor onto the device. Every arm of a pair must share one vocabulary. */
export async function loadArm(pair: Pair, arm: Arm, options: LoadOptions): Promise<void> {
  const { backend, dtype, signal } = options;
  if (arm.loaded?.dtype === dtype) return;
  const checkpoint = await (arm.ahead ?? openCheckpoint(arm.open(), { signal }));
  arm.ahead = null; // its bytes are let go after this load
  const { config } = checkpoint;
  checkSharedTokens(pair, arm, config.dVocab);
  pair.tokenizer ??= checkpoint.tokenizerJson && loadTokenizer(checkpoint.tokenizerJson);

  const tensors = new Map<string, Tensor>();
  const notes = [...checkpoint.notes];
  const report = (done: number, total: number) =>
    options.onProgress?.({ done, total, unit: 'bytes', phase: `loading ${arm.title}` });
  try {
    for await (const { name, host, nonFinite } of convertCheckpoint(checkpoint, {
      dtype,
      signal,
      onProgress: report,
    })) {
      tensors.set(name, backend.upload(host, name));
      if (nonFinite > 0)
        notes.push(`${name} has ${nonFinite} values that are not finite; what it feeds will not be either.`);
    }
    await backend.settled(tensors.values());
  } catch (error) {
    backend.free(tensors.values());
    throw error;
  }
  unloadArm(arm);
  const model = new Model(
    backend,
    config,
    assembleParams(config, (name) => must(tensors.get(name), `no ${name}`)),
  );
  arm.loaded = { model, dtype, runs: new RunStore(model), ranked: new Map(), notes };
}

/** Starts reading an arm's checkpoint before there is a device to put it on. A failure is met by `loadArm`. */
export function readAhead(arm: Arm): void {
  arm.ahead ??= openCheckpoint(arm.open());
  arm.ahead.catch(() => {
    arm.ahead = null; // a later load reads it anew
  });
}

/** Frees an arm's runs and parameters. */
export function unloadArm(arm: Arm): void {
  arm.loaded?.runs.clear();
  arm.loaded?.model.dispose();
  arm.loaded = null;
}

/** The pair's tokenizer, read from the first arm that has one; works before any arm is on the device. */
export async function pairTokenizer(pair: Pair, signal?: AbortSignal): Promise<Tokenizer> {
  if (pair.tokenizer) return pair.tokenizer;
  for (const arm of pair.arms.values()) {
    const files = arm.open();
    if (!files.names.includes('tokenizer.json')) continue;
    const file = files.open('tokenizer.json');
    const bytes = await file.read(0, await file.size(signal), signal);
    pair.tokenizer = loadTokenizer(parseJson(bytes, file.name));
    return pair.tokenizer;
  }
  throw new InputError(
    `The pair ${pair.id} has no tokenizer.json, so text cannot become tokens. Give token ids, or load it with its tokenizer.json.`,
    { pair: pair.id },
  );
}

function parseJson(bytes: Uint8Array, name: string): Record<string, unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch (cause) {
    throw new LoadError(`${name} is not JSON. Download or copy the file again.`, { file: name }, { cause });
  }
}

function checkSharedTokens(pair: Pair, arm: Arm, dVocab: number): void {
  for (const other of pair.arms.values()) {
    const theirs = other.loaded?.model.config.dVocab;
    if (other === arm || theirs === undefined || theirs === dVocab) continue;
    throw new InputError(
      `${arm.title} knows ${dVocab} tokens, ${other.title} ${theirs}: the arms of a pair must share one vocabulary. Load them as two pairs.`,
      { pair: pair.id, arm: arm.id, dVocab, other: other.id, otherVocab: theirs },
    );
  }
}

/** What the page and scripts see of a pair. */
export function pairInfo(pair: Pair): PairInfo {
  return { id: pair.id, title: pair.title, arms: [...pair.arms.values()].map(armInfo) };
}

function armInfo(arm: Arm): ArmInfo {
  return {
    id: arm.id,
    title: arm.title,
    source: arm.source,
    loaded: arm.loaded !== null,
    dtype: arm.loaded?.dtype ?? null,
    config: arm.loaded?.model.config ?? null,
    notes: [...(arm.loaded?.notes ?? [])],
  };
}
