/** Opens a checkpoint: reads its small files and headers, checks everything, and plans what to read where. */

import { LoadError } from '../base/errors.ts';
import { formatShape, sameShape } from '../base/shapes.ts';
import { type ModelConfig, paramShapes } from '../tensor/params.ts';
import { type CheckpointFiles, list, missingFiles, readExactly } from './byteSource.ts';
import { parseConfig } from './config.ts';
import { canonicalGain } from './gain.ts';
import { type JsonObject, readJson } from './json.ts';
import { blockOf, huggingFaceName, isMaskBuffer } from './names.ts';
import type { TensorEntry } from './safetensors.ts';
import { readTokenizer } from './tokenizerFiles.ts';
import { READABLE_DTYPES, readFloats } from './values.ts';
import { readTensors } from './weightFiles.ts';

/** A checkpoint whose every tensor is known to be there, of the right shape and inside its file. */
export interface Checkpoint {
  /** Where it comes from, for people. */
  readonly label: string;
  readonly config: ModelConfig;
  /** layer_norm_epsilon as stored. */
  readonly eps: number;
  /** tokenizer.json, parsed, or composed of vocab.json and merges.txt; null where there is none: then prompts are token ids. */
  readonly tokenizerJson: JsonObject | null;
  /** Canonical parameter name → where its values lie, in the order in which they lie. */
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** How many bytes `tensors` are together: what a conversion will read. */
  readonly bytes: number;
  /** What was passed over or decided, in sentences, for the person. */
  readonly notes: readonly string[];
}

const MAX_CONFIG_BYTES = 2 ** 20;

/**
 * Checks a whole checkpoint, reading only config.json, the tokenizer, the safetensors headers, the first gain and,
 * where there is an lm_head that config.json calls tied, samples of it. LoadError (InputError where a person picked
 * the files and some are missing) says what is wrong and what to do; an aborted call rejects with the signal's reason.
 */
