/** Brings an arm onto the device: its checkpoint is read, checked and uploaded row by row, never whole in memory. */

import { must } from '../base/assert.ts';
import { InputError } from '../base/errors.ts';
import type { Backend } from '../tensor/ops.ts';
import {
  assembleParams,
  type DeviceParams,
  type ModelConfig,
  type StorageDType,
  storageBytes,
} from '../tensor/params.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { loadTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts';
import { type Checkpoint, openCheckpoint } from '../weights/checkpoint.ts';
import { convertCheckpoint, type NonFinite } from '../weights/convert.ts';
import type { JsonObject } from '../weights/json.ts';
import { readTokenizer } from '../weights/tokenizerFiles.ts';
import type { Arm, Pair } from './arms.ts';
import type { LoadMeter } from './loadMeter.ts';
import { vocabularyKey } from './vocabulary.ts';

export interface LoadOptions {
  backend: Backend;
  dtype: StorageDType;
  meter: LoadMeter;
  signal?: AbortSignal;
}

export interface LoadedParameters {
  readonly config: ModelConfig;
  readonly params: DeviceParams;
  readonly notes: readonly string[];
  readonly nonFinite: readonly NonFinite[];
}

/** A refusal by the device is noticed after this many bytes at the latest, not after the whole model was moved. */
const SETTLE_BYTES = 128 * 2 ** 20;

/** Reads an arm's parameters onto the device; whatever goes wrong, nothing of them stays there. */
export async function loadParameters(pair: Pair, arm: Arm, options: LoadOptions): Promise<LoadedParameters> {
  const { backend, dtype, meter, signal } = options;
  const notes: string[] = [];
  const checkpoint = await open(arm, { meter, signal, onNote: (note) => notes.push(note) });
  const { config } = checkpoint;
  await adoptVocabulary(pair, arm, checkpoint);
  notes.unshift(...checkpoint.notes);

  const compiling = compile(backend, dtype, config, (progress) => meter.phase(arm.id, 'compiling', progress));
  const tensors = new Map<string, Tensor>();
  const nonFinite = new Map<string, number>();
  // Downloads tell their own progress, file by file; other sources are told by what was converted.
  const onProgress =
    arm.source.origin === 'hub'
      ? undefined
      : (done: number, size: number) =>
          meter.transfer(arm.id, { phase: 'converting', file: arm.source.label, done, size });
  let unsettled: Tensor[] = [];
  let unsettledBytes = 0;
  try {
    for await (const part of convertCheckpoint(checkpoint, { dtype, signal, onProgress })) {
      let tensor = tensors.get(part.name);
      if (!tensor) {
        tensor = backend.allocate(part.shape, part.dtype, part.name);
        tensors.set(part.name, tensor);
        unsettled.push(tensor);
        unsettledBytes += storageBytes(part.shape, part.dtype);
      }
      backend.write(tensor, part.firstRow, part.rows);
      if (part.nonFinite > 0) nonFinite.set(part.name, (nonFinite.get(part.name) ?? 0) + part.nonFinite);
      if (unsettledBytes < SETTLE_BYTES) continue;
      await backend.settled(unsettled);
      unsettled = [];
      unsettledBytes = 0;
    }
    await backend.settled(tensors.values());
    await compiling.done();
    signal?.throwIfAborted();
  } catch (error) {
    backend.free(tensors.values());
    throw error;
  }
  return {
    config,
    params: assembleParams(config, (name) => must(tensors.get(name), `no ${name}`)),
    notes,
    nonFinite: [...nonFinite].map(([name, count]) => ({ name, count })),
  };
}

/** Kernels are compiled while weights come in; only when those are there is it told that something is still compiled. */
function compile(
  backend: Backend,
  dtype: StorageDType,
  config: ModelConfig,
  report: (progress: { done: number; total: number; unit: 'pipelines' }) => void,
): { done(): Promise<void> } {
  let [compiled, kernels, awaited] = [0, 0, false];
  const tell = () => report({ done: compiled, total: kernels, unit: 'pipelines' });
  const compiling = backend.prepare(dtype, config, (done, total) => {
    [compiled, kernels] = [done, total];
    if (awaited) tell();
  });
  compiling.catch(() => {}); // told by `done`, unless loading fails before that
  return {
    done: () => {
      awaited = true;
      if (compiled < kernels) tell();
      return compiling;
    },
  };
}

