/** Ways to damage the tiny checkpoint. */

import { must } from '../base/assert.ts';
import { editHeader, type HeaderEntry, joinHeader, replaceValues } from './safetensorsWriter.ts';
import { jsonBytes, makeTinyCheckpoint, type TinyCheckpointOptions } from './testing.ts';

export type Files = Map<string, Uint8Array>;
export const MODEL = 'model.safetensors';
export const WPE = 'transformer.wpe.weight';
export const HTML = new TextEncoder().encode('<!DOCTYPE html>\n<html><body>Not here</body></html>');

/** One of the files, by default the weights. */
export const file = (files: Files, name = MODEL) => must(files.get(name), name);

/** The tiny checkpoint with its safetensors header changed in place. */
export const header = (
  change: (header: Record<string, HeaderEntry>) => void,
  options?: TinyCheckpointOptions,
) => {
  const files: Files = makeTinyCheckpoint(options);
  return files.set(MODEL, editHeader(file(files), change));
};

/** The same for one tensor of the header. */
export const entry = (change: (entry: HeaderEntry) => void, name = WPE) =>
  header((all) => change(must(all[name], name)));

/** The tiny checkpoint with other bytes for its weights. */
export const model = (make: (bytes: Uint8Array) => Uint8Array): Files => {
  const files: Files = makeTinyCheckpoint();
  return files.set(MODEL, make(file(files)));
};

/** A weights file with this text for its header. */
export const headerText = (text: string) => model(() => joinHeader(text, [new Uint8Array(64)]));

/** The tiny checkpoint whose header claims this length. */
export const headerLength = (length: bigint) =>
  model((bytes) => {
    const copy = bytes.slice();
    new DataView(copy.buffer).setBigUint64(0, length, true);
    return copy;
  });

/** The tiny checkpoint with this text for config.json. */
export const rawConfig = (text: string): Files =>
  (makeTinyCheckpoint() as Files).set('config.json', new TextEncoder().encode(text));

/** The tiny checkpoint with some fields of config.json replaced. */
export const config = (change: Record<string, unknown>, options?: TinyCheckpointOptions) => {
  const files: Files = makeTinyCheckpoint(options);
  const json = JSON.parse(new TextDecoder().decode(file(files, 'config.json')));
  return files.set('config.json', jsonBytes({ ...json, ...change }));
};

/** The tiny checkpoint in two shards, with this for its index. */
export const index = (json: unknown): Files => {
  const files: Files = makeTinyCheckpoint({ shards: 2 });
  return files.set('model.safetensors.index.json', jsonBytes(json));
};

/** The same with this text for its index. */
export const rawIndex = (text: string): Files =>
  (makeTinyCheckpoint({ shards: 2 }) as Files).set(
    'model.safetensors.index.json',
    new TextEncoder().encode(text),
  );

/** The tiny checkpoint with the tokenizer files of older repositories, text or bytes. */
export const tokenizerFiles = (vocab: string | Uint8Array, merges: string | Uint8Array): Files => {
  const bytes = (file: string | Uint8Array) =>
    typeof file === 'string' ? new TextEncoder().encode(file) : file;
  const files: Files = makeTinyCheckpoint();
  return files.set('vocab.json', bytes(vocab)).set('merges.txt', bytes(merges));
};

/** The tiny checkpoint with one file left out. */
export const without = (name: string, options?: TinyCheckpointOptions): Files => {
  const files: Files = makeTinyCheckpoint(options);
  files.delete(name);
  return files;
};

/** The tiny checkpoint with every value of one gain replaced. */
export const gain = (name: string, value: number, options?: TinyCheckpointOptions): Files => {
  const files: Files = makeTinyCheckpoint(options);
  return files.set(
    MODEL,
    replaceValues(file(files), `transformer.${name}.weight`, new Float32Array(12).fill(value)),
  );
};

/** A title, files that must be refused, and a part of what the refusal says. */
export type BadCase = [title: string, files: () => Files, message: RegExp];

/** A title, files that look odd but hold the plain tiny checkpoint, and the notes to expect. */
export type OddCase = [title: string, files: () => Files, notes: RegExp];