export async function openCheckpoint(
  files: CheckpointFiles,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Checkpoint> {
  if (!files.names.includes('config.json')) throw missingFiles(files, ['config.json']);
  const declared = parseConfig(await readJson(files.open('config.json'), MAX_CONFIG_BYTES, signal));
  const onDisk = await readTensors(files, signal);
  const tie = await isTied(declared.config, onDisk.tensors, signal);
  const config = { ...declared.config, tiedEmbedding: tie.tied };
  const tensors = plan(config, onDisk.tensors);
  const gain = tensors.get('blocks.0.ln1.w');
  if (gain) canonicalGain(await readFloats(gain, { signal }), config.norm, declared.eps, gain.name);
  return {
    label: files.label,
    config,
    eps: declared.eps,
    tokenizerJson: await readTokenizer(files, signal),
    tensors,
    bytes: [...tensors.values()].reduce((sum, { start, end }) => sum + end - start, 0),
    notes: [...declared.notes, ...onDisk.notes, ...tie.notes, ...extras(config, tensors, onDisk.tensors)],
  };
}

/** Finds every parameter, in reading order; LoadError for missing, doubled, misshapen and unreadable tensors. */
function plan(config: ModelConfig, onDisk: ReadonlyMap<string, TensorEntry>): Map<string, TensorEntry> {
  const found: [string, TensorEntry][] = [];
  const missing: string[] = [];
  for (const [canonical, shape] of paramShapes(config)) {
    const name = huggingFaceName(canonical);
    const entry = find(onDisk, name);
    if (!entry) {
      missing.push(`${name} ${formatShape(shape)}`);
      continue;
    }
    if (!sameShape(entry.shape, shape))
      throw new LoadError(
        `${entry.name} has the shape ${formatShape(entry.shape)}, but by config.json it should be ${formatShape(shape)}. Use the config.json that belongs to these weights.`,
        { tensor: entry.name, shape: entry.shape, expected: shape },
      );
    if (!READABLE_DTYPES.includes(entry.dtype))
      throw new LoadError(
        `${entry.name} is stored as ${entry.dtype}; Normless reads ${READABLE_DTYPES.join(', ')}. Save the model in one of these.`,
        { tensor: entry.name, dtype: entry.dtype },
      );
    found.push([canonical, entry]);
  }
  if (missing.length)
    throw new LoadError(
      `The checkpoint lacks ${list(missing)}. Check that it is a GPT-2 in Hugging Face's layout and complete.`,
      { missing: missing.slice(0, 20), count: missing.length },
    );
  const file = (entry: TensorEntry) => entry.source.name;
  found.sort(([, a], [, b]) => (file(a) === file(b) ? a.start - b.start : file(a) < file(b) ? -1 : 1));
  return new Map(found);
}

/** A tensor with or without the `transformer.` prefix. */
function find(onDisk: ReadonlyMap<string, TensorEntry>, name: string): TensorEntry | undefined {
  const bare = onDisk.get(name);
  const prefixed = onDisk.get(`transformer.${name}`);
  if (bare && prefixed)
    throw new LoadError(
      `The checkpoint has both ${bare.name} and ${prefixed.name}, so it is unclear which counts. Save the model again.`,
      { tensors: [bare.name, prefixed.name] },
    );
  return bare ?? prefixed;
}

/**
 * Whether W_U is W_E. Untied where config.json says so. Where it says tied (the default) and there is an lm_head all
 * the same, it counts as a copy if type, shape and three samples of 64 KiB agree: reading both whole to be sure would
 * cost a download of hundreds of megabytes, and Transformers ties such a file without looking at all.
 */
async function isTied(
  config: ModelConfig,
  onDisk: ReadonlyMap<string, TensorEntry>,
  signal?: AbortSignal,
): Promise<{ tied: boolean; notes: string[] }> {
  const head = onDisk.get('lm_head.weight');
  const embedding = find(onDisk, 'wte.weight');
  if (!config.tiedEmbedding) return { tied: false, notes: [] };
  if (!head || !embedding) return { tied: true, notes: [] };
  const alike = head.dtype === embedding.dtype && sameShape(head.shape, embedding.shape);
  if (alike && (await samplesAgree(head, embedding, signal))) return { tied: true, notes: [] };
  return {
    tied: false,
    notes: [
      'config.json ties lm_head to the embedding, but lm_head.weight differs from it; lm_head.weight is used.',
    ],
  };
}

async function samplesAgree(a: TensorEntry, b: TensorEntry, signal?: AbortSignal): Promise<boolean> {
  const length = a.end - a.start;
  const sample = Math.min(length, 2 ** 16);
  for (const offset of new Set([0, Math.floor((length - sample) / 2), length - sample])) {
    const left = await readExactly(a.source, a.start + offset, a.start + offset + sample, signal);
    const right = await readExactly(b.source, b.start + offset, b.start + offset + sample, signal);
    if (left.some((byte, i) => byte !== right[i])) return false;
  }
  return true;
}

/** A note of tensors nobody asked for; LoadError where they are further blocks, since the model would be cut short. */
function extras(
  config: ModelConfig,
  used: ReadonlyMap<string, TensorEntry>,
  onDisk: ReadonlyMap<string, TensorEntry>,
): string[] {
  const known = new Set([...used.values()].map((entry) => entry.name));
  const unknown = [...onDisk.keys()].filter(
    (name) => !known.has(name) && !isMaskBuffer(name) && name !== 'lm_head.weight',
  );
  const beyond = unknown.find((name) => (blockOf(name) ?? 0) >= config.nLayers);
  if (beyond !== undefined)
    throw new LoadError(
      `The checkpoint has ${beyond}, but config.json says n_layer: ${config.nLayers}. Use the config.json that belongs to these weights.`,
      { tensor: beyond, n_layer: config.nLayers },
    );
  return unknown.length ? [`Ignored, as GPT-2 has no such tensors: ${list(unknown)}.`] : [];
}