/** Reads configuration, tokenizer and headers, no weights; the arm then knows its configuration, the pair its tokenizer. */
export async function inspectArm(
  pair: Pair,
  arm: Arm,
  meter: LoadMeter,
  signal?: AbortSignal,
): Promise<void> {
  const checkpoint = await open(arm, { meter, signal });
  await adoptVocabulary(pair, arm, checkpoint);
  arm.config = checkpoint.config;
}

async function open(
  arm: Arm,
  { meter, signal, onNote }: { meter: LoadMeter; signal?: AbortSignal; onNote?: (note: string) => void },
): Promise<Checkpoint> {
  const ahead = arm.ahead;
  arm.ahead = null; // its bytes are let go after this load
  if (ahead) return ahead;
  meter.phase(arm.id, 'looking up');
  const files = await arm.source.open({
    signal,
    onNote,
    onTransfer: (transfer) => meter.transfer(arm.id, transfer),
  });
  return openCheckpoint(files, { signal });
}

/** Starts reading a bundled arm's checkpoint before there is a device to put it on. A failure is met by the load. */
export function readAhead(arm: Arm): void {
  arm.ahead ??= arm.source.open({}).then((files) => openCheckpoint(files));
  arm.ahead.catch(() => {
    arm.ahead = null; // a later load reads it anew
  });
}

/** The pair's tokenizer, read from the first arm that has one; works before any arm is on the device. */
export async function pairTokenizer(pair: Pair, signal?: AbortSignal): Promise<Tokenizer> {
  if (!pair.tokenizer) {
    for (const arm of pair.arms.values()) {
      const files = await arm.source.open({ signal });
      const json = await readTokenizer(files, signal);
      if (json) return adoptTokenizer(pair, json);
    }
  }
  if (pair.tokenizer?.tokenizer) return pair.tokenizer.tokenizer;
  throw new InputError(
    `The pair ${pair.id} has no tokenizer.json, so text cannot become tokens. Give token ids, or load it with its tokenizer.json.`,
    { pair: pair.id },
  );
}

async function adoptTokenizer(pair: Pair, json: JsonObject): Promise<Tokenizer> {
  const tokenizer = loadTokenizer(json);
  pair.tokenizer = { tokenizer, key: await vocabularyKey(json) };
  return tokenizer;
}

/** The arms of a pair run on the same ids: InputError where this one counts or spells its tokens otherwise. */
async function adoptVocabulary(pair: Pair, arm: Arm, { config, tokenizerJson }: Checkpoint): Promise<void> {
  for (const other of pair.arms.values()) {
    const theirs = other.loaded || pair.added ? other.config?.dVocab : undefined;
    if (other === arm || theirs === undefined || theirs === config.dVocab) continue;
    throw new InputError(
      `${arm.title} knows ${config.dVocab} tokens, ${other.title} ${theirs}: the arms of a pair must share one vocabulary. Load them as two pairs.`,
      { pair: pair.id, arm: arm.id, dVocab: config.dVocab, other: other.id, otherVocab: theirs },
    );
  }
  if (!tokenizerJson) {
    pair.tokenizer ??= { tokenizer: null, key: null };
    return;
  }
  if (!pair.tokenizer?.tokenizer) {
    await adoptTokenizer(pair, tokenizerJson);
    return;
  }
  if (pair.tokenizer.key === (await vocabularyKey(tokenizerJson))) return;
  throw new InputError(
    `${arm.title} has another tokenizer than the arms before it: the same text would be other token ids. The arms of a pair must share one; load them as two pairs.`,
    { pair: pair.id, arm: arm.id },
  );
}
